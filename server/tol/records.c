/* The records of a session that is not relayed yet. */
#include "server/tol/records.h"

#include <sodium.h>
#include <stdlib.h>

#include "protocol/secret.h"

struct s5ad_records *s5ad_records_new(const struct s5a_key *network, struct s5a_span greeting)
{
    struct s5ad_records *records = malloc(sizeof *records);
    struct s5a_tol_shape shape;
    struct s5a_key seed;
    if (!records)
        return NULL;
    records->ended = false;
    s5a_buffer_init(&records->raw, records->storage, sizeof records->storage);
    s5a_tol_shape_default(&shape, S5A_TOL_PADDING);
    randombytes_buf(&seed, sizeof seed);
    s5a_tol_link_init(&records->link, S5A_TOL_SERVER, network, greeting, &seed, &shape);
    return records;
}

void s5ad_records_free(struct s5ad_records *records)
{
    if (!records)
        return;
    s5a_tol_link_wipe(&records->link);
    s5a_buffer_wipe(&records->raw);
    free(records);
}

enum s5ad_records_result s5ad_records_open(struct s5ad_records *records, struct s5a_buffer *to)
{
    struct s5a_buffer *raw = &records->raw;
    struct s5a_span have = s5a_buffer_peek(raw);
    struct s5a_tol_record record;
    enum s5a_tol_result result =
        s5a_tol_link_open(&records->link, raw->storage + raw->from, have.len, &record);
    if (result == S5A_TOL_MORE)
        return S5AD_RECORDS_MORE;
    if (result == S5A_TOL_BAD)
        return S5AD_RECORDS_BAD;
    struct s5a_span payload = { record.payload, record.payload_len };
    bool fits = s5a_buffer_append(to, payload) == payload.len;
    if (payload.len > 0)
        s5a_wipe(record.payload, payload.len); /* credentials pass through */
    s5a_buffer_consume(raw, record.len);
    records->ended = record.is_end;
    return fits ? S5AD_RECORDS_PAYLOAD : S5AD_RECORDS_BAD;
}

/* What `write` puts into the room behind what waits in `to`. */
static bool append(struct s5ad_records *records, struct s5a_buffer *to,
                   const struct s5a_span *bytes)
{
    size_t room;
    uint8_t *space = s5a_buffer_space(to, &room);
    struct s5a_writer w;
    s5a_writer_init(&w, space, room);
    if (bytes)
        s5a_tol_link_encode(&records->link, &w, *bytes);
    else
        s5a_tol_link_end(&records->link, &w);
    if (!w.bad)
        s5a_buffer_commit(to, s5a_writer_len(&w));
    return !w.bad;
}

bool s5ad_records_send(struct s5ad_records *records, struct s5a_buffer *to, struct s5a_span bytes)
{
    return bytes.len == 0 || append(records, to, &bytes);
}

size_t s5ad_records_room(const struct s5ad_records *records, const struct s5a_buffer *to)
{
    size_t unused = to->cap - s5a_buffer_peek(to).len;
    size_t beside = s5a_tol_link_encoded_max(&records->link, 1) - 1; /* of one record */
    size_t room = unused > beside ? unused - beside : 0;
    return room < S5A_TOL_PAYLOAD_MAX ? room : S5A_TOL_PAYLOAD_MAX;
}

void s5ad_records_end(struct s5ad_records *records, struct s5a_buffer *to)
{
    (void)append(records, to, NULL); /* without room for it the end looks like a cut */
}
