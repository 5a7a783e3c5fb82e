/* TOL records: tol.json both ways, at every cut, and what must be refused. */
#include "protocol/tol/record.h"

#include "protocol/secret.h"
#include "tests/unit/tol_lab.h"

enum { CAP = S5A_TOL_RECORD_MAX };

typedef void check_fn(const json_t *file, const json_t *entry, bool sealed);

static void for_each(const char *list, bool sealed, check_fn *check)
{
    json_t *file = vector_file("tol"), *entry;
    size_t i;
    json_array_foreach(json_object_get(file, list), i, entry) check(file, entry, sealed);
    cr_expect_gt(i, 0);
    json_decref(file);
}

static void for_all(check_fn *check)
{
    for_each("plain", false, check);
    for_each("sealed", true, check);
}

static void check_sealed_bytes(const json_t *file, const json_t *entry, bool sealed)
{
    uint8_t out[CAP];
    struct s5a_tol_direction d = tol_direction(file, entry, sealed);
    uint64_t n = d.n;
    size_t len = tol_seal(&d, out, entry);
    vector_expect(vector_text(entry, "name"), (struct s5a_span){ out, len },
                  vector_bytes(entry, "wire"));
    cr_expect_eq(d.n, n + 1);
}

Test(tol_record, every_record_of_the_vectors_is_sealed_to_its_bytes)
{
    for_all(check_sealed_bytes);
}

/* Feeds the first `cut` bytes, from a block of just this size, then all. */
static void check_cut(const json_t *file, const json_t *entry, bool sealed, size_t cut)
{
    struct s5a_span wire = vector_bytes(entry, "wire");
    struct s5a_tol_direction d = tol_direction(file, entry, sealed);
    struct s5a_tol_record record;
    uint8_t *part = malloc(cut ? cut : 1), whole[CAP];
    memcpy(part, wire.at, cut);
    memcpy(whole, wire.at, wire.len);
    enum s5a_tol_result result = s5a_tol_open(&d, part, cut, &record);
    if (cut < wire.len) {
        cr_expect_eq(result, S5A_TOL_MORE);
        cr_expect(record.missing >= 1 && record.missing <= wire.len - cut);
        memcpy(whole, part, cut);
        result = s5a_tol_open(&d, whole, wire.len, &record);
    } else {
        memcpy(whole, part, cut);
    }
    cr_expect_eq(result, S5A_TOL_WHOLE, "%s cut at %zu", vector_text(entry, "name"), cut);
    if (cut < wire.len)
        tol_expect(&record, entry);
    cr_expect_eq(record.len, wire.len);
    free(part);
}

static void check_cuts(const json_t *file, const json_t *entry, bool sealed)
{
    size_t len = vector_bytes(entry, "wire").len;
    for (size_t cut = 0; cut <= len; cut++)
        check_cut(file, entry, sealed, cut);
}

Test(tol_record, every_record_of_the_vectors_is_opened_at_every_cut)
{
    for_all(check_cuts);
}

static void check_bytewise(const json_t *file, const json_t *entry, bool sealed)
{
    struct s5a_span wire = vector_bytes(entry, "wire");
    struct s5a_tol_direction d = tol_direction(file, entry, sealed);
    struct s5a_tol_record record;
    uint8_t bytes[CAP];
    memcpy(bytes, wire.at, wire.len);
    for (size_t len = 0; len < wire.len; len++)
        cr_expect_eq(s5a_tol_open(&d, bytes, len, &record), S5A_TOL_MORE);
    cr_expect_eq(s5a_tol_open(&d, bytes, wire.len, &record), S5A_TOL_WHOLE);
    tol_expect(&record, entry);
}

Test(tol_record, every_record_of_the_vectors_is_opened_byte_by_byte)
{
    for_all(check_bytewise);
}

/* Those that are only a beginning are refused without waiting for the rest. */
static void check_refused(const json_t *file, const json_t *entry, bool sealed)
{
    struct s5a_span wire = vector_bytes(entry, "wire");
    struct s5a_tol_direction d = tol_direction(file, entry, sealed);
    struct s5a_tol_record record;
    uint8_t bytes[CAP];
    memcpy(bytes, wire.at, wire.len);
    cr_expect_eq(s5a_tol_open(&d, bytes, wire.len, &record), S5A_TOL_BAD, "%s",
                 vector_text(entry, "name"));
    cr_expect(d.broken);
    cr_expect_eq(s5a_tol_open(&d, bytes, 0, &record), S5A_TOL_BAD);
}

Test(tol_record, every_malformed_record_of_the_vectors_is_refused)
{
    for_each("plain, malformed", false, check_refused);
    for_each("sealed, malformed", true, check_refused);
}

/* A flipped bit may leave the beginning of a longer record, never a whole one. */
static void check_flips(const json_t *file, const json_t *entry, bool sealed)
{
    struct s5a_span wire = vector_bytes(entry, "wire");
    for (size_t bit = 0; bit < 8 * wire.len; bit++) {
        struct s5a_tol_direction d = tol_direction(file, entry, sealed);
        struct s5a_tol_record record;
        uint8_t bytes[CAP];
        memcpy(bytes, wire.at, wire.len);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cr_expect_neq(s5a_tol_open(&d, bytes, wire.len, &record), S5A_TOL_WHOLE, "%s, bit %zu",
                      vector_text(entry, "name"), bit);
    }
}

