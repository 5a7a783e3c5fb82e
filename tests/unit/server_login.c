/* EAF log-ins through the server's real handshake: each method, policies, wrong credentials. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/server_visit.h"

enum {
    PUBLICKEY = S5A_MID_BIT(S5A_MID_PUBLICKEY),
    PASSWORD = S5A_MID_BIT(S5A_MID_RESPONSE),
    TOTP = S5A_MID_BIT(S5A_MID_TOTP),
    MULTI = S5A_MID_BIT(S5A_MID_MULTI),
    TOKEN = S5A_MID_BIT(S5A_MID_TOKEN),
    USERS_CAP = 2048,
};

/* alice with everything and `more`; bob with a key of his own. */
static struct visit_server *open_house(const char *more)
{
    static char users[USERS_CAP];
    char key[128], bobs[128], scram[256], token[128];
    visit_key_line(key, sizeof key, 1);
    visit_key_line(bobs, sizeof bobs, 2);
    visit_scram_line(scram, sizeof scram, "secret");
    visit_token_line(token, sizeof token, "a token");
    snprintf(users, sizeof users, "[user alice]\n%s\n%s\n%s\n%s\n%s\n[user bob]\n%s\n", key, scram,
             token, VISIT_TOTP, more, bobs);
    return visit_server_new(users);
}

static void expect_served(struct visit *v, const char *what)
{
    cr_expect_eq(visit_run(v), S5A_EAF_ACCEPTED, "%s: %d", what, v->client.want);
    cr_expect_eq(visit_request(v), S5AD_WANT_COMMAND, "%s", what);
    cr_expect_eq(v->hs.user_len, 5, "%s", what);
    cr_expect_arr_eq(v->hs.user, "alice", 5, "%s", what);
    visit_free(v);
}

static void expect_refused(struct visit *v, uint8_t rep, const char *why)
{
    cr_expect_eq(visit_run(v), S5A_EAF_REFUSED, "%s: %d", why, v->client.want);
    cr_expect_eq(v->client.answer.rep, rep, "%s: %02x", why, v->client.answer.rep);
    cr_expect_eq(v->want, S5AD_WANT_REFUSED, "%s", why);
    cr_expect_str_eq(v->hs.why ? v->hs.why : "", why);
    visit_free(v);
}

Test(server_login, each_method_lets_in_where_any_is_enough)
{
    static const unsigned methods[] = { PUBLICKEY, PASSWORD, TOTP, TOKEN };
    struct visit_server *server = open_house("require = any");
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        char what[16];
        snprintf(what, sizeof what, "%zu", i);
        expect_served(visit_new(server, 0x80, methods[i]), what);
        visit_clock += 60; /* each code once */
        expect_served(visit_new(server, 0x82, methods[i]), what);
        visit_clock += 60;
    }
    visit_server_free(server);
}

Test(server_login, factors_in_one_message_let_in)
{
    static const unsigned factors[] = { PUBLICKEY | TOTP, PASSWORD | TOTP, TOKEN | TOTP,
                                        PUBLICKEY | PASSWORD | TOTP | TOKEN };
    struct visit_server *server = open_house("");
    for (size_t i = 0; i < sizeof factors / sizeof factors[0]; i++) {
        struct visit *v = visit_new(server, 0x80, MULTI);
        v->setup.credentials.factors = factors[i];
        expect_served(v, "factors");
        visit_clock += 60;
    }
    visit_server_free(server);
}

Test(server_login, key_alone_is_not_enough_beside_a_code)
{
    struct visit_server *server = open_house("");
    expect_refused(visit_new(server, 0x80, PUBLICKEY), S5A_REP_CLIENT_CONFIG,
                   "more credentials needed");
    expect_refused(visit_new(server, 0x80, TOTP), S5A_REP_CLIENT_CONFIG, "more credentials needed");
    visit_server_free(server);
}

Test(server_login, chain_asks_for_the_next_method)
{
    struct visit_server *server = open_house("require = chain publickey, password, totp");
    expect_served(visit_new(server, 0x82, PUBLICKEY | PASSWORD | TOTP), "chain");
    visit_clock += 60;
    expect_refused(visit_new(server, 0x80, PUBLICKEY), S5A_REP_CLIENT_CONFIG,
                   "more credentials needed");
    expect_refused(visit_new(server, 0x82, TOKEN), S5A_REP_CLIENT_CONFIG,
                   "method does not count for this user");
    visit_server_free(server);
}

