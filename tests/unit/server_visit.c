/* A client that logs in by EAF, and the server that it meets. */
#include "tests/unit/server_visit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "protocol/crypto/totp.h"
#include "protocol/greeting.h"
#include "tests/unit/handshake_feed.h"

uint64_t visit_clock = VISIT_BEGIN;

static uint64_t read_clock(void)
{
    return visit_clock;
}

/* ---- the server ---- */

static struct s5ad_users *load_users(const char *text)
{
    char path[] = "/tmp/server-visit-XXXXXX";
    struct s5ad_problem problem = { "" };
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    struct s5ad_users *users = s5ad_users_load(path, &problem);
    unlink(path);
    cr_assert_not_null(users, "%s", problem.text);
    return users;
}

struct visit_server *visit_server_new(const char *users)
{
    struct visit_server *server = calloc(1, sizeof *server);
    struct s5ad_keyring *keyring = &server->realm.keyring;
    cr_assert_geq(sodium_init(), 0);
    server->loop.now = 1000000;
    server->realm.users = load_users(users);
    server->realm.slow = s5ad_slow_new();
    server->realm.ticket_lifetime = S5AD_TICKET_LIFETIME;
    server->realm.clock = read_clock;
    server->realm.flags = S5A_SESSION_UDP | S5A_SESSION_POOL;
    s5ad_tol_config_init(&server->realm.tol);
    memset(&keyring->statics[0].secret, 5, sizeof keyring->statics[0].secret);
    s5a_x25519_public(keyring->statics[0].public, &keyring->statics[0].secret);
    keyring->static_count = 1;
    memset(&keyring->tickets.keys[0], 6, sizeof keyring->tickets.keys[0]);
    keyring->tickets.count = 1;
    return server;
}

void visit_server_users(struct visit_server *server, const char *users)
{
    struct s5ad_users *fresh = load_users(users);
    s5ad_users_inherit(fresh, server->realm.users);
    s5ad_users_free(server->realm.users);
    server->realm.users = fresh;
}

void visit_server_free(struct visit_server *server)
{
    s5ad_users_free(server->realm.users);
    s5ad_slow_free(server->realm.slow);
    free(server);
}

/* ---- lines of the users' file ---- */

static struct s5a_ed25519 key_of(uint8_t seed)
{
    uint8_t bytes[S5A_ED25519_SEED_LEN] = { seed };
    struct s5a_ed25519 key;
    s5a_ed25519_from_seed(&key, bytes);
    return key;
}

void visit_key_line(char *out, size_t cap, uint8_t seed)
{
    struct s5a_ed25519 key = key_of(seed);
    char text[S5A_KEYTEXT_BASE64_CAP];
    s5a_base64_format(text, s5a_ed25519_public(&key).at);
    snprintf(out, cap, "public_key = %s", text);
}

static void derive(struct s5a_key *salted, const char *password, const struct s5a_challenge *c)
{
    cr_assert_eq(crypto_pwhash(salted->bytes, sizeof salted->bytes, password, strlen(password),
                               c->salt, c->ops, (size_t)c->mem_kib * 1024,
                               crypto_pwhash_ALG_ARGON2ID13),
                 0);
}

void visit_scram_line(char *out, size_t cap, const char *password)
{
    struct s5a_challenge c = { .ops = VISIT_OPS, .mem_kib = VISIT_MEM_KIB, .salt = { 3 } };
    struct s5a_scram_verifier verifier;
    struct s5a_key salted;
    char stored[S5A_KEYTEXT_BASE64_CAP], server[S5A_KEYTEXT_BASE64_CAP];
    derive(&salted, password, &c);
    s5a_scram_verifier(&verifier, &salted);
    s5a_base64_format(stored, verifier.stored.bytes);
    s5a_base64_format(server, verifier.server.bytes);
    snprintf(out, cap, "scram = %u:%u:AwAAAAAAAAAAAAAAAAAAAA==:%s:%s", VISIT_OPS, VISIT_MEM_KIB,
             stored, server);
}

void visit_token_line(char *out, size_t cap, const char *token)
{
    struct s5a_digest digest;
    char text[S5A_KEYTEXT_BASE64_CAP];
    s5a_sha256(&digest, S5A_PARTS(span(token)));
    s5a_base64_format(text, digest.bytes);
    snprintf(out, cap, "token = %s", text);
}

