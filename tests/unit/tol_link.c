/* Both directions of an end: the sessions of the vectors, the switch of keys, handshake bytes in
 * records. */
#include "protocol/tol/link.h"

#include "tests/unit/tol_session.h"

enum { CAP = 128 * 1024 };

static const char *const sessions[] = { "keyfetch",         "multifactor-udp", "plain-password",
                                        "sealed-publickey", "ticket-pool",     "ticket-refused" };

static void replay_step(struct s5a_tol_link *from, struct s5a_tol_link *to, const json_t *step)
{
    static uint8_t wire[CAP], payload[CAP];
    struct s5a_writer w, stream;
    size_t count;
    s5a_writer_init(&w, wire, sizeof(wire));
    s5a_writer_init(&stream, payload, sizeof(payload));
    tol_session_seal(from, step, &w);
    cr_expect(tol_session_take(to, step, wire, s5a_writer_len(&w), &stream, &count), "%s",
              vector_text(step, "what"));
    cr_expect_eq(count, json_array_size(json_object_get(step, "records")));
    vector_expect("payload", (struct s5a_span){ payload, s5a_writer_len(&stream) },
                  vector_bytes(step, "payload"));
}

Test(tol_link, sessions_of_the_vectors_are_sealed_and_opened_by_both_roles)
{
    for (size_t i = 0; i < sizeof(sessions) / sizeof(*sessions); i++) {
        struct tol_session s = tol_session_open(sessions[i]);
        struct s5a_tol_link client, server;
        json_t *step;
        size_t at, replayed = 0;
        tol_session_end(&s, &client, S5A_TOL_CLIENT);
        tol_session_end(&s, &server, S5A_TOL_SERVER);
        json_array_foreach(s.steps, at, step)
        {
            if (!json_object_get(step, "records"))
                continue;
            bool up = tol_session_is_from(step, S5A_TOL_CLIENT);
            replay_step(up ? &client : &server, up ? &server : &client, step);
            replayed++;
        }
        cr_expect_geq(replayed, 2);
        cr_expect_eq(client.in.ended && client.out.ended, s.has_keys);
        tol_session_close(&s);
    }
}

/* ---- the two ends of one connection ---- */

struct ends {
    struct s5a_tol_link client, server;
    uint8_t wire[CAP];
    struct s5a_writer w;
};

static struct s5a_tol_shape shape_of(uint8_t type)
{
    struct s5a_tol_shape shape;
    s5a_tol_shape_default(&shape, type);
    return shape;
}

static struct ends *ends_new(uint8_t type)
{
    struct ends *e = malloc(sizeof(*e));
    struct s5a_tol_shape shape = shape_of(type);
    struct s5a_key seed = { { 7 } };
    cr_assert(e);
    s5a_tol_link_init(&e->client, S5A_TOL_CLIENT, NULL, S5A_SPAN("\5\1\x81"), &seed, &shape);
    s5a_tol_link_init(&e->server, S5A_TOL_SERVER, NULL, S5A_SPAN("\5\1\x81"), &seed, &shape);
    s5a_writer_init(&e->w, e->wire, sizeof(e->wire));
    return e;
}

static void agree(struct ends *e, bool sealed)
{
    static const struct s5a_key ck2 = { { 5 } };
    static const struct s5a_digest t = { { 6 } };
    s5a_tol_link_agree(&e->client, &ck2, &t, sealed);
    s5a_tol_link_agree(&e->server, &ck2, &t, sealed);
}

static void switch_all(struct ends *e, bool sealed)
{
    agree(e, sealed);
    s5a_tol_link_switch_in(&e->client);
    s5a_tol_link_switch_out(&e->client);
    s5a_tol_link_switch_in(&e->server);
    s5a_tol_link_switch_out(&e->server);
}

/* What the client encoded, opened by the server; false where it is refused. `longest`: of RAND. */
static bool take_all(struct ends *e, struct s5a_writer *payload, size_t *longest)
{
    size_t len = s5a_writer_len(&e->w), at = 0;
    struct s5a_tol_record record;
    *longest = 0;
    while (at < len) {
        if (s5a_tol_link_open(&e->server, e->wire + at, len - at, &record) != S5A_TOL_WHOLE)
            return false;
        s5a_write_bytes(payload, record.payload, record.payload_len);
        if (record.rand.len > *longest)
            *longest = record.rand.len;
        at += record.len;
    }
    s5a_writer_init(&e->w, e->wire, sizeof(e->wire));
    return true;
}