Test(server_login, alternatives_may_be_passed_as_steps)
{
    struct visit_server *server = open_house("require = password+totp");
    expect_served(visit_new(server, 0x82, PASSWORD | TOTP), "steps");
    visit_server_free(server);
}

/* ---- wrong credentials ---- */

static struct visit *wrong_password(struct visit_server *server, const char *user)
{
    struct visit *v = visit_new(server, 0x80, PASSWORD);
    v->setup.credentials.user = span(user);
    v->password = "wrong";
    return v;
}

Test(server_login, wrong_credentials_are_0f)
{
    struct visit_server *server = open_house("require = any");
    struct visit *v = visit_new(server, 0x80, PUBLICKEY);
    static const uint8_t seed[S5A_ED25519_SEED_LEN] = { 9 };
    s5a_ed25519_from_seed(&v->key, seed);
    expect_refused(v, S5A_REP_PERMISSION_DENIED, "unknown public key");
    expect_refused(wrong_password(server, "alice"), S5A_REP_PERMISSION_DENIED, "wrong password");
    expect_refused(wrong_password(server, "mallory"), S5A_REP_PERMISSION_DENIED, "unknown user");
    expect_refused(wrong_password(server, "bob"), S5A_REP_PERMISSION_DENIED,
                   "user without a password");
    v = visit_new(server, 0x80, TOTP);
    v->code = "000000";
    expect_refused(v, S5A_REP_PERMISSION_DENIED, "wrong code");
    v = visit_new(server, 0x80, TOKEN);
    v->setup.credentials.token = SPAN("another");
    expect_refused(v, S5A_REP_PERMISSION_DENIED, "unknown token");
    visit_server_free(server);
}

/* Nothing on the wire, and not the time either, tells why: lengths here, for seals differ. */
Test(server_login, wrong_credentials_look_alike)
{
    static const char *const names[] = { "alice", "bob", "mallory", "zoe" };
    size_t len = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct visit_server *server = open_house("require = any");
        struct visit *v = wrong_password(server, names[i]);
        cr_expect_eq(visit_run(v), S5A_EAF_REFUSED);
        cr_expect_eq(v->client.challenge.ops, VISIT_OPS);
        cr_expect_eq(v->client.challenge.mem_kib, VISIT_MEM_KIB);
        cr_expect_eq(v->held_ms, 200, "%s: %u ms", names[i], (unsigned)v->held_ms);
        cr_expect_not(v->client.answer.detailed);
        cr_expect(len == 0 || v->seen_len == len, "%s: %zu bytes", names[i], v->seen_len);
        len = v->seen_len;
        visit_free(v);
        visit_server_free(server);
    }
}

Test(server_login, stranger_gets_the_same_salt_each_time)
{
    struct visit_server *server = open_house("");
    struct s5a_challenge one, two, other, known;
    s5ad_judge_challenge(&one, &server->realm, SPAN("mallory"));
    s5ad_judge_challenge(&two, &server->realm, SPAN("mallory"));
    s5ad_judge_challenge(&other, &server->realm, SPAN("malory"));
    s5ad_judge_challenge(&known, &server->realm, SPAN("alice"));
    cr_expect_arr_eq(one.salt, two.salt, sizeof one.salt);
    cr_expect_arr_neq(one.salt, other.salt, sizeof one.salt);
    cr_expect_eq(known.salt[0], 3);
    visit_server_free(server);
}

Test(server_login, right_but_expired_or_disabled)
{
    struct visit_server *server = open_house("require = any\nexpires = 2020-01-01");
    expect_refused(visit_new(server, 0x80, PUBLICKEY), S5A_REP_AUTH_EXPIRED, "user has expired");
    visit_server_free(server);
    server = open_house("require = any\ndisabled = yes");
    expect_refused(visit_new(server, 0x80, PUBLICKEY), S5A_REP_PERMISSION_DENIED,
                   "user is disabled");
    visit_server_free(server);
    char key[128], users[USERS_CAP];
    visit_key_line(key, sizeof key, 1);
    snprintf(users, sizeof users, "[user alice]\n%s expires=2021-02-03\n", key);
    server = visit_server_new(users);
    expect_refused(visit_new(server, 0x80, PUBLICKEY), S5A_REP_AUTH_EXPIRED,
                   "key or token has expired");
    visit_server_free(server);
}