void visit_code(char out[static 7], int steps)
{
    struct s5a_totp totp = { SPAN("12345678901234567890"), 6, S5A_TOTP_STEP, 0 };
    char code[S5A_TOTP_DIGITS_MAX];
    s5a_totp_code(code, &totp, s5a_totp_counter(&totp, visit_clock) + (uint64_t)steps);
    memcpy(out, code, 6);
    out[6] = '\0';
}

/* ---- the server's end of a connection ---- */

static void hear(struct visit *v, struct s5a_span bytes)
{
    cr_assert_leq(v->heard_len + bytes.len, sizeof v->heard);
    if (bytes.len > 0)
        memcpy(v->heard + v->heard_len, bytes.at, bytes.len);
    v->heard_len += bytes.len;
}

/* One record, or all that is in clear; false where there is nothing whole. */
static bool open_some(struct visit *v)
{
    struct s5a_tol_record record;
    uint8_t *at = v->seen + v->opened_len;
    size_t len = v->seen_len - v->opened_len;
    if (v->setup.method != 0x81) {
        hear(v, (struct s5a_span){ at, len });
        v->opened_len = v->seen_len;
        return false;
    }
    enum s5a_tol_result result =
        len > 0 ? s5a_tol_link_open(&v->link, at, len, &record) : S5A_TOL_MORE;
    v->lost = v->lost || result == S5A_TOL_BAD;
    if (result != S5A_TOL_WHOLE)
        return false;
    v->ended = record.is_end;
    hear(v, (struct s5a_span){ record.payload, record.payload_len });
    v->opened_len += record.len;
    return true;
}

/* A record at a time, for the next may be under other keys. */
static bool attend(struct visit *v)
{
    if (v->seen_len >= S5A_SELECTION_LEN && v->opened_len < S5A_SELECTION_LEN)
        v->opened_len = S5A_SELECTION_LEN;
    return v->opened_len >= S5A_SELECTION_LEN && open_some(v);
}

static void take_output(struct visit *v)
{
    struct s5a_span out = s5a_buffer_peek(&v->hs.out);
    cr_assert_leq(v->seen_len + out.len, sizeof v->seen);
    if (out.len > 0)
        memcpy(v->seen + v->seen_len, out.at, out.len);
    v->seen_len += out.len;
    s5a_buffer_consume(&v->hs.out, out.len);
}

static void on_admitted(struct s5ad_admission *admission)
{
    (void)admission;
}

static void hold(struct visit *v)
{
    struct s5ad_loop *loop = &v->server->loop;
    const struct s5ad_timer *first = s5ad_timers_first(&loop->timers);
    cr_assert_not_null(first);
    v->held_ms += first->due - loop->now;
    loop->now = first->due;
    s5ad_timers_fire(&loop->timers, loop->now);
}

void visit_drive(struct visit *v)
{
    for (;;) {
        v->want = s5ad_handshake_advance(&v->hs);
        take_output(v);
        if (v->want != S5AD_WANT_EAF)
            return;
        if (!s5ad_admission_check(&v->admission))
            while (s5ad_admission_is_waiting(&v->admission))
                hold(v);
    }
}

void visit_feed(struct visit *v, struct s5a_span bytes)
{
    while (bytes.len > 0) {
        size_t taken = handshake_feed(&v->hs, bytes);
        bytes = (struct s5a_span){ bytes.at + taken, bytes.len - taken };
        visit_drive(v);
        if (taken == 0)
            return;
    }
}

/* ---- the client ---- */

struct visit *visit_new(struct visit_server *server, uint8_t method, unsigned methods)
{
    struct visit *v = calloc(1, sizeof *v);
    struct s5ad_keyring *keyring = &server->realm.keyring;
    v->server = server;
    s5ad_handshake_init(&v->hs, S5AD_OFFER_EAF | S5AD_OFFER_CHAIN | S5AD_OFFER_TOL, keyring);
    s5ad_admission_init(&v->admission, &server->loop, &server->realm, &v->hs,
                        s5ad_slow_id(server->realm.slow, S5AD_SLOW_SOURCE, SPAN("here")),
                        on_admitted);
    v->key = key_of(1);
    memcpy(v->greeting, (uint8_t[]){ 5, 1, method }, sizeof v->greeting);
    v->password = "secret";
    v->setup = (struct s5a_eaf_client_setup){
        .method = method,
        .greeting = { v->greeting, sizeof v->greeting },
        .server_key = keyring->statics[0].public,
        .capabilities = 0x083f,
        .credentials = { .methods = methods,
                         .key = &v->key,
                         .user = SPAN("alice"),
                         .token = SPAN("a token") },
        .limits = { 8, 262144 },
        .pad = 128,
    };
    return v;
}

