/* A stream of TOL records, forged with the right keys so that the fuzzer gets past SIG and tag, cut
 * anywhere. What a receiver has to say to each is found anew here. */
#include "tests/fuzz/check.h"

#include "protocol/tol/mask.h"
#include "protocol/tol/record.h"

enum { LONGEST = S5A_TOL_HEAD_MAX + UINT16_MAX + S5A_TOL_TAIL_MAX };

static const struct s5a_tol_keys keys = { { { 1 } }, { { 2 } }, { { 3 } } };

struct forged {
    uint8_t type, rand[S5A_TOL_RAND_MAX];
    size_t rand_len;
    uint16_t dlen;  /* as the head says */
    bool whole;     /* the payload follows */
    uint8_t *bytes; /* as on the wire */
    size_t len;
    uint8_t *payload; /* as it was */
    size_t payload_len;
};

static void direction(struct s5a_tol_direction *d, unsigned mode)
{
    if (mode == S5A_TOL_HELLO)
        s5a_tol_direction_hello(d, &keys.session);
    else
        s5a_tol_direction_start(d, &keys, mode == S5A_TOL_SEALED);
}

static size_t tag_of(const struct s5a_tol_direction *d)
{
    return d->mode == S5A_TOL_SEALED ? S5A_AEAD_TAG_LEN : 0;
}

/* As s5a_tol_seal, but for what may not be. */
static void forge(struct s5a_tol_direction *d, struct forged *f)
{
    size_t head = S5A_TOL_HEAD_MIN + f->rand_len;
    uint8_t *at = f->bytes, nonce[S5A_AEAD_NONCE_LEN];
    at[2] = f->type;
    at[3] = (uint8_t)f->rand_len;
    memcpy(at + 4, f->rand, f->rand_len);
    at[head - 2] = (uint8_t)(f->dlen >> 8);
    at[head - 1] = (uint8_t)f->dlen;
    memcpy(at + head, f->payload, f->payload_len);
    f->len = head + (f->whole ? f->dlen : 0);
    s5a_tol_sign(d, at, head, d->mode == S5A_TOL_SEALED ? 0 : f->len - head, at);
    if (d->mode == S5A_TOL_SEALED) {
        s5a_tol_nonce(nonce, d->n);
        s5a_aead_seal(at + head, f->payload_len, &d->aead, nonce,
                      (struct s5a_span){ at + 2, head - 2 });
        s5a_tol_mask(d, at, 0, head);
    }
    d->n++;
}

/* Profile, sections 4.1, 4.2 and 4.4. */
static bool is_proper(const struct s5a_tol_direction *d, const struct forged *f)
{
    const uint8_t *r = f->rand;
    bool delay = f->rand_len >= 8 && (r[0] << 8 | r[1]) < (r[2] << 8 | r[3]) && r[4] < 3;
    bool rand = f->type == 0   ? f->rand_len == 0
                : f->type == 2 ? f->rand_len == 8 && delay
                : f->type == 4 ? delay
                               : f->type <= 4;
    if (d->mode == S5A_TOL_HELLO && (f->type > 1 || f->payload_len == 0))
        return false;
    return rand && f->dlen >= tag_of(d) && f->dlen - tag_of(d) <= S5A_TOL_PAYLOAD_MAX;
}

static void check_whole(const struct forged *f, const struct s5a_tol_record *got)
{
    REQUIRE(got->len == f->len && got->type == f->type && got->rand.len == f->rand_len);
    REQUIRE(memcmp(got->rand.at, f->rand, f->rand_len) == 0);
    REQUIRE(got->payload_len == f->payload_len);
    REQUIRE(memcmp(got->payload, f->payload, f->payload_len) == 0);
    REQUIRE(got->is_end == (f->payload_len == 0 && f->type == 0));
}

/* Gives it in pieces, each time all of it from a block of just that size. */
static enum s5a_tol_result open_pieces(struct s5a_tol_direction *d, const struct forged *f,
                                       uint8_t cuts)
{
    enum s5a_tol_result result = S5A_TOL_MORE;
    struct s5a_tol_record got;
    uint8_t *block = NULL;
    size_t len = 0, step = cuts ? 1 + f->len * cuts / 1024 : f->len;
    while (result == S5A_TOL_MORE && len < f->len) {
        size_t more = f->len - len < step ? f->len - len : step;
        block = realloc(block, len + more);
        REQUIRE(block);
        memcpy(block + len, f->bytes + len, more);
        len += more;
        result = s5a_tol_open(d, block, len, &got);
        REQUIRE(result != S5A_TOL_MORE || (got.missing > 0 && got.missing + len <= LONGEST));
    }
    if (result == S5A_TOL_WHOLE)
        check_whole(f, &got);
    free(block);
    return result;
}

/* kind u8 | type u8 | rand_len u8 | rand | dlen u16 | payload, as much of it as there is, then zeros */
static void read_forged(struct s5a_reader *r, const struct s5a_tol_direction *d, struct forged *f)
{
    f->whole = s5a_read_u8(r) % 4 != 0;
    f->type = s5a_read_u8(r) % 8;
    f->rand_len = s5a_read_u8(r);
    s5a_read_copy(r, f->rand, f->rand_len);
    f->dlen = s5a_read_u16(r);
    size_t tag = tag_of(d), left;
    f->whole &= f->dlen >= tag;
    f->payload_len = f->whole ? f->dlen - tag : 0;
    memset(f->payload, 0, f->payload_len);
    left = s5a_reader_left(r) < f->payload_len ? s5a_reader_left(r) : f->payload_len;
    s5a_read_copy(r, f->payload, left);
}

static bool check_next(struct s5a_reader *r, struct s5a_tol_direction *out,
                       struct s5a_tol_direction *in, struct forged *f, uint8_t cuts)
{
    bool ended = in->ended;
    read_forged(r, out, f);
    forge(out, f);
    bool proper = is_proper(in, f) && !ended;
    enum s5a_tol_result result = open_pieces(in, f, cuts);
    if (f->whole)
        REQUIRE(result == (proper ? S5A_TOL_WHOLE : S5A_TOL_BAD));
    else if (in->mode == S5A_TOL_SEALED || f->dlen > S5A_TOL_PAYLOAD_MAX)
        REQUIRE(result != S5A_TOL_WHOLE);
    return result == S5A_TOL_WHOLE;
}

/* After a refusal there is nothing more; a beginning waits for bytes that no sender sends. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct s5a_tol_direction out, in;
    struct s5a_tol_record record;
    struct s5a_reader r;
    struct forged f = { .bytes = malloc(LONGEST), .payload = malloc(LONGEST) };
    REQUIRE(f.bytes && f.payload);
    s5a_reader_init(&r, data, size);
    unsigned mode = s5a_read_u8(&r) % 3;
    uint8_t cuts = s5a_read_u8(&r);
    direction(&out, mode);
    direction(&in, mode);
    while (s5a_reader_left(&r) > 0 && check_next(&r, &out, &in, &f, cuts))
        ;
    if (in.broken)
        REQUIRE(s5a_tol_open(&in, f.bytes, 0, &record) == S5A_TOL_BAD);
    free(f.bytes);
    free(f.payload);
    return 0;
}
