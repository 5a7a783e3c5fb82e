/* Both directions of one end. */
#include "protocol/tol/link.h"

#include <string.h>

#include "protocol/secret.h"
#include "protocol/tol/burst.h"
#include "protocol/tol/draw.h"

_Static_assert(sizeof(struct s5a_tol_link) < 2048, "a link is small");

static enum s5a_direction in_of(enum s5a_tol_role role)
{
    return role == S5A_TOL_CLIENT ? S5A_SERVER_TO_CLIENT : S5A_CLIENT_TO_SERVER;
}

static enum s5a_direction out_of(enum s5a_tol_role role)
{
    return role == S5A_TOL_CLIENT ? S5A_CLIENT_TO_SERVER : S5A_SERVER_TO_CLIENT;
}

static void hello(struct s5a_tol_direction *d, const struct s5a_key *network, enum s5a_direction x,
                  struct s5a_span greeting)
{
    struct s5a_key session;
    s5a_tol_hello_key(&session, network, x, greeting);
    s5a_tol_direction_hello(d, &session);
    s5a_wipe(&session, sizeof(session));
}

void s5a_tol_link_init(struct s5a_tol_link *link, enum s5a_tol_role role,
                       const struct s5a_key *network, struct s5a_span greeting,
                       struct s5a_key *seed, const struct s5a_tol_shape *shape)
{
    *link = (struct s5a_tol_link){ .role = role };
    hello(&link->in, network, in_of(role), greeting);
    hello(&link->out, network, out_of(role), greeting);
    s5a_random_init(&link->random, seed);
    if (shape)
        link->shape = *shape;
    else
        s5a_tol_shape_default(&link->shape, S5A_TOL_BARE);
}

void s5a_tol_link_wipe(struct s5a_tol_link *link)
{
    s5a_wipe(link, sizeof(*link));
    s5a_tol_direction_wipe(&link->in);
    s5a_tol_direction_wipe(&link->out);
}

void s5a_tol_link_move(struct s5a_tol_link *to, struct s5a_tol_link *from)
{
    *to = *from;
    s5a_tol_link_wipe(from);
}

void s5a_tol_link_agree(struct s5a_tol_link *link, const struct s5a_key *ck2,
                        const struct s5a_digest *t, bool sealed)
{
    if (link->agreed)
        return;
    link->agreed = true;
    link->is_sealed = sealed;
    s5a_tol_keys(&link->next_in, ck2, in_of(link->role), t);
    s5a_tol_keys(&link->next_out, ck2, out_of(link->role), t);
}

/* A direction that has refused something stays broken. */
static void switch_to(const struct s5a_tol_link *link, struct s5a_tol_direction *d,
                      struct s5a_tol_keys *keys)
{
    if (link->agreed && !d->broken)
        s5a_tol_direction_start(d, keys, link->is_sealed);
    else
        s5a_tol_direction_wipe(d);
    s5a_wipe(keys, sizeof(*keys));
}

void s5a_tol_link_switch_in(struct s5a_tol_link *link)
{
    if (!link->in_switched)
        switch_to(link, &link->in, &link->next_in);
    link->in_switched = true;
}

void s5a_tol_link_switch_out(struct s5a_tol_link *link)
{
    if (!link->out_switched)
        switch_to(link, &link->out, &link->next_out);
    link->out_switched = true;
}

/* ---- handshake bytes ---- */

static uint8_t type_of(const struct s5a_tol_link *link)
{
    bool padded = link->shape.type != S5A_TOL_BARE;
    return link->out.mode == S5A_TOL_HELLO ? padded : link->shape.type;
}

static uint32_t fill_max(const struct s5a_tol_link *link, size_t payload_len)
{
    switch (type_of(link)) {
    case S5A_TOL_BARE:
    case S5A_TOL_JITTER:
        return 0;
    case S5A_TOL_FULL:
        return link->shape.cell;
    default:
        return s5a_tol_padding_max(&link->shape, payload_len);
    }
}

/* Full: cells, as far as records are shorter than one. */
static size_t draw_fill(struct s5a_tol_link *link, size_t payload_len)
{
    size_t most = fill_max(link, payload_len), least;
    if (link->out.mode == S5A_TOL_HELLO)
        return s5a_random_between(&link->random, 0,
                                  most < S5A_TOL_RAND_MAX ? (uint32_t)most : S5A_TOL_RAND_MAX);
    if (type_of(link) != S5A_TOL_FULL)
        return s5a_random_between(&link->random, 0, (uint32_t)most);
    least = s5a_tol_burst_least(link, S5A_TOL_FULL, payload_len);
    return least < most ? most - least : 0;
}

size_t s5a_tol_link_encoded_max(const struct s5a_tol_link *link, size_t len)
{
    size_t records = (len + S5A_TOL_PAYLOAD_MAX - 1) / S5A_TOL_PAYLOAD_MAX, most = 0;
    for (size_t i = 0; i < S5A_TOL_PADDING_ROWS; i++)
        if (link->shape.padding[i].total_max > most)
            most = link->shape.padding[i].total_max;
    if (link->shape.type == S5A_TOL_FULL && link->shape.cell > most)
        most = link->shape.cell;
    return len + records * (S5A_TOL_HEAD_MAX + S5A_TOL_TAIL_MAX + most);
}

static void encode_record(struct s5a_tol_link *link, struct s5a_writer *w, struct s5a_span bytes)
{
    struct s5a_tol_burst burst = { .type = type_of(link), .payload_len = bytes.len };
    burst.fill = draw_fill(link, bytes.len);
    size_t head = s5a_tol_burst_head(link, &burst), len;
    uint8_t *at = s5a_write_reserve(w, s5a_tol_burst_len(link, &burst));
    if (!at)
        return;
    burst.payload = at + head;
    memcpy(burst.payload, bytes.at, bytes.len);
    if (!s5a_tol_burst_seal(link, &burst, &len))
        w->bad = true;
}

void s5a_tol_link_encode(struct s5a_tol_link *link, struct s5a_writer *w, struct s5a_span bytes)
{
    struct s5a_reader r;
    s5a_reader_init(&r, bytes.at, bytes.len);
    while (s5a_reader_left(&r) > 0 && !w->bad) {
        size_t left = s5a_reader_left(&r);
        size_t len = left < S5A_TOL_PAYLOAD_MAX ? left : S5A_TOL_PAYLOAD_MAX;
        encode_record(link, w, s5a_read_span(&r, len));
    }
}

void s5a_tol_link_end(struct s5a_tol_link *link, struct s5a_writer *w)
{
    if (link->out.mode == S5A_TOL_HELLO)
        return;
    uint8_t *at = s5a_write_reserve(w, s5a_tol_overhead(&link->out));
    if (at && s5a_tol_seal(&link->out, at, S5A_TOL_BARE, 0, 0) == 0)
        w->bad = true;
}

enum s5a_tol_result s5a_tol_link_open(struct s5a_tol_link *link, uint8_t *bytes, size_t len,
                                      struct s5a_tol_record *out)
{
    enum s5a_tol_result result = s5a_tol_open(&link->in, bytes, len, out);
    if (result != S5A_TOL_WHOLE)
        return result;
    if (link->in_switched)
        link->received++;
    if (out->has_delay) {
        link->told = true;
        link->delay = out->delay;
    }
    return result;
}
