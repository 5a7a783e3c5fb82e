/* Records that are not what they should be, at every stage of the server's handshake by method 81: it
 * closes without a byte. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/server_visit.h"

enum { TOL = 0x81, SEALED = 0x187f, CAP = 4096 };

static struct visit_server *open_house(void)
{
    static char users[512];
    char key[128];
    visit_key_line(key, sizeof key, 1);
    snprintf(users, sizeof users, "[user alice]\n%s\n", key);
    return visit_server_new(users);
}

static struct visit *come(struct visit_server *server)
{
    struct visit *v = visit_new(server, TOL, S5A_MID_BIT(S5A_MID_PUBLICKEY));
    v->setup.capabilities = SEALED;
    return v;
}

/* What the client would send first. */
struct first {
    uint8_t bytes[CAP];
    size_t len;
};

static struct visit *begin(struct visit_server *server, struct first *message)
{
    struct visit *v = come(server);
    struct s5a_writer w;
    s5a_writer_init(&w, message->bytes, sizeof message->bytes);
    visit_begin(v, &w);
    message->len = s5a_writer_len(&w);
    return v;
}

/* One record with this payload, as the client's keys are now; its length. */
static size_t seal(struct visit *v, uint8_t out[static CAP], uint8_t type, size_t rand_len,
                   const void *payload, size_t len)
{
    memset(out, 0x5a, S5A_TOL_HEAD_MAX);
    if (len > 0)
        memcpy(out + 6 + rand_len, payload, len);
    return s5a_tol_seal(&v->link.out, out, type, rand_len, len);
}

/* A head that makes no sense is known as such once it is there, whatever length it tells. */
static void feed_more(struct visit *v)
{
    uint8_t more[S5A_TOL_HEAD_MAX] = { 0 };
    visit_feed(v, (struct s5a_span){ more, sizeof more });
}

static void expect_closed(struct visit *v, size_t seen, const char *what)
{
    cr_expect_eq(v->want, S5AD_WANT_CLOSE, "%s: wants %d", what, v->want);
    cr_expect_eq(v->seen_len, seen, "%s: %zu bytes seen", what, v->seen_len);
    visit_free(v);
}

/* Accepted, by a client that has not confirmed yet. */
static struct visit *enter(struct visit_server *server, uint8_t confirmation[static 37])
{
    struct visit *v = come(server);
    struct s5a_writer w;
    s5a_writer_init(&w, confirmation, 37);
    cr_assert_eq(visit_run(v), S5A_EAF_ACCEPTED);
    s5a_eaf_client_confirm(&v->client, &w);
    cr_assert_eq(s5a_writer_len(&w), 37);
    return v;
}

/* The same, and confirmed: requests are next. */
static struct visit *enter_session(struct visit_server *server)
{
    uint8_t confirmation[37];
    struct visit *v = enter(server, confirmation);
    visit_say(v, (struct s5a_span){ confirmation, sizeof confirmation });
    s5a_tol_link_switch_out(&v->link);
    cr_assert_eq(v->want, S5AD_WANT_BYTES);
    return v;
}

#define REQUEST "\x05\x01\x00\x01\xc0\x00\x02\x01\x00\x50"

/* ---- under the hello keys ---- */

/* A length that grew makes it wait for more; nothing else. */
Test(server_tol_attacks, changed_hello_record_is_closed)
{
    struct visit_server *server = open_house();
    uint8_t record[CAP];
    for (size_t at = 0;; at++) {
        struct first message;
        struct visit *v = begin(server, &message);
        size_t len = seal(v, record, 1, 3, message.bytes, message.len);
        if (at == len) {
            visit_free(v);
            break;
        }
        record[at] ^= 0x10;
        visit_feed(v, (struct s5a_span){ record, len });
        bool is_length = at == 3 || at == 7 || at == 8;
        if (v->want == S5AD_WANT_BYTES && is_length) {
            cr_expect_eq(v->seen_len, S5A_SELECTION_LEN);
            visit_free(v);
        } else {
            char what[32];
            snprintf(what, sizeof what, "byte %zu", at);
            expect_closed(v, S5A_SELECTION_LEN, what);
        }
    }
    visit_server_free(server);
}

