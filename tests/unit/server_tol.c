/* Method 81 at the server's real handshake: log-ins in records, what is wanted at least, ends. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/server_visit.h"

enum {
    PUBLICKEY = S5A_MID_BIT(S5A_MID_PUBLICKEY),
    PASSWORD = S5A_MID_BIT(S5A_MID_RESPONSE),
    TOTP = S5A_MID_BIT(S5A_MID_TOTP),
    TOKEN = S5A_MID_BIT(S5A_MID_TOKEN),
    TOL = 0x81,
    PLAIN = 0x087f,  /* all but bit 12 */
    SEALED = 0x187f, /* and with it */
    USERS_CAP = 2048,
};

static struct visit_server *open_house(const char *more)
{
    static char users[USERS_CAP];
    char key[128], scram[256], token[128];
    visit_key_line(key, sizeof key, 1);
    visit_scram_line(scram, sizeof scram, "secret");
    visit_token_line(token, sizeof token, "a token");
    snprintf(users, sizeof users, "[user alice]\n%s\n%s\n%s\n%s%s\n", key, scram, token, VISIT_TOTP,
             more);
    return visit_server_new(users);
}

static struct visit *come(struct visit_server *server, unsigned methods, uint32_t capabilities)
{
    struct visit *v = visit_new(server, TOL, methods);
    v->setup.capabilities = capabilities;
    return v;
}

static void expect_served(struct visit *v, const char *what)
{
    cr_expect_eq(visit_run(v), S5A_EAF_ACCEPTED, "%s: %d", what, v->client.want);
    cr_expect(v->client.params.has_tol, "%s: no TOL in the result", what);
    cr_expect_eq(visit_request(v), S5AD_WANT_COMMAND, "%s", what);
    cr_expect_eq(v->hs.request.port, 80, "%s", what);
    cr_expect_not(v->lost, "%s", what);
}

static void expect_refused(struct visit *v, uint8_t rep, uint16_t code, const char *why)
{
    cr_expect_eq(visit_run(v), S5A_EAF_REFUSED, "%s: %d", why, v->client.want);
    cr_expect_eq(v->client.answer.rep, rep, "%s: %02x", why, v->client.answer.rep);
    cr_expect_eq(v->client.answer.code, code, "%s: %04x", why, v->client.answer.code);
    cr_expect_eq(v->want, S5AD_WANT_REFUSED, "%s", why);
    cr_expect_str_eq(v->hs.why ? v->hs.why : "", why);
    cr_expect_not(v->ended, "%s: an end record under the hello keys", why);
    visit_free(v);
}

/* ---- log-ins ---- */

Test(server_tol, each_method_serves_sealed_and_plain)
{
    static const unsigned methods[] = { PUBLICKEY, PASSWORD, TOTP, TOKEN };
    struct visit_server *server = open_house("require = any\n");
    server->realm.tol.least.sealed = false;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        for (int sealed = 0; sealed < 2; sealed++) {
            struct visit *v = come(server, methods[i], sealed ? SEALED : PLAIN);
            expect_served(v, "method");
            cr_expect_eq(v->client.params.sealed, sealed);
            visit_free(v);
            visit_clock += 60;
        }
    visit_server_free(server);
}

Test(server_tol, chain_goes_on_where_both_may)
{
    struct visit_server *server = open_house("require = chain publickey, password, totp\n");
    struct visit *v = come(server, PUBLICKEY | PASSWORD | TOTP, SEALED);
    expect_served(v, "chain");
    visit_free(v);
    visit_clock += 60;
    expect_refused(come(server, PUBLICKEY | PASSWORD | TOTP, SEALED & ~0x20u),
                   S5A_REP_CLIENT_CONFIG, S5A_CODE_METHOD, "more credentials needed");
    visit_server_free(server);
}

Test(server_tol, ticket_serves_and_an_unknown_one_is_refused)
{
    struct visit_server *server = open_house("require = any\n");
    struct visit *v = come(server, PUBLICKEY, SEALED), *again = come(server, 0, SEALED);
    struct s5a_key resumption;
    uint8_t ticket[S5A_TICKET_MAX];
    expect_served(v, "first");
    struct s5a_span got = v->client.params.ticket;
    memcpy(ticket, got.at, got.len);
    resumption = v->client.resumption;
    again->setup.ticket = (struct s5a_span){ ticket, got.len };
    again->setup.resumption = &resumption;
    expect_served(again, "by ticket");
    cr_expect_not(again->client.ticket_refused);
    visit_free(again);
    ticket[40] ^= 1;
    again = come(server, PUBLICKEY, SEALED);
    again->setup.ticket = (struct s5a_span){ ticket, got.len };
    again->setup.resumption = &resumption;
    expect_served(again, "by key, for the ticket is not known");
    cr_expect(again->client.ticket_refused);
    visit_free(again);
    visit_free(v);
    visit_server_free(server);
}

