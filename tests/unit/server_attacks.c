/* Hostile clients at the server's real handshake: the vectors' messages, cut and changed bytes,
 * replay, guessing. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/server_visit.h"
#include "tests/unit/vector_file.h"

enum {
    PUBLICKEY = S5A_MID_BIT(S5A_MID_PUBLICKEY),
    PASSWORD = S5A_MID_BIT(S5A_MID_RESPONSE),
    USERS_CAP = 1024,
};

static struct visit_server *open_house(void)
{
    static char users[USERS_CAP];
    char key[128], scram[256];
    visit_key_line(key, sizeof key, 1);
    visit_scram_line(scram, sizeof scram, "secret");
    snprintf(users, sizeof users, "[user alice]\n%s\n%s\n", key, scram);
    return visit_server_new(users);
}

/* ---- the vectors ---- */

static struct visit_server *house_of(const json_t *given)
{
    char users[USERS_CAP], key[S5A_KEYTEXT_BASE64_CAP];
    struct s5a_ed25519 pair;
    s5a_ed25519_from_seed(&pair, vector_bytes(given, "ed25519_seed").at);
    s5a_base64_format(key, s5a_ed25519_public(&pair).at);
    snprintf(users, sizeof users, "[user alice]\npublic_key = %s\n", key);
    struct visit_server *server = visit_server_new(users);
    struct s5a_eaf_static *at = &server->realm.keyring.statics[0];
    memcpy(at->secret.bytes, vector_bytes(given, "s").at, sizeof at->secret.bytes);
    s5a_x25519_public(at->public, &at->secret);
    server->realm.anonymous = true;
    return server;
}

/* "close", "result 0b" …, or "accepted". */
static void treat(struct visit *v, const json_t *given, struct s5a_span message,
                  char got[static 32])
{
    struct s5a_key ephemeral;
    struct s5a_span greeting = vector_bytes(given, "greeting");
    memcpy(ephemeral.bytes, vector_bytes(given, "e_s").at, sizeof ephemeral.bytes);
    visit_feed(v, greeting);
    s5a_eaf_server_init(&v->hs.exchange->x, &v->hs.exchange->setup, greeting, &ephemeral);
    visit_feed(v, SPAN("\x01"));
    visit_feed(v, message);
    snprintf(got, 32, "goes on");
    if (v->want == S5AD_WANT_CLOSE)
        snprintf(got, 32, "close");
    else if (v->want == S5AD_WANT_REFUSED)
        snprintf(got, 32, "result %02x", v->hs.rep);
    else if (v->hs.exchange->x.ask == S5A_EAF_ASK_CONFIRM)
        snprintf(got, 32, "accepted");
    cr_expect_eq(v->seen_len == 3, strcmp(got, "close") == 0, "bytes before a close");
}

Test(server_attacks, messages_of_the_vectors_end_as_they_say)
{
    json_t *file = vector_file("handshake-malformed"), *entry;
    const json_t *given = json_object_get(file, "given");
    size_t i;
    json_array_foreach(json_object_get(file, "to_server"), i, entry)
    {
        char got[32];
        struct visit_server *server = house_of(given);
        struct visit *v = visit_new(server, 0x80, PUBLICKEY);
        treat(v, given, vector_bytes(entry, "message"), got);
        cr_expect(strstr(vector_text(entry, "expect"), got), "%s: %s, expected %s",
                  vector_text(entry, "name"), got, vector_text(entry, "expect"));
        bool wrong = strcmp(got, "result 0f") == 0;
        cr_expect_eq(v->held_ms, wrong ? 200 : 0, "%s", vector_text(entry, "name"));
        visit_free(v);
        visit_server_free(server);
    }
    cr_expect_gt(i, 0);
    json_decref(file);
}

/* ---- bytes cut and changed ---- */