Test(server_login, session_does_not_outlive_the_first_of_its_credentials)
{
    char key[128], users[USERS_CAP];
    visit_key_line(key, sizeof key, 1);
    snprintf(users, sizeof users, "[user alice]\n%s expires=2030-01-01\nexpires = 2031-01-01\n",
             key);
    visit_clock = 1893456000 - 100; /* 2030-01-01 */
    struct visit_server *server = visit_server_new(users);
    struct visit *v = visit_new(server, 0x80, PUBLICKEY);
    cr_expect_eq(visit_run(v), S5A_EAF_ACCEPTED);
    cr_expect_eq(v->client.params.lifetime, 100);
    cr_expect_eq(v->hs.exchange->ends, 1893456000);
    visit_free(v);
    visit_server_free(server);
}

Test(server_login, anonymous_only_where_it_is_let_in)
{
    struct visit_server *server = open_house("");
    expect_refused(visit_new(server, 0x80, S5A_MID_BIT(S5A_MID_ANONYMOUS)), S5A_REP_CLIENT_CONFIG,
                   "no log-in without credentials");
    server->realm.anonymous = true;
    struct visit *v = visit_new(server, 0x80, S5A_MID_BIT(S5A_MID_ANONYMOUS));
    cr_expect_eq(visit_run(v), S5A_EAF_ACCEPTED);
    cr_expect_eq(visit_request(v), S5AD_WANT_COMMAND);
    cr_expect_eq(v->client.params.ticket.len, 0, "no ticket for nobody");
    cr_expect_eq(v->hs.user_len, 0, "nobody is spoken of");
    visit_free(v);
    visit_server_free(server);
}

/* ---- one principal ---- */

Test(server_login, factors_of_two_principals_are_refused)
{
    struct visit_server *server = open_house("");
    struct visit *v = visit_new(server, 0x80, MULTI);
    static const uint8_t bobs[S5A_ED25519_SEED_LEN] = { 2 };
    s5a_ed25519_from_seed(&v->key, bobs);
    v->setup.credentials.factors = PUBLICKEY | TOTP;
    expect_refused(v, S5A_REP_PERMISSION_DENIED, "credentials of two principals");
    visit_server_free(server);
}

Test(server_login, step_of_another_principal_is_refused)
{
    struct visit_server *server = open_house("require = chain publickey, totp");
    char both[USERS_CAP], key[128], bobs[128];
    visit_key_line(key, sizeof key, 1);
    visit_key_line(bobs, sizeof bobs, 2);
    snprintf(both, sizeof both,
             "[user alice]\n%s%s\n[user bob]\n%s\n%srequire = chain publickey, totp\n", VISIT_TOTP,
             key, bobs, VISIT_TOTP);
    visit_server_users(server, both);
    struct visit *v = visit_new(server, 0x82, PUBLICKEY | TOTP);
    static const uint8_t seed[S5A_ED25519_SEED_LEN] = { 2 };
    s5a_ed25519_from_seed(&v->key, seed); /* bob's key, alice's code */
    expect_refused(v, S5A_REP_PERMISSION_DENIED, "credential of another principal than before");
    visit_server_free(server);
}

/* ---- codes ---- */

static bool code_works(struct visit_server *server, const char *code)
{
    struct visit *v = visit_new(server, 0x80, TOTP);
    v->code = code;
    bool works = visit_run(v) == S5A_EAF_ACCEPTED;
    visit_free(v);
    return works;
}

Test(server_login, code_counts_once_and_one_step_to_each_side)
{
    char early[7], late[7], now[7], far[7];
    struct visit_server *server = open_house("require = any");
    visit_code(early, -1);
    visit_code(now, 0);
    visit_code(late, 1);
    visit_code(far, 2);
    cr_expect_not(code_works(server, far));
    cr_expect(code_works(server, early));
    cr_expect_not(code_works(server, early));
    cr_expect(code_works(server, late));
    cr_expect_not(code_works(server, late));
    cr_expect_not(code_works(server, now), "older than the last one");
    visit_server_free(server);
}