Test(server_tol, key_fetch_gets_the_key_and_a_proper_end)
{
    struct visit_server *server = open_house("");
    struct visit *v = come(server, PUBLICKEY, SEALED);
    v->setup.server_key = NULL;
    cr_expect_eq(visit_run(v), S5A_EAF_FETCHED);
    cr_expect_arr_eq(v->client.fetched, server->realm.keyring.statics[0].public, 32);
    cr_expect_eq(v->want, S5AD_WANT_REFUSED);
    cr_expect(v->hs.orderly);
    cr_expect_not(v->ended);
    visit_free(v);
    visit_server_free(server);
}

Test(server_tol, network_key_is_under_the_records_too)
{
    struct visit_server *server = open_house("require = any\n");
    struct s5ad_keyring *keyring = &server->realm.keyring;
    keyring->has_network = true;
    memset(&keyring->network, 4, sizeof keyring->network);
    struct visit *v = come(server, PUBLICKEY, SEALED);
    v->setup.network_key = &keyring->network;
    expect_served(v, "with it");
    visit_free(v);
    v = come(server, PUBLICKEY, SEALED);
    visit_run(v);
    cr_expect_eq(v->want, S5AD_WANT_CLOSE);
    cr_expect_eq(v->seen_len, S5A_SELECTION_LEN, "no byte behind the selection");
    visit_free(v);
    visit_server_free(server);
}

Test(server_tol, rejected_version_is_a_byte_in_a_record)
{
    struct visit_server *server = open_house("");
    struct visit *v = come(server, PUBLICKEY, SEALED);
    uint8_t out[1024];
    struct s5a_writer w;
    s5a_writer_init(&w, out, sizeof out);
    visit_begin(v, &w);
    visit_say(v, SPAN("\x02"));
    visit_listen(v);
    cr_expect_eq(v->want, S5AD_WANT_REFUSED);
    cr_assert_eq(v->heard_len, 1);
    cr_expect_eq(v->heard[0], 0xff);
    visit_free(v);
    visit_server_free(server);
}

/* ---- what is wanted at least ---- */

Test(server_tol, plain_mode_is_refused_unless_server_and_user_allow_it)
{
    struct visit_server *server = open_house("require = any\n");
    expect_refused(come(server, PUBLICKEY, PLAIN), S5A_REP_CLIENT_CONFIG, S5A_CODE_POLICY,
                   "TOL in plain mode");
    visit_server_free(server);
    server = open_house("require = any\ntol_mode = sealed\n");
    server->realm.tol.least.sealed = false;
    expect_refused(come(server, PUBLICKEY, PLAIN), S5A_REP_CLIENT_CONFIG, S5A_CODE_POLICY,
                   "TOL in plain mode");
    visit_server_free(server);
}

Test(server_tol, types_are_refused_to_clients_that_have_none)
{
    struct visit_server *server = open_house("require = any\ntol = padding\n");
    expect_refused(come(server, PUBLICKEY, SEALED & ~0x40u), S5A_REP_CLIENT_CONFIG, S5A_CODE_POLICY,
                   "TOL without types of records");
    visit_server_free(server);
    server = open_house("require = any\n");
    server->realm.tol.least.level = S5AD_TOL_JITTER;
    expect_refused(come(server, PASSWORD, SEALED & ~0x40u), S5A_REP_CLIENT_CONFIG, S5A_CODE_POLICY,
                   "TOL without types of records");
    visit_server_free(server);
}

Test(server_tol, session_in_clear_is_refused_to_a_user_who_wants_records)
{
    static const uint8_t methods[] = { 0x80, 0x82 };
    struct visit_server *server = open_house("require = any\ntol = bare\n");
    for (size_t i = 0; i < sizeof methods; i++) {
        struct visit *v = visit_new(server, methods[i], PUBLICKEY);
        expect_refused(v, S5A_REP_CLIENT_CONFIG, S5A_CODE_POLICY, "session without TOL");
    }
    struct visit *v = come(server, PUBLICKEY, SEALED & ~0x40u);
    expect_served(v, "bare");
    visit_free(v);
    visit_server_free(server);
}