static void expect_handshake(uint8_t type, bool switched, bool sealed, size_t len)
{
    static uint8_t bytes[40000], storage[40000];
    struct ends *e = ends_new(type);
    struct s5a_writer payload;
    size_t longest;
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(i * 7);
    if (switched)
        switch_all(e, sealed);
    s5a_writer_init(&payload, storage, sizeof(storage));
    s5a_tol_link_encode(&e->client, &e->w, (struct s5a_span){ bytes, len });
    cr_expect(!e->w.bad);
    cr_expect_leq(s5a_writer_len(&e->w), s5a_tol_link_encoded_max(&e->client, len));
    cr_expect(take_all(e, &payload, &longest), "type %d, %zu bytes", type, len);
    vector_expect("payload", (struct s5a_span){ storage, s5a_writer_len(&payload) },
                  (struct s5a_span){ bytes, len });
    if (type == S5A_TOL_BARE)
        cr_expect_eq(longest, 0);
    free(e);
}

Test(tol_link, handshake_bytes_of_any_length_arrive_whole)
{
    static const size_t lengths[] = { 1, 10, 37, 128, 129, 513, 1390, 16384, 16385, 33000 };
    for (uint8_t type = 0; type <= S5A_TOL_FULL; type++)
        for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++)
            for (int mode = 0; mode < 3; mode++)
                expect_handshake(type, mode > 0, mode > 1, lengths[i]);
}

Test(tol_link, request_of_type_04_fills_a_cell)
{
    struct ends *e = ends_new(S5A_TOL_FULL);
    switch_all(e, true);
    for (size_t len = 1; len < 1390; len++) {
        uint8_t bytes[1400] = { 0 };
        s5a_writer_init(&e->w, e->wire, sizeof(e->wire));
        s5a_tol_link_encode(&e->client, &e->w, (struct s5a_span){ bytes, len });
        size_t least = s5a_tol_overhead(&e->client.out) + S5A_TOL_DELAY_LEN + len;
        cr_expect_eq(s5a_writer_len(&e->w), least < 1400 ? 1400 : least);
    }
    free(e);
}

/* The confirmation is under the hello keys, the request behind it, in the same write, is not. */
Test(tol_link, confirmation_and_request_in_one_write_are_under_their_own_keys)
{
    struct ends *e = ends_new(S5A_TOL_PADDING);
    struct s5a_tol_record record;
    agree(e, true);
    s5a_tol_link_encode(&e->client, &e->w, S5A_SPAN("confirmation"));
    s5a_tol_link_switch_out(&e->client);
    s5a_tol_link_encode(&e->client, &e->w, S5A_SPAN("request"));
    size_t len = s5a_writer_len(&e->w);
    cr_assert_eq(s5a_tol_link_open(&e->server, e->wire, len, &record), S5A_TOL_WHOLE);
    cr_expect_eq(record.payload_len, 12);
    s5a_tol_link_switch_in(&e->server);
    size_t at = record.len;
    cr_assert_eq(s5a_tol_link_open(&e->server, e->wire + at, len - at, &record), S5A_TOL_WHOLE);
    cr_expect_eq(record.payload_len, 7);
    cr_expect_eq(e->server.in.n, 1);
    free(e);
}

/* Nothing is accepted under an old key once the direction has switched, or under a new one before. */
Test(tol_link, old_key_never_returns)
{
    for (int early = 0; early < 2; early++) {
        struct ends *e = ends_new(S5A_TOL_BARE);
        struct s5a_tol_record record;
        agree(e, false);
        if (early)
            s5a_tol_link_switch_out(&e->client);
        else
            s5a_tol_link_switch_in(&e->server);
        s5a_tol_link_encode(&e->client, &e->w, S5A_SPAN("bytes"));
        cr_expect_eq(s5a_tol_link_open(&e->server, e->wire, s5a_writer_len(&e->w), &record),
                     S5A_TOL_BAD);
        free(e);
    }
}