Test(server_tol_attacks, hello_record_of_other_types_or_empty_is_closed)
{
    static const struct {
        uint8_t type, rand_len, payload;
    } wrong[] = { { 2, 8, 1 }, { 3, 0, 1 }, { 4, 8, 1 }, { 0, 0, 0 }, { 1, 5, 0 }, { 0, 1, 1 } };
    struct visit_server *server = open_house();
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct first message;
        struct visit *v = begin(server, &message);
        struct s5a_hmac_key key = v->link.out.session;
        uint8_t record[CAP] = { 0, 0, wrong[i].type, wrong[i].rand_len };
        size_t len = 6u + wrong[i].rand_len + (wrong[i].payload ? message.len : 0);
        if (wrong[i].type == 2 || wrong[i].type == 4)
            memcpy(record + 4, "\x00\x01\x00\x02\x00\x00\x00\x00", 8);
        record[4 + wrong[i].rand_len] = (uint8_t)((len - 6u - wrong[i].rand_len) >> 8);
        record[5 + wrong[i].rand_len] = (uint8_t)(len - 6u - wrong[i].rand_len);
        if (wrong[i].payload)
            memcpy(record + 6 + wrong[i].rand_len, message.bytes, message.len);
        uint8_t mac[S5A_DIGEST_LEN];
        s5a_hmac_under(mac, &key, S5A_PARTS((struct s5a_span){ record + 2, len - 2 }));
        memcpy(record, mac, 2);
        visit_feed(v, (struct s5a_span){ record, len });
        expect_closed(v, S5A_SELECTION_LEN, "type");
    }
    visit_server_free(server);
}

Test(server_tol_attacks, bytes_behind_a_message_in_its_record_are_closed)
{
    struct visit_server *server = open_house();
    struct first message;
    struct visit *v = begin(server, &message);
    message.bytes[message.len] = 0x01;
    visit_say(v, (struct s5a_span){ message.bytes, message.len + 1 });
    expect_closed(v, S5A_SELECTION_LEN, "message 1");
    uint8_t confirmation[38];
    v = enter(server, confirmation);
    confirmation[37] = 0x05;
    size_t seen = v->seen_len;
    visit_say(v, (struct s5a_span){ confirmation, sizeof confirmation });
    expect_closed(v, seen, "confirmation");
    visit_server_free(server);
}

Test(server_tol_attacks, message_may_come_in_many_records_and_bytes)
{
    struct visit_server *server = open_house();
    struct first message;
    struct visit *v = begin(server, &message);
    for (size_t at = 0; at < message.len; at += 7) {
        uint8_t record[CAP];
        size_t piece = message.len - at < 7 ? message.len - at : 7;
        size_t len = seal(v, record, 0, 0, message.bytes + at, piece);
        for (size_t i = 0; i < len; i++)
            visit_feed(v, (struct s5a_span){ record + i, 1 });
    }
    cr_expect_eq(v->hs.exchange->x.ask, S5A_EAF_ASK_CONFIRM);
    visit_free(v);
    visit_server_free(server);
}

/* As long as records may be, more than a message may be. */
Test(server_tol_attacks, endless_message_is_closed)
{
    struct visit_server *server = open_house();
    struct first message;
    struct visit *v = begin(server, &message);
    static uint8_t record[S5A_TOL_RECORD_MAX],
        payload[S5A_TOL_PAYLOAD_MAX] = { 1, 1, 0x40, 0, 0x40 };
    for (int i = 0; i < 4 && v->want == S5AD_WANT_BYTES; i++) {
        memcpy(record + 6, payload, sizeof payload);
        size_t len = s5a_tol_seal(&v->link.out, record, 0, 0, sizeof payload);
        visit_feed(v, (struct s5a_span){ record, len });
        payload[0] = payload[1] = 0;
    }
    expect_closed(v, S5A_SELECTION_LEN, "endless");
    visit_server_free(server);
}

/* ---- at the switch ---- */