Test(tol_record, no_flipped_bit_of_a_sealed_record_goes_unnoticed)
{
    for_each("sealed", true, check_flips);
}

/* ---- streams ---- */

enum { RECORDS = 6 };

struct stream {
    struct s5a_tol_direction in, out;
    uint8_t bytes[4096];
    size_t at[RECORDS + 1]; /* where each begins */
};

static void stream_init(struct stream *s, bool sealed)
{
    static const struct s5a_tol_keys keys = { { { 1 } }, { { 2 } }, { { 3 } } };
    *s = (struct stream){ .at = { 0 } };
    s5a_tol_direction_start(&s->in, &keys, sealed);
    s5a_tol_direction_start(&s->out, &keys, sealed);
    for (size_t i = 0; i < RECORDS; i++) {
        uint8_t *at = s->bytes + s->at[i];
        memset(at + 6 + 5 * i, (int)('a' + i), 10 * i);
        s->at[i + 1] = s->at[i] + s5a_tol_seal(&s->out, at, S5A_TOL_MASKING, 5 * i, 10 * i);
    }
}

static enum s5a_tol_result open_at(struct stream *s, size_t i, struct s5a_tol_record *record)
{
    return s5a_tol_open(&s->in, s->bytes + s->at[i], s->at[RECORDS] - s->at[i], record);
}

Test(tol_record, records_follow_one_another)
{
    for (int sealed = 0; sealed < 2; sealed++) {
        struct s5a_tol_record record;
        struct stream s;
        stream_init(&s, sealed);
        for (size_t i = 0; i < RECORDS; i++) {
            cr_assert_eq(open_at(&s, i, &record), S5A_TOL_WHOLE);
            cr_expect_eq(record.len, s.at[i + 1] - s.at[i]);
            cr_expect_eq(record.payload_len, 10 * i);
            cr_expect_eq(record.is_dummy, i == 0);
        }
    }
}

Test(tol_record, sealed_record_repeated_dropped_or_reordered_is_refused)
{
    for (size_t taken = 0; taken < RECORDS; taken++)
        for (size_t next = 0; next < RECORDS; next++) {
            struct s5a_tol_record record;
            struct stream s;
            stream_init(&s, true);
            for (size_t i = 0; i < taken; i++)
                cr_assert_eq(open_at(&s, i, &record), S5A_TOL_WHOLE);
            struct stream fresh; /* opening has changed the bytes */
            stream_init(&fresh, true);
            memcpy(s.bytes, fresh.bytes, sizeof(s.bytes));
            cr_expect_eq(open_at(&s, next, &record) == S5A_TOL_WHOLE, next == taken);
        }
}

Test(tol_record, record_of_the_other_direction_or_of_other_keys_is_refused)
{
    struct s5a_tol_record record;
    for (size_t key = 0; key < 3; key++) {
        struct s5a_tol_keys keys = { { { 1 } }, { { 2 } }, { { 3 } } };
        (key == 0 ? &keys.session : key == 1 ? &keys.aead : &keys.mask)->bytes[31] ^= 1;
        struct stream s;
        stream_init(&s, true);
        s5a_tol_direction_start(&s.in, &keys, true);
        cr_expect_neq(open_at(&s, 0, &record), S5A_TOL_WHOLE);
    }
}

/* ---- what may stand in a record ---- */

static struct s5a_tol_direction start(enum s5a_tol_mode mode)
{
    static const struct s5a_tol_keys keys = { { { 1 } }, { { 2 } }, { { 3 } } };
    struct s5a_tol_direction d;
    if (mode == S5A_TOL_HELLO)
        s5a_tol_direction_hello(&d, &keys.session);
    else
        s5a_tol_direction_start(&d, &keys, mode == S5A_TOL_SEALED);
    return d;
}

static void expect_seal(enum s5a_tol_mode mode, uint8_t type, size_t rand_len, size_t payload_len,
                        bool allowed)
{
    static uint8_t at[S5A_TOL_RECORD_MAX + 512];
    static const struct s5a_tol_delay delay = { 5, 40, S5A_TOL_NORMAL };
    struct s5a_tol_direction d = start(mode);
    memset(at, 0, sizeof(at));
    s5a_tol_delay_encode(at + 4, &delay);
    size_t len = s5a_tol_seal(&d, at, type, rand_len, payload_len);
    cr_expect_eq(len > 0, allowed, "mode %d type %d RAND %zu payload %zu", mode, type, rand_len,
                 payload_len);
    cr_expect_eq(d.broken, !allowed);
    if (allowed)
        cr_expect_eq(len, s5a_tol_overhead(&d) + rand_len + payload_len);
}

