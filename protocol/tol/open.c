/* Opening TOL records. */
#include "protocol/tol/record.h"

#include "protocol/secret.h"
#include "protocol/tol/mask.h"

enum { BEFORE_RAND = 4 };

static size_t tag_len(const struct s5a_tol_direction *d)
{
    return d->mode == S5A_TOL_SEALED ? S5A_AEAD_TAG_LEN : 0;
}

static enum s5a_tol_result more(struct s5a_tol_record *out, size_t needed, size_t have)
{
    out->missing = needed - have;
    return S5A_TOL_MORE;
}

/* Takes the mask off bytes up to `to` that still have it. */
static void unmask(struct s5a_tol_direction *d, uint8_t *bytes, size_t to)
{
    if (d->mode == S5A_TOL_SEALED && d->unmasked < to)
        s5a_tol_mask(d, bytes, d->unmasked, to);
    d->unmasked = (uint16_t)to;
}

static bool signed_well(const struct s5a_tol_direction *d, const uint8_t *bytes, size_t head)
{
    uint8_t sig[S5A_TOL_SIG_LEN];
    s5a_tol_sign(d, bytes, head, d->dlen, sig);
    return s5a_equal_ct(sig, bytes, sizeof(sig));
}

/* All that a head can be refused for. In sealed mode SIG is over the head, and comes first. */
static bool head_is_good(struct s5a_tol_direction *d, const uint8_t *bytes, size_t head)
{
    struct s5a_tol_delay delay;
    uint8_t type = bytes[2];
    size_t tag = tag_len(d);
    d->dlen = (uint16_t)(bytes[head - 2] << 8 | bytes[head - 1]);
    if (d->mode == S5A_TOL_SEALED && !signed_well(d, bytes, head))
        return false;
    if (d->dlen < tag || d->dlen - tag > S5A_TOL_PAYLOAD_MAX)
        return false;
    if (d->mode == S5A_TOL_HELLO && d->dlen == 0)
        return false;
    return s5a_tol_rand_fits(type, (struct s5a_span){ bytes + BEFORE_RAND, bytes[3] }, &delay);
}

/* TYPE and RAND_LEN are looked at as soon as they are there: under another number than its own, a
 * record rarely has ones that can be, and is refused without waiting for what it seems to announce. */
static bool can_be(const struct s5a_tol_direction *d, const uint8_t *bytes)
{
    uint8_t type = bytes[2], rand_len = bytes[3];
    if (type > (d->mode == S5A_TOL_HELLO ? S5A_TOL_PADDING : S5A_TOL_FULL))
        return false;
    switch (type) {
    case S5A_TOL_BARE:
        return rand_len == 0;
    case S5A_TOL_JITTER:
        return rand_len == S5A_TOL_DELAY_LEN;
    case S5A_TOL_FULL:
        return rand_len >= S5A_TOL_DELAY_LEN;
    default:
        return true;
    }
}

static enum s5a_tol_result read_head(struct s5a_tol_direction *d, uint8_t *bytes, size_t len,
                                     struct s5a_tol_record *out)
{
    size_t least = S5A_TOL_HEAD_MIN + tag_len(d);
    if (len < BEFORE_RAND)
        return more(out, least, len);
    if (d->unmasked < BEFORE_RAND)
        unmask(d, bytes, BEFORE_RAND);
    if (!can_be(d, bytes))
        return S5A_TOL_BAD;
    size_t head = S5A_TOL_HEAD_MIN + (size_t)bytes[3];
    if (len < head)
        return more(out, least + bytes[3], len);
    if (d->unmasked < head) {
        unmask(d, bytes, head);
        if (!head_is_good(d, bytes, head))
            return S5A_TOL_BAD;
    }
    return len < head + d->dlen ? more(out, head + d->dlen, len) : S5A_TOL_WHOLE;
}

static bool read_body(const struct s5a_tol_direction *d, uint8_t *bytes, size_t head)
{
    uint8_t nonce[S5A_AEAD_NONCE_LEN];
    if (d->mode != S5A_TOL_SEALED)
        return signed_well(d, bytes, head);
    s5a_tol_nonce(nonce, d->n);
    return s5a_aead_open(bytes + head, (struct s5a_span){ bytes + head, d->dlen }, &d->aead, nonce,
                         (struct s5a_span){ bytes + 2, head - 2 });
}

static void describe(const struct s5a_tol_direction *d, uint8_t *bytes, size_t head,
                     struct s5a_tol_record *out)
{
    out->type = bytes[2];
    out->rand = (struct s5a_span){ bytes + BEFORE_RAND, bytes[3] };
    out->has_delay = out->type == S5A_TOL_JITTER || out->type == S5A_TOL_FULL;
    (void)!s5a_tol_rand_fits(out->type, out->rand, &out->delay);
    out->payload = bytes + head;
    out->payload_len = d->dlen - tag_len(d);
    out->is_end = out->payload_len == 0 && out->type == S5A_TOL_BARE;
    out->is_dummy = out->payload_len == 0 && !out->is_end;
    out->len = head + d->dlen;
}

static enum s5a_tol_result open_record(struct s5a_tol_direction *d, uint8_t *bytes, size_t len,
                                       struct s5a_tol_record *out)
{
    if (len == 0)
        return more(out, 1, 0);
    if (d->ended || d->n == UINT64_MAX)
        return S5A_TOL_BAD;
    enum s5a_tol_result result = read_head(d, bytes, len, out);
    size_t head = S5A_TOL_HEAD_MIN + (len < BEFORE_RAND ? 0 : (size_t)bytes[3]);
    if (result != S5A_TOL_WHOLE)
        return result;
    if (!read_body(d, bytes, head))
        return S5A_TOL_BAD;
    describe(d, bytes, head, out);
    d->ended = out->is_end;
    d->unmasked = 0;
    d->n++;
    return S5A_TOL_WHOLE;
}

enum s5a_tol_result s5a_tol_open(struct s5a_tol_direction *d, uint8_t *bytes, size_t len,
                                 struct s5a_tol_record *out)
{
    *out = (struct s5a_tol_record){ .type = 0 };
    enum s5a_tol_result result = d->broken ? S5A_TOL_BAD : open_record(d, bytes, len, out);
    if (result == S5A_TOL_BAD)
        s5a_tol_direction_wipe(d);
    return result;
}