Test(server_tol_attacks, confirmation_and_request_are_under_their_own_keys)
{
    struct visit_server *server = open_house();
    uint8_t confirmation[37];
    struct visit *v = enter(server, confirmation);
    size_t seen = v->seen_len;
    s5a_tol_link_switch_out(&v->link);
    visit_say(v, (struct s5a_span){ confirmation, sizeof confirmation });
    expect_closed(v, seen, "confirmation under the session's");
    v = enter(server, confirmation);
    seen = v->seen_len;
    visit_say(v, (struct s5a_span){ confirmation, sizeof confirmation });
    visit_say(v, SPAN(REQUEST));
    expect_closed(v, seen, "request under the hello keys");
    v = enter(server, confirmation);
    seen = v->seen_len;
    confirmation[36] ^= 1;
    visit_say(v, (struct s5a_span){ confirmation, sizeof confirmation });
    expect_closed(v, seen, "wrong confirmation");
    v = enter(server, confirmation);
    seen = v->seen_len;
    visit_say(v, SPAN(REQUEST));
    expect_closed(v, seen, "request without confirmation");
    visit_server_free(server);
}

/* ---- in the session ---- */

Test(server_tol_attacks, changed_session_record_is_closed)
{
    struct visit_server *server = open_house();
    uint8_t record[CAP];
    for (size_t at = 0;; at++) {
        struct visit *v = enter_session(server);
        size_t len = seal(v, record, 1, 4, REQUEST, 10), seen = v->seen_len;
        if (at == len) {
            visit_free(v);
            break;
        }
        record[at] ^= 0x80;
        visit_feed(v, (struct s5a_span){ record, len });
        feed_more(v);
        char what[32];
        snprintf(what, sizeof what, "byte %zu", at);
        expect_closed(v, seen, what);
    }
    visit_server_free(server);
}

Test(server_tol_attacks, repeated_and_dropped_records_are_closed)
{
    struct visit_server *server = open_house();
    uint8_t first[CAP], second[CAP];
    struct visit *v = enter_session(server);
    size_t seen = v->seen_len, len = seal(v, first, 1, 0, NULL, 0);
    visit_feed(v, (struct s5a_span){ first, len });
    cr_expect_eq(v->want, S5AD_WANT_BYTES, "a dummy");
    len = seal(v, first, 1, 0, NULL, 0);
    memcpy(second, first, len);
    visit_feed(v, (struct s5a_span){ first, len });
    visit_feed(v, (struct s5a_span){ second, len });
    feed_more(v);
    expect_closed(v, seen, "repeated");
    v = enter_session(server);
    seen = v->seen_len;
    len = seal(v, first, 1, 0, NULL, 0);
    len = seal(v, second, 1, 0, REQUEST, 10);
    visit_feed(v, (struct s5a_span){ second, len });
    feed_more(v);
    expect_closed(v, seen, "one was dropped");
    visit_server_free(server);
}

Test(server_tol_attacks, session_record_in_plain_mode_is_closed_where_it_is_sealed)
{
    struct visit_server *server = open_house();
    struct visit *v = enter_session(server);
    uint8_t record[CAP];
    size_t seen = v->seen_len;
    v->link.out.mode = S5A_TOL_PLAIN;
    size_t len = seal(v, record, 1, 0, REQUEST, 10);
    visit_feed(v, (struct s5a_span){ record, len });
    feed_more(v);
    expect_closed(v, seen, "plain");
    visit_server_free(server);
}

Test(server_tol_attacks, request_in_pieces_with_dummies_between_is_served)
{
    struct visit_server *server = open_house();
    struct visit *v = enter_session(server);
    uint8_t record[CAP];
    for (size_t i = 0; i < 10; i++) {
        size_t len = seal(v, record, 3, i, &REQUEST[i], 1);
        visit_feed(v, (struct s5a_span){ record, len });
        len = seal(v, record, 3, 9 - i, NULL, 0);
        visit_feed(v, (struct s5a_span){ record, len });
    }
    cr_expect_eq(v->want, S5AD_WANT_COMMAND);
    visit_free(v);
    visit_server_free(server);
}