Test(tol_record, what_may_not_be_sent_is_not)
{
    for (int mode = S5A_TOL_PLAIN; mode <= S5A_TOL_SEALED; mode++) {
        expect_seal(mode, 0, 0, S5A_TOL_PAYLOAD_MAX, true);
        expect_seal(mode, 0, 0, S5A_TOL_PAYLOAD_MAX + 1, false);
        expect_seal(mode, 0, 1, 1, false);
        expect_seal(mode, 1, 255, 0, true);
        expect_seal(mode, 1, 256, 0, false);
        expect_seal(mode, 2, 8, 1, true);
        expect_seal(mode, 2, 7, 1, false);
        expect_seal(mode, 2, 9, 1, false);
        expect_seal(mode, 4, 255, 1, true);
        expect_seal(mode, 4, 7, 1, false);
        expect_seal(mode, 5, 0, 1, false);
    }
}

Test(tol_record, before_the_switch_only_types_00_and_01_with_a_payload_pass)
{
    for (uint8_t type = 0; type <= S5A_TOL_FULL; type++)
        for (size_t payload_len = 0; payload_len < 2; payload_len++) {
            size_t rand_len = type == 2 || type == 4 ? 8 : 0;
            bool allowed = type <= 1 && payload_len > 0;
            uint8_t at[64] = { [7] = 9 };
            struct s5a_tol_direction out = start(S5A_TOL_PLAIN), in = start(S5A_TOL_HELLO);
            struct s5a_tol_record record;
            expect_seal(S5A_TOL_HELLO, type, rand_len, payload_len, allowed);
            size_t len = s5a_tol_seal(&out, at, type, rand_len, payload_len);
            cr_assert_gt(len, 0);
            cr_expect_eq(s5a_tol_open(&in, at, len, &record),
                         allowed ? S5A_TOL_WHOLE : S5A_TOL_BAD);
        }
}

Test(tol_record, every_byte_after_the_end_record_is_refused)
{
    for (int mode = S5A_TOL_PLAIN; mode <= S5A_TOL_SEALED; mode++) {
        struct s5a_tol_direction out = start(mode), in = start(mode);
        struct s5a_tol_record record;
        uint8_t at[64] = { 0 };
        size_t len = s5a_tol_seal(&out, at, S5A_TOL_BARE, 0, 0);
        cr_assert_eq(s5a_tol_open(&in, at, len, &record), S5A_TOL_WHOLE);
        cr_expect(record.is_end && in.ended && out.ended);
        cr_expect_eq(s5a_tol_open(&in, at, 0, &record), S5A_TOL_MORE);
        cr_expect_eq(s5a_tol_open(&in, at, 1, &record), S5A_TOL_BAD);
        cr_expect_eq(s5a_tol_seal(&out, at, S5A_TOL_PADDING, 0, 1), 0);
    }
}

Test(tol_record, number_of_records_does_not_wrap)
{
    struct s5a_tol_direction out = start(S5A_TOL_SEALED), in = start(S5A_TOL_SEALED);
    struct s5a_tol_record record;
    uint8_t at[64] = { 0 };
    out.n = in.n = UINT64_MAX - 1;
    size_t len = s5a_tol_seal(&out, at, S5A_TOL_BARE, 0, 1);
    cr_expect_eq(s5a_tol_open(&in, at, len, &record), S5A_TOL_WHOLE);
    cr_expect_eq(s5a_tol_seal(&out, at, S5A_TOL_BARE, 0, 1), 0);
    cr_expect_eq(s5a_tol_open(&in, at, 1, &record), S5A_TOL_BAD);
    cr_expect(out.n == UINT64_MAX || out.broken);
}

/* No head makes a receiver wait for more than one record of the largest size. */
Test(tol_record, what_a_receiver_waits_for_is_bounded)
{
    static uint8_t at[S5A_TOL_RECORD_MAX + 1];
    for (unsigned dlen = 0; dlen <= UINT16_MAX; dlen++) {
        struct s5a_tol_direction in = start(S5A_TOL_PLAIN);
        struct s5a_tol_record record;
        memcpy(at, (uint8_t[]){ 0, 0, 0, 0, (uint8_t)(dlen >> 8), (uint8_t)dlen }, 6);
        enum s5a_tol_result result = s5a_tol_open(&in, at, 6, &record);
        cr_assert_eq(result == S5A_TOL_BAD, dlen > S5A_TOL_PAYLOAD_MAX || dlen == 0);
        cr_assert(record.missing + 6 <= S5A_TOL_RECORD_MAX);
    }
}

Test(tol_record, wiped_direction_holds_no_key_and_refuses_everything)
{
    static const uint8_t zeros[S5A_KEY_LEN];
    struct s5a_tol_direction d = start(S5A_TOL_SEALED);
    struct s5a_tol_record record;
    uint8_t at[64] = { 0 };
    s5a_tol_direction_wipe(&d);
    cr_expect_arr_eq(d.aead.bytes, zeros, sizeof(zeros));
    cr_expect_arr_eq(d.mask.bytes, zeros, sizeof(zeros));
    cr_expect_arr_eq(d.session.state, zeros, sizeof(zeros));
    cr_expect_eq(s5a_tol_seal(&d, at, S5A_TOL_BARE, 0, 1), 0);
    cr_expect_eq(s5a_tol_open(&d, at, 0, &record), S5A_TOL_BAD);
}