void visit_free(struct visit *v)
{
    s5ad_admission_cancel(&v->admission);
    s5ad_handshake_wipe(&v->hs);
    s5a_eaf_client_wipe(&v->client);
    free(v);
}

static void act(struct visit *v, struct s5a_writer *w)
{
    struct s5a_key salted;
    char code[7];
    if (v->client.want == S5A_EAF_WANT_SALTED) {
        derive(&salted, v->password, &v->client.challenge);
        s5a_eaf_client_salted(&v->client, &salted, w);
    }
    if (v->client.want == S5A_EAF_WANT_CODE) {
        visit_code(code, 0);
        s5a_eaf_client_code(&v->client, span(v->code ? v->code : code), w);
    }
}

void visit_say(struct visit *v, struct s5a_span bytes)
{
    uint8_t out[16384];
    struct s5a_writer w;
    s5a_writer_init(&w, out, sizeof out);
    if (v->setup.method == S5A_METHOD_TOL)
        s5a_tol_link_encode(&v->link, &w, bytes);
    else
        s5a_write_span(&w, bytes);
    cr_assert_not(w.bad);
    visit_feed(v, (struct s5a_span){ out, s5a_writer_len(&w) });
}

static void begin_records(struct visit *v)
{
    struct s5a_key seed;
    struct s5a_tol_shape shape;
    s5a_tol_shape_default(&shape, S5A_TOL_PADDING);
    randombytes_buf(&seed, sizeof seed);
    s5a_tol_link_init(&v->link, S5A_TOL_CLIENT, v->setup.network_key, v->setup.greeting, &seed,
                      &shape);
}

static void switch_keys(struct visit *v)
{
    s5a_tol_link_agree(&v->link, &v->client.channel.ck, &v->client.channel.t,
                       v->client.params.sealed);
    s5a_tol_link_switch_in(&v->link);
    if (!v->client.confirm)
        s5a_tol_link_switch_out(&v->link);
}

/* What the server said goes to the client. */
static void answer(struct visit *v, struct s5a_writer *w)
{
    do {
        struct s5a_reader r;
        s5a_reader_init(&r, v->heard + v->taken, v->heard_len - v->taken);
        s5a_eaf_client_feed(&v->client, &r, w);
        v->taken = v->heard_len - s5a_reader_left(&r);
        act(v, w);
        if (v->client.want == S5A_EAF_ACCEPTED)
            switch_keys(v);
    } while (attend(v));
}

void visit_begin(struct visit *v, struct s5a_writer *w)
{
    struct s5a_key ephemeral;
    randombytes_buf(&ephemeral, sizeof ephemeral);
    s5a_eaf_client_init(&v->client, &v->setup, &ephemeral);
    begin_records(v);
    visit_feed(v, v->setup.greeting);
    s5a_eaf_client_start(&v->client, w);
}

enum s5a_eaf_want visit_run(struct visit *v)
{
    uint8_t out[8192];
    struct s5a_writer w;
    s5a_writer_init(&w, out, sizeof out);
    visit_begin(v, &w);
    while (s5a_writer_len(&w) > 0) {
        visit_say(v, (struct s5a_span){ out, s5a_writer_len(&w) });
        s5a_writer_init(&w, out, sizeof out);
        attend(v);
        answer(v, &w);
    }
    return v->client.want;
}

enum s5ad_want visit_request(struct visit *v)
{
    uint8_t out[128];
    struct s5a_writer w;
    s5a_writer_init(&w, out, sizeof out);
    s5a_eaf_client_confirm(&v->client, &w);
    if (s5a_writer_len(&w) > 0)
        visit_say(v, (struct s5a_span){ out, s5a_writer_len(&w) });
    s5a_tol_link_switch_out(&v->link);
    visit_say(v, SPAN("\x05\x01\x00\x01\xc0\x00\x02\x01\x00\x50"));
    return v->want;
}

void visit_listen(struct visit *v)
{
    while (attend(v))
        ;
}