/* What a good client says first: greeting, version, message 1. */
static struct s5a_span first_flight(struct visit *v, uint8_t out[static 2048])
{
    struct s5a_key ephemeral = { { 1 } };
    struct s5a_writer w;
    s5a_writer_init(&w, out, 2048);
    s5a_write_bytes(&w, v->greeting, sizeof v->greeting);
    s5a_eaf_client_init(&v->client, &v->setup, &ephemeral);
    s5a_eaf_client_start(&v->client, &w);
    return (struct s5a_span){ out, s5a_writer_len(&w) };
}

Test(server_attacks, cut_short_anywhere_it_waits)
{
    uint8_t out[2048];
    struct visit_server *server = open_house();
    struct visit *v = visit_new(server, 0x80, PUBLICKEY);
    struct s5a_span flight = first_flight(v, out);
    visit_free(v);
    for (size_t len = 0; len < flight.len; len++) {
        v = visit_new(server, 0x80, PUBLICKEY);
        visit_feed(v, (struct s5a_span){ out, len });
        cr_expect_eq(v->want, S5AD_WANT_BYTES, "%zu", len);
        cr_expect_eq(v->held_ms, 0);
        visit_free(v);
    }
    visit_server_free(server);
}

Test(server_attacks, every_changed_byte_is_noticed)
{
    uint8_t out[2048];
    struct visit_server *server = open_house();
    struct visit *v = visit_new(server, 0x80, PUBLICKEY);
    struct s5a_span flight = first_flight(v, out);
    visit_free(v);
    for (size_t i = 0; i < flight.len; i++) {
        v = visit_new(server, 0x80, PUBLICKEY);
        out[i] ^= 0x20;
        visit_feed(v, flight);
        out[i] ^= 0x20;
        bool accepted = v->hs.exchange && v->hs.exchange->x.ask == S5A_EAF_ASK_CONFIRM;
        cr_expect_not(accepted, "byte %zu", i);
        visit_free(v);
    }
    visit_server_free(server);
}

Test(server_attacks, byte_by_byte_is_as_good_as_at_once)
{
    uint8_t out[2048];
    struct visit_server *server = open_house();
    struct visit *v = visit_new(server, 0x80, PUBLICKEY);
    struct s5a_span flight = first_flight(v, out);
    for (size_t i = 0; i < flight.len; i++)
        visit_feed(v, (struct s5a_span){ out + i, 1 });
    cr_expect_eq(v->hs.exchange->x.ask, S5A_EAF_ASK_CONFIRM);
    visit_free(v);
    visit_server_free(server);
}

/* Message 1 holds a good signature, and whoever replays it has no key for the confirmation. */
Test(server_attacks, replayed_message_is_not_served)
{
    uint8_t out[2048];
    struct visit_server *server = open_house();
    struct visit *v = visit_new(server, 0x80, PUBLICKEY);
    struct s5a_span flight = first_flight(v, out);
    visit_feed(v, flight);
    uint8_t confirmation[64];
    struct s5a_reader r;
    struct s5a_writer w;
    s5a_writer_init(&w, confirmation, sizeof confirmation);
    s5a_reader_init(&r, v->seen + 2, v->seen_len - 2);
    cr_assert_eq(s5a_eaf_client_feed(&v->client, &r, &w), S5A_EAF_ACCEPTED);
    s5a_eaf_client_confirm(&v->client, &w);
    visit_free(v);
    v = visit_new(server, 0x80, PUBLICKEY);
    visit_feed(v, flight);
    cr_expect_eq(v->want, S5AD_WANT_BYTES);
    visit_feed(v, (struct s5a_span){ confirmation, s5a_writer_len(&w) });
    cr_expect_eq(v->want, S5AD_WANT_CLOSE);
    visit_free(v);
    visit_server_free(server);
}