/* A ticket of a time when less was wanted does not get round it. */
Test(server_tol, ticket_does_not_lower_what_the_server_wants)
{
    struct visit_server *server = open_house("require = any\n");
    struct visit *v = visit_new(server, 0x80, PUBLICKEY), *again = visit_new(server, 0x80, 0);
    cr_assert_eq(visit_run(v), S5A_EAF_ACCEPTED);
    again->setup.ticket = v->client.params.ticket;
    again->setup.resumption = &v->client.resumption;
    server->realm.tol.least.level = S5AD_TOL_PADDING;
    expect_refused(again, S5A_REP_CLIENT_CONFIG, S5A_CODE_POLICY, "session without TOL");
    visit_free(v);
    visit_server_free(server);
}

Test(server_tol, password_in_clear_is_none_for_a_user_who_wants_records)
{
    static const char text[] = "[user alice]\npassword = $argon2id$v=19$m=65536,t=2,p=1$"
                               "c29tZXNhbHRzb21lc2FsdA$"
                               "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n";
    char users[512], hash[S5AD_HASH_CAP];
    struct visit_server *server = visit_server_new(text);
    cr_expect(s5ad_users_hash(server->realm.users, SPAN("alice"), 0, hash));
    snprintf(users, sizeof users, "%stol = bare\n", text);
    visit_server_users(server, users);
    cr_expect_not(s5ad_users_hash(server->realm.users, SPAN("alice"), 0, hash));
    visit_server_free(server);
}

/* ---- what both send ---- */

Test(server_tol, stronger_type_of_server_user_and_wish_holds)
{
    static const struct {
        uint8_t server, wish, asked, sent;
        const char *user;
        uint32_t capabilities;
    } cases[] = {
        { S5AD_TOL_PADDING, 0, 1, 1, "", SEALED },
        { S5AD_TOL_BARE, 3, 0, 3, "", SEALED },
        { S5AD_TOL_PADDING, 4, 2, 4, "tol = jitter\n", SEALED },
        { S5AD_TOL_FULL, 1, 4, 4, "tol = padding\n", SEALED },
        { S5AD_TOL_FULL, 1, 0, 0, "", SEALED & ~0x40u },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char users[64];
        snprintf(users, sizeof users, "require = any\n%s", cases[i].user);
        struct visit_server *server = open_house(users);
        struct s5a_session_params wishes = { .has_tol = true, .type = cases[i].wish, .dummy = 3 };
        server->realm.tol.level = cases[i].server;
        server->realm.tol.shape.dummy = 700;
        struct visit *v = come(server, PUBLICKEY, cases[i].capabilities);
        v->setup.wishes = &wishes;
        bool shaped = cases[i].capabilities & 0x40;
        expect_served(v, "types");
        cr_expect_eq(v->client.params.type, cases[i].asked, "%zu: asked", i);
        cr_expect_eq(v->client.params.dummy, shaped ? 700 : 0, "%zu: dummies asked", i);
        cr_expect_eq(v->hs.records->link.shape.type, cases[i].sent, "%zu: sent", i);
        cr_expect_eq(v->hs.records->link.shape.dummy, shaped ? 10 : 0, "%zu: dummies", i);
        visit_free(v);
        visit_server_free(server);
    }
}

/* ---- ends ---- */

Test(server_tol, refused_request_is_answered_and_ended)
{
    struct visit_server *server = open_house("require = any\n");
    struct visit *v = come(server, PUBLICKEY, SEALED);
    expect_served(v, "log-in");
    size_t before = v->heard_len;
    s5ad_handshake_reply(&v->hs, S5A_REP_CONN_REFUSED, NULL, 0, "connection refused");
    visit_drive(v);
    visit_listen(v);
    cr_expect_eq(v->want, S5AD_WANT_REFUSED);
    cr_expect_eq(v->heard_len, before + 10);
    cr_expect_eq(v->heard[before + 1], S5A_REP_CONN_REFUSED);
    cr_expect(v->ended, "no end record");
    cr_expect_eq(v->opened_len, v->seen_len, "bytes behind it");
    visit_free(v);
    visit_server_free(server);
}

Test(server_tol, client_may_end_without_a_request)
{
    struct visit_server *server = open_house("require = any\n");
    struct visit *v = come(server, PASSWORD, SEALED);
    uint8_t end[64];
    struct s5a_writer w;
    s5a_writer_init(&w, end, sizeof end);
    cr_assert_eq(visit_run(v), S5A_EAF_ACCEPTED);
    s5a_tol_link_end(&v->link, &w);
    visit_feed(v, (struct s5a_span){ end, s5a_writer_len(&w) });
    visit_listen(v);
    cr_expect_eq(v->want, S5AD_WANT_REFUSED);
    cr_expect(v->hs.orderly);
    cr_expect(v->ended);
    visit_free(v);
    visit_server_free(server);
}
