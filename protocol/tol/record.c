/* TOL records: their keys, what may stand in them, sealing. */
#include "protocol/tol/record.h"

#include <string.h>

#include "protocol/secret.h"
#include "protocol/tol/mask.h"

void s5a_tol_direction_hello(struct s5a_tol_direction *d, const struct s5a_key *session)
{
    *d = (struct s5a_tol_direction){ .mode = S5A_TOL_HELLO };
    s5a_hmac_key_init(&d->session, session);
}

void s5a_tol_direction_start(struct s5a_tol_direction *d, const struct s5a_tol_keys *keys,
                             bool sealed)
{
    s5a_tol_direction_hello(d, &keys->session);
    d->mode = sealed ? S5A_TOL_SEALED : S5A_TOL_PLAIN;
    d->aead = keys->aead;
    d->mask = keys->mask;
}

/* What is left refuses everything. */
void s5a_tol_direction_wipe(struct s5a_tol_direction *d)
{
    s5a_wipe(d, sizeof(*d));
    d->broken = true;
}

size_t s5a_tol_overhead(const struct s5a_tol_direction *d)
{
    return S5A_TOL_HEAD_MIN + (d->mode == S5A_TOL_SEALED ? S5A_AEAD_TAG_LEN : 0u);
}

void s5a_tol_delay_encode(uint8_t out[static S5A_TOL_DELAY_LEN], const struct s5a_tol_delay *delay)
{
    struct s5a_writer w;
    memset(out, 0, S5A_TOL_DELAY_LEN);
    s5a_writer_init(&w, out, S5A_TOL_DELAY_LEN);
    s5a_write_u16(&w, delay->min);
    s5a_write_u16(&w, delay->max);
    s5a_write_u8(&w, delay->mode);
}

static bool delay_fits(struct s5a_span rand, struct s5a_tol_delay *delay)
{
    struct s5a_reader r;
    s5a_reader_init(&r, rand.at, rand.len);
    delay->min = s5a_read_u16(&r);
    delay->max = s5a_read_u16(&r);
    delay->mode = s5a_read_u8(&r);
    return rand.len >= S5A_TOL_DELAY_LEN && delay->min < delay->max &&
           delay->mode <= S5A_TOL_EXPONENTIAL;
}

bool s5a_tol_rand_fits(uint8_t type, struct s5a_span rand, struct s5a_tol_delay *delay)
{
    switch (type) {
    case S5A_TOL_BARE:
        return rand.len == 0;
    case S5A_TOL_JITTER:
        return rand.len == S5A_TOL_DELAY_LEN && delay_fits(rand, delay);
    case S5A_TOL_FULL:
        return delay_fits(rand, delay);
    default:
        return type <= S5A_TOL_FULL;
    }
}

/* ---- sealing ---- */

static bool may_send(const struct s5a_tol_direction *d, uint8_t type, struct s5a_span rand,
                     size_t payload_len)
{
    struct s5a_tol_delay delay;
    if (d->broken || d->ended || d->n == UINT64_MAX || rand.len > S5A_TOL_RAND_MAX)
        return false;
    if (d->mode == S5A_TOL_HELLO && (type > S5A_TOL_PADDING || payload_len == 0))
        return false;
    return payload_len <= S5A_TOL_PAYLOAD_MAX && s5a_tol_rand_fits(type, rand, &delay);
}

static void write_u16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

size_t s5a_tol_seal(struct s5a_tol_direction *d, uint8_t *at, uint8_t type, size_t rand_len,
                    size_t payload_len)
{
    size_t head = S5A_TOL_HEAD_MIN + rand_len;
    size_t dlen = payload_len + (d->mode == S5A_TOL_SEALED ? S5A_AEAD_TAG_LEN : 0u);
    if (!may_send(d, type, (struct s5a_span){ at + 4, rand_len }, payload_len)) {
        d->broken = true;
        return 0;
    }
    at[2] = type;
    at[3] = (uint8_t)rand_len;
    write_u16(at + head - 2, dlen);
    s5a_tol_sign(d, at, head, dlen, at);
    if (d->mode == S5A_TOL_SEALED) {
        uint8_t nonce[S5A_AEAD_NONCE_LEN];
        s5a_tol_nonce(nonce, d->n);
        s5a_aead_seal(at + head, payload_len, &d->aead, nonce,
                      (struct s5a_span){ at + 2, head - 2 });
        s5a_tol_mask(d, at, 0, head);
    }
    d->n++;
    d->ended = type == S5A_TOL_BARE && payload_len == 0;
    return head + dlen;
}