Test(server_attacks, largest_message_is_read_and_refused_and_larger_ones_are_not_waited_for)
{
    static uint8_t big[S5A_EAF_MESSAGE_MAX + 4];
    struct visit_server *server = open_house();
    struct visit *v = visit_new(server, 0x80, PUBLICKEY);
    memcpy(big, "\x05\x01\x80\x01\x01\x40\x00\x40\x00", 9);
    visit_feed(v, (struct s5a_span){ big, sizeof big - 1 });
    cr_expect_eq(v->want, S5AD_WANT_BYTES);
    visit_feed(v, (struct s5a_span){ big + sizeof big - 1, 1 });
    cr_expect_eq(v->want, S5AD_WANT_CLOSE);
    visit_free(v);
    v = visit_new(server, 0x80, PUBLICKEY);
    visit_feed(v, SPAN("\x05\x01\x80\x01\x01\x40\x01\x00\x00"));
    cr_expect_eq(v->want, S5AD_WANT_CLOSE);
    visit_free(v);
    visit_server_free(server);
}

/* ---- guessing ---- */

static uint64_t guess(struct visit_server *server, const char *user, const char *password)
{
    struct visit *v = visit_new(server, 0x80, PASSWORD);
    v->setup.credentials.user = span(user);
    v->password = password;
    visit_run(v);
    uint64_t held = v->held_ms;
    visit_free(v);
    return held;
}

Test(server_attacks, guesses_take_longer_each_time_whoever_they_claim_to_be)
{
    static const uint64_t expected[] = { 200, 200, 200, 450, 700, 1200, 2200, 4200, 4200 };
    struct visit_server *known = open_house(), *stranger = open_house();
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        cr_expect_eq(guess(known, "alice", "wrong"), expected[i], "%zu", i);
        cr_expect_eq(guess(stranger, "mallory", "wrong"), expected[i], "%zu", i);
    }
    cr_expect_eq(guess(known, "alice", "secret"), 4000, "right, but not before the others");
    struct visit *v = visit_new(known, 0x80, PUBLICKEY);
    cr_expect_eq(visit_run(v), S5A_EAF_ACCEPTED);
    cr_expect_eq(v->held_ms, 0, "keys do not wait");
    visit_free(v);
    visit_server_free(known);
    visit_server_free(stranger);
}

Test(server_attacks, crowd_of_one_source_gets_0a)
{
    struct visit_server *server = open_house();
    struct visit *v = visit_new(server, 0x80, PASSWORD);
    for (int i = 0; i < S5AD_SLOW_FREE; i++)
        s5ad_slow_fail(server->realm.slow, v->admission.source, server->loop.now);
    for (int i = 0; i < S5AD_SLOW_AT_ONCE_MAX; i++)
        cr_assert(s5ad_slow_enter(server->realm.slow, v->admission.source, server->loop.now));
    cr_expect_eq(visit_run(v), S5A_EAF_REFUSED);
    cr_expect_eq(v->client.answer.rep, S5A_REP_RATE_LIMITED);
    cr_expect_eq(v->client.answer.code, S5A_CODE_AT_ONCE);
    visit_free(v);
    visit_server_free(server);
}

/* ---- what is left behind ---- */

Test(server_attacks, secrets_are_gone_once_the_log_in_is_over)
{
    struct visit_server *server = open_house();
    struct visit *v = visit_new(server, 0x80, PUBLICKEY);
    cr_assert_eq(visit_run(v), S5A_EAF_ACCEPTED);
    struct s5a_key ck = v->hs.exchange->x.channel.ck;
    cr_assert_eq(visit_request(v), S5AD_WANT_COMMAND);
    const struct s5a_key *secret = &server->realm.keyring.statics[0].secret;
    size_t used = offsetof(struct s5ad_exchange, x.opened.auth_text); /* behind it nothing is set */
    cr_expect_null(memmem(v->hs.exchange, used, ck.bytes, sizeof ck.bytes));
    cr_expect_null(memmem(v->hs.exchange, used, secret->bytes, sizeof secret->bytes));
    visit_free(v);
    visit_server_free(server);
}