Test(server_login, reload_does_not_make_a_code_good_again)
{
    char code[7], users[256];
    snprintf(users, sizeof users, "[user alice]\n%s", VISIT_TOTP);
    struct visit_server *server = visit_server_new(users);
    visit_code(code, 0);
    cr_expect(code_works(server, code));
    visit_server_users(server, users);
    cr_expect_not(code_works(server, code));
    visit_server_free(server);
}

/* ---- confirmation, key fetch, parameters ---- */

Test(server_login, request_without_confirmation_is_not_served)
{
    struct visit_server *server = open_house("require = any");
    struct visit *v = visit_new(server, 0x80, PUBLICKEY);
    cr_assert_eq(visit_run(v), S5A_EAF_ACCEPTED);
    cr_expect_eq(s5ad_handshake_patience(&v->hs), 30);
    visit_feed(v, SPAN("\x05\x01\x00\x01\xc0\x00\x02\x01\x00\x50"
                       "0123456789012345678901234567890123456789"));
    cr_expect_eq(v->want, S5AD_WANT_CLOSE);
    visit_free(v);
    visit_server_free(server);
}

Test(server_login, idle_is_the_smaller_wish)
{
    struct visit_server *server = open_house("require = any");
    struct s5a_session_params wishes = { .idle = 7 };
    struct visit *v = visit_new(server, 0x80, PASSWORD);
    v->setup.wishes = &wishes;
    cr_assert_eq(visit_run(v), S5A_EAF_ACCEPTED);
    cr_expect_eq(v->client.params.idle, 7);
    cr_expect_eq(s5ad_handshake_patience(&v->hs), 7);
    visit_free(v);
    visit_server_free(server);
}

Test(server_login, key_fetch_gets_the_newest_key)
{
    struct visit_server *server = open_house("");
    struct visit *v = visit_new(server, 0x80, PUBLICKEY);
    v->setup.server_key = NULL;
    cr_expect_eq(visit_run(v), S5A_EAF_FETCHED);
    cr_expect_arr_eq(v->client.fetched, server->realm.keyring.statics[0].public, 32);
    cr_expect_eq(v->want, S5AD_WANT_REFUSED);
    visit_free(v);
    visit_server_free(server);
}

Test(server_login, older_key_serves_during_a_change)
{
    struct visit_server *server = open_house("require = any");
    struct s5ad_keyring *keyring = &server->realm.keyring;
    struct visit *v = visit_new(server, 0x80, PUBLICKEY);
    uint8_t known[S5A_X25519_LEN];
    memcpy(known, keyring->statics[0].public, sizeof known);
    v->setup.server_key = known;
    keyring->statics[1] = keyring->statics[0];
    memset(&keyring->statics[0].secret, 8, sizeof keyring->statics[0].secret);
    s5a_x25519_public(keyring->statics[0].public, &keyring->statics[0].secret);
    keyring->static_count = 2;
    expect_served(v, "older key");
    visit_server_free(server);
}

Test(server_login, server_that_lost_its_key_meanwhile_refuses)
{
    struct visit_server *server = open_house("require = any");
    struct visit *v = visit_new(server, 0x80, PUBLICKEY);
    server->realm.keyring.static_count = 0;
    visit_feed(v, SPAN("\x05\x01\x80"));
    cr_expect_eq(v->want, S5AD_WANT_REFUSED);
    cr_expect_arr_eq(v->seen, "\x05\xff", 2);
    visit_free(v);
    visit_server_free(server);
}

Test(server_login, other_network_key_is_closed_without_a_byte)
{
    struct visit_server *server = open_house("require = any");
    server->realm.keyring.has_network = true;
    memset(&server->realm.keyring.network, 4, sizeof server->realm.keyring.network);
    struct visit *v = visit_new(server, 0x80, PUBLICKEY);
    visit_run(v);
    cr_expect_eq(v->want, S5AD_WANT_CLOSE);
    cr_expect_eq(v->seen_len, 3, "selection and version");
    visit_free(v);
    visit_server_free(server);
}
