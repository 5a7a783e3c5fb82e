/* A session's stream in records. */
#include "client/session/wire.h"

#include <sodium.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "protocol/secret.h"

static bool draw(struct s5a_key *key)
{
    return getrandom(key->bytes, sizeof(key->bytes), 0) == (ssize_t)sizeof(key->bytes);
}

struct s5a_wire *s5a_wire_new(const struct s5a_key *network, struct s5a_span greeting,
                              const struct s5a_tol_shape *shape)
{
    struct s5a_key seed;
    if (sodium_init() < 0 || !draw(&seed))
        return NULL;
    struct s5a_wire *wire = mmap(NULL, sizeof(*wire), PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (wire == MAP_FAILED) {
        s5a_wipe(&seed, sizeof(seed));
        return NULL;
    }
    (void)madvise(wire, sizeof(*wire), MADV_DONTDUMP);
    s5a_buffer_init(&wire->in, wire->in_storage, sizeof(wire->in_storage));
    s5a_buffer_init(&wire->out, wire->out_storage, sizeof(wire->out_storage));
    s5a_buffer_init(&wire->early, wire->early_storage, sizeof(wire->early_storage));
    s5a_tol_link_init(&wire->link, S5A_TOL_CLIENT, network, greeting, &seed, shape);
    return wire;
}

void s5a_wire_free(struct s5a_wire *wire)
{
    while (wire != NULL) {
        struct s5a_wire *below = wire->below;
        s5a_tol_link_wipe(&wire->link);
        (void)munmap(wire, sizeof(*wire));
        wire = below;
    }
}

enum s5a_status s5a_wire_encode(struct s5a_wire *wire, struct s5a_span bytes)
{
    struct s5a_writer w;
    size_t room = 0;
    uint8_t *space = s5a_buffer_space(&wire->out, &room);
    s5a_writer_init(&w, space, room);
    s5a_tol_link_encode(&wire->link, &w, bytes);
    if (w.bad)
        return S5A_TOO_LONG;
    s5a_buffer_commit(&wire->out, s5a_writer_len(&w));
    return S5A_OK;
}

size_t s5a_wire_missing(const struct s5a_wire *wire)
{
    bool is_between = s5a_buffer_peek(&wire->in).len == 0;
    return is_between ? s5a_tol_overhead(&wire->link.in) : wire->missing;
}

/* What has come of the record; its payload is appended once it is whole, and the record forgotten. */
static enum s5a_status open_record(struct s5a_wire *wire, struct s5a_buffer *stream)
{
    struct s5a_tol_record record;
    size_t len = s5a_buffer_peek(&wire->in).len;
    enum s5a_tol_result result =
        s5a_tol_link_open(&wire->link, wire->in.storage + wire->in.from, len, &record);
    wire->missing = record.missing;
    if (result != S5A_TOL_WHOLE)
        return result == S5A_TOL_MORE ? S5A_OK : S5A_BAD_RECORD;
    struct s5a_span payload = { record.payload, record.payload_len };
    bool fits = s5a_buffer_append(stream, payload) == payload.len;
    s5a_buffer_consume(&wire->in, len);
    if (record.is_end)
        return S5A_PROXY_CLOSED;
    return fits ? S5A_OK : S5A_MALFORMED;
}

enum s5a_status s5a_wire_take(struct s5a_wire *wire, struct s5a_span *bytes,
                              struct s5a_buffer *stream)
{
    size_t missing = s5a_wire_missing(wire);
    size_t len = bytes->len < missing ? bytes->len : missing;
    s5a_buffer_append(&wire->in, (struct s5a_span){ bytes->at, len });
    *bytes = (struct s5a_span){ bytes->at + len, bytes->len - len };
    return open_record(wire, stream);
}