Test(tol_link, switching_again_or_agreeing_again_changes_nothing)
{
    static const struct s5a_key other = { { 9 } };
    static const struct s5a_digest t = { { 9 } };
    uint8_t storage[64];
    struct ends *e = ends_new(S5A_TOL_BARE);
    struct s5a_writer payload;
    size_t longest;
    s5a_writer_init(&payload, storage, sizeof(storage));
    switch_all(e, true);
    s5a_tol_link_encode(&e->client, &e->w, S5A_SPAN("one"));
    s5a_tol_link_agree(&e->client, &other, &t, false);
    s5a_tol_link_switch_out(&e->client);
    s5a_tol_link_encode(&e->client, &e->w, S5A_SPAN("two"));
    cr_expect_eq(e->client.out.n, 2);
    cr_expect(take_all(e, &payload, &longest));
    cr_expect_eq(s5a_writer_len(&payload), 6);
    free(e);
}

Test(tol_link, switch_without_keys_breaks_the_direction)
{
    struct ends *e = ends_new(S5A_TOL_BARE);
    s5a_tol_link_switch_out(&e->client);
    s5a_tol_link_encode(&e->client, &e->w, S5A_SPAN("bytes"));
    cr_expect(e->w.bad && e->client.out.broken);
    free(e);
}

Test(tol_link, end_record_is_sent_after_the_switch_alone)
{
    struct ends *e = ends_new(S5A_TOL_BARE);
    struct s5a_tol_record record;
    s5a_tol_link_end(&e->client, &e->w);
    cr_expect_eq(s5a_writer_len(&e->w), 0);
    switch_all(e, true);
    s5a_tol_link_end(&e->client, &e->w);
    cr_expect_eq(s5a_writer_len(&e->w), 22);
    cr_assert_eq(s5a_tol_link_open(&e->server, e->wire, 22, &record), S5A_TOL_WHOLE);
    cr_expect(record.is_end);
    s5a_tol_link_encode(&e->client, &e->w, S5A_SPAN("bytes"));
    cr_expect(e->w.bad);
    free(e);
}

Test(tol_link, moved_link_goes_on_and_what_is_left_is_wiped)
{
    static const uint8_t zeros[S5A_KEY_LEN];
    struct ends *e = ends_new(S5A_TOL_BARE);
    struct s5a_tol_link moved;
    struct s5a_writer payload;
    uint8_t storage[64];
    size_t longest;
    s5a_writer_init(&payload, storage, sizeof(storage));
    switch_all(e, true);
    s5a_tol_link_encode(&e->client, &e->w, S5A_SPAN("one"));
    s5a_tol_link_move(&moved, &e->client);
    s5a_tol_link_encode(&moved, &e->w, S5A_SPAN("two"));
    cr_expect(take_all(e, &payload, &longest));
    cr_expect_eq(s5a_writer_len(&payload), 6);
    cr_expect(e->client.out.broken && e->client.in.broken);
    cr_expect_arr_eq(e->client.out.aead.bytes, zeros, sizeof(zeros));
    cr_expect_arr_eq(e->client.random.key.bytes, zeros, sizeof(zeros));
    free(e);
}

Test(tol_link, delays_that_the_other_side_names_are_kept)
{
    struct ends *e = ends_new(S5A_TOL_JITTER);
    struct s5a_writer payload;
    uint8_t storage[64];
    size_t longest;
    s5a_writer_init(&payload, storage, sizeof(storage));
    e->client.shape.delay = (struct s5a_tol_delay){ 3, 77, S5A_TOL_EXPONENTIAL };
    switch_all(e, true);
    s5a_tol_link_encode(&e->client, &e->w, S5A_SPAN("bytes"));
    cr_expect_not(e->server.told);
    cr_expect(take_all(e, &payload, &longest));
    cr_expect(e->server.told);
    cr_expect_eq(e->server.delay.min, 3);
    cr_expect_eq(e->server.delay.max, 77);
    cr_expect_eq(e->server.delay.mode, S5A_TOL_EXPONENTIAL);
    cr_expect_eq(e->server.received, 1);
    free(e);
}
