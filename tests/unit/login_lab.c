/* The server of the lab. */
#include "tests/unit/login_lab.h"

#include <sodium.h>
#include <stdlib.h>
#include <time.h>

#include "protocol/request.h"
#include "protocol/reply.h"

static uint8_t lab_token[] = "a token of many bytes";
static char lab_user[] = "alice", lab_name[] = "home", lab_where[] = "192.0.2.1:1080";

/* ---- both sides ---- */

struct login_lab *login_lab_new(uint8_t method)
{
    static const uint8_t seed[S5A_ED25519_SEED_LEN] = { 7 };
    struct login_lab *lab = calloc(1, sizeof(*lab));
    cr_assert(lab);
    lab->statics.secret = (struct s5a_key){ { 0, 11 } };
    s5a_x25519_public(lab->statics.public, &lab->statics.secret);
    lab->setup = (struct s5a_eaf_server_setup){
        .method = method, .statics = { &lab->statics }, .capabilities = 0x9e7f, .pad = 128
    };
    lab->selects = method;
    memcpy(lab->login.server_key, lab->statics.public, sizeof(lab->login.server_key));
    lab->login.has_server_key = lab->login.has_key = true;
    s5a_ed25519_from_seed(&lab->login.key, seed);
    lab->proxy = (struct s5a_proxy){
        .name = lab_name,
        .where = lab_where,
        .methods = method == S5A_METHOD_AMC ? S5A_METHODS_CHAIN : S5A_METHODS_EAF,
        .login = &lab->login,
        .user = lab_user,
    };
    s5a_tol_policy_init(&lab->proxy.tol);
    s5a_tol_shape_default(&lab->shape, S5A_TOL_PADDING);
    lab->proxy.tol.use = method == S5A_METHOD_TOL ? S5A_TOL_ON : S5A_TOL_OFF;
    lab->target.port = 80;
    cr_assert_eq(s5a_address_parse(&lab->target.address, span("host.example")), S5A_OK);
    return lab;
}

void login_lab_free(struct login_lab *lab)
{
    s5a_session_wipe(&lab->session);
    s5a_eaf_server_wipe(&lab->server);
    s5a_tol_link_wipe(&lab->link);
    free(lab);
}

void login_lab_without_key(struct login_lab *lab)
{
    lab->login.has_key = false;
}

void login_lab_set_password(struct login_lab *lab)
{
    struct s5a_key salted;
    lab->challenge = (struct s5a_challenge){ .ops = 2, .mem_kib = 19456, .salt = { 1 } };
    cr_assert(s5a_secret_set(&lab->proxy.password, SPAN("correct horse")));
    cr_assert_eq(crypto_pwhash(salted.bytes, sizeof(salted.bytes), "correct horse", 13,
                               lab->challenge.salt, 2, 19456 * 1024, crypto_pwhash_ALG_ARGON2ID13),
                 0);
    s5a_scram_verifier(&lab->alice, &salted);
}

void login_lab_set_totp(struct login_lab *lab)
{
    memcpy(lab->login.totp, "12345678901234567890", 20);
    lab->login.totp_len = 20;
}

void login_lab_set_token(struct login_lab *lab)
{
    lab->login.token = lab_token;
    lab->login.token_len = sizeof(lab_token) - 1;
}

void login_lab_give_ticket(struct login_lab *lab)
{
    lab->knows_ticket = true;
    lab->resumption = lab->means.ticket.resumption = (struct s5a_key){ { 5 } };
    memcpy(lab->means.ticket.bytes, "ticket", 6);
    lab->means.ticket.len = 6;
}

/* ---- the server ---- */

static bool judge(const struct login_lab *lab, const struct s5a_factor *factor, uint8_t *proof)
{
    const struct s5a_eaf_login *login = &lab->server.login;
    struct s5a_totp totp = { SPAN("12345678901234567890"), 6, S5A_TOTP_STEP, 0 };
    uint64_t counter;
    switch (factor->mid) {
    case S5A_MID_PUBLICKEY:
        return s5a_publickey_verify(factor, &login->context);
    case S5A_MID_RESPONSE:
        return s5a_scram_verify(proof, &lab->alice, lab->server.challenge.nonce,
                                &login->context.transcript, factor->response);
    case S5A_MID_TOTP:
        return s5a_totp_verify(&totp, factor->code, (uint64_t)time(NULL), 1, 0, &counter);
    case S5A_MID_TOKEN:
        return factor->token.len == 0
                   ? login->has_ticket
                   : s5a_span_equal(factor->token,
                                    (struct s5a_span){ lab_token, sizeof(lab_token) - 1 });
    default:
        return factor->mid == S5A_MID_ANONYMOUS;
    }
}

static void accept(struct login_lab *lab, const uint8_t *proof, struct s5a_writer *w)
{
    struct s5a_eaf_grant grant = { .next = lab->next[lab->logins - 1] };
    if (s5a_auth_find(&lab->server.login.auth, S5A_MID_RESPONSE))
        grant.proof = (struct s5a_span){ proof, S5A_PROOF_LEN };
    if (grant.next == 0 && lab->issues.len > 0) {
        s5a_eaf_server_resumption(&lab->server, &lab->issued);
        grant.has_params = true;
        grant.params = (struct s5a_session_params){
            .flags = 14, .lifetime = 300, .ticket_lifetime = 3600, .ticket = lab->issues
        };
    }
    grant.params.type = lab->wants_type;
    grant.params.dummy = lab->wants_dummy;
    if (lab->server.login.has_wishes)
        lab->wishes = lab->server.login.wishes;
    s5a_eaf_server_accept(&lab->server, &grant, w);
}

static void answer_login(struct login_lab *lab, struct s5a_writer *w)
{
    const struct s5a_auth *auth = &lab->server.login.auth;
    struct s5a_eaf_refusal refusal = { S5A_REP_PERMISSION_DENIED, 0, NULL, "test" };
    uint8_t proof[S5A_PROOF_LEN] = { 0 };
    bool right = lab->rep == 0;
    if (auth->count == 0) {
        s5a_eaf_server_choose(&lab->server, lab->wants, w);
        return;
    }
    if (s5a_auth_is_ask(auth)) {
        s5a_eaf_server_challenge(&lab->server, &lab->challenge, w);
        return;
    }
    lab->used |= S5A_MID_BIT(auth->mid);
    lab->logins++;
    for (size_t i = 0; i < auth->count; i++)
        right = judge(lab, &auth->factors[i], proof) && right;
    if (lab->rep != 0)
        refusal =
            (struct s5a_eaf_refusal){ lab->rep, S5A_CODE_PER_TIME, "slow\x1b[31m down", "test" };
    if (right)
        accept(lab, proof, w);
    else
        s5a_eaf_server_refuse(&lab->server, &refusal, w);
}

static void answer_request(struct login_lab *lab, struct s5a_reader *r, struct s5a_writer *w)
{
    struct s5a_request request;
    struct s5a_reply_rules rules = { .command = S5A_CMD_CONNECT, .eaf = true };
    struct s5a_reply reply = { .rep = lab->request_rep,
                               .address = s5a_address_ipv4((const uint8_t[]){ 10, 0, 0, 1 }) };
    if (s5a_request_decode(r, (struct s5a_request_rules){ 0 }, &request) != S5A_OK)
        return;
    lab->requests++;
    if (reply.rep >= 9) {
        reply.detailed = true;
        reply.code = S5A_CODE_AT_ONCE;
        reply.message = SPAN("twice\x07");
    }
    s5a_reply_encode(w, rules, &reply);
    s5a_write_span(w, lab->early);
}

static void begin(struct login_lab *lab, struct s5a_reader *r, struct s5a_writer *w)
{
    struct s5a_key ephemeral = { { 0, 22 } };
    struct s5a_span methods, greeting = { r->at, 3 };
    if (s5a_greeting_decode(r, &methods) != S5A_OK)
        return;
    cr_assert_eq(methods.len, 1, "one method on offer");
    lab->begun = true;
    s5a_selection_encode(w, lab->selects);
    s5a_eaf_server_init(&lab->server, &lab->setup, greeting, &ephemeral);
    if (lab->setup.method == S5A_METHOD_TOL)
        login_records_begin(lab, greeting);
}

static void feed_server(struct login_lab *lab, struct s5a_reader *r, struct s5a_writer *w)
{
    struct s5a_reader again = *r;
    enum s5a_eaf_ask ask = s5a_eaf_server_feed(&lab->server, r, w);
    if (ask == S5A_EAF_ASK_TICKET) {
        s5a_eaf_server_ticket(&lab->server, lab->knows_ticket ? &lab->resumption : NULL,
                              S5A_TICKET_UNKNOWN);
        again = *r;
        ask = s5a_eaf_server_feed(&lab->server, &again, w);
        *r = again;
    }
    if (ask == S5A_EAF_ASK_LOGIN)
        answer_login(lab, w);
}

static void pass_on(struct login_lab *lab, struct s5a_writer *w)
{
    struct login_lab *beyond = lab->beyond;
    login_lab_hear(beyond, (struct s5a_span){ lab->in, lab->in_len });
    lab->in_len = 0;
    s5a_write_bytes(w, beyond->out, beyond->out_len);
    beyond->out_len = 0;
}

/* All that is whole in `in`. */
static void serve(struct login_lab *lab, struct s5a_writer *w)
{
    if (lab->requests > 0 && lab->beyond != NULL) {
        pass_on(lab, w);
        return;
    }
    struct s5a_reader r;
    size_t before;
    do {
        s5a_reader_init(&r, lab->in, lab->in_len);
        if (lab->selects == lab->setup.method && lab->server.ask < S5A_EAF_ASK_DONE)
            feed_server(lab, &r, w);
        if (lab->server.ask == S5A_EAF_ASK_DONE)
            answer_request(lab, &r, w);
        before = lab->in_len;
        lab->in_len = s5a_reader_left(&r);
        memmove(lab->in, r.at, lab->in_len);
    } while (lab->in_len > 0 && lab->in_len < before);
}

static void hear_greeting(struct login_lab *lab, struct s5a_span *sent, struct s5a_writer *w)
{
    struct s5a_reader r;
    s5a_reader_init(&r, sent->at, sent->len);
    begin(lab, &r, w);
    *sent = s5a_read_span(&r, s5a_reader_left(&r));
}

void login_lab_hear(struct login_lab *lab, struct s5a_span sent)
{
    struct s5a_writer w;
    s5a_writer_init(&w, lab->out + lab->out_len, sizeof(lab->out) - lab->out_len);
    if (!lab->begun && sent.len > 0)
        hear_greeting(lab, &sent, &w);
    if (lab->setup.method == S5A_METHOD_TOL) {
        lab->out_len += s5a_writer_len(&w);
        login_records_hear(lab, sent, serve);
        return;
    }
    if (sent.len > 0)
        memcpy(lab->in + lab->in_len, sent.at, sent.len);
    lab->in_len += sent.len;
    serve(lab, &w);
    lab->out_len += s5a_writer_len(&w);
}

/* ---- between them ---- */

void login_lab_serve(struct login_lab *lab)
{
    struct s5a_span sent = s5a_session_output(&lab->session);
    if (sent.len > 0)
        lab->writes++;
    login_lab_hear(lab, sent);
    s5a_session_sent(&lab->session, sent.len);
}

void login_lab_hang_up(struct login_lab *lab)
{
    lab->begun = false;
    lab->in_len = lab->out_len = lab->out_from = lab->records_len = 0;
    lab->server.ask = S5A_EAF_ASK_VERSION;
    lab->logins = 0;
}

void login_lab_start(struct login_lab *lab)
{
    struct s5a_ticket ticket = lab->means.ticket;
    s5a_login_find_means(&lab->means, &lab->proxy, NULL, false);
    lab->means.ticket = ticket;
    if (ticket.len > 0 && lab->means.status == S5A_LOGIN_NEEDED)
        lab->means.status = S5A_OK;
    login_lab_hang_up(lab);
    lab->used = lab->requests = lab->writes = 0;
    s5a_session_wipe(&lab->session);
    struct s5a_ask connect = s5a_ask_connect(&lab->target);
    s5a_session_init_ask(&lab->session, &lab->proxy, lab->ask ? lab->ask : &connect, &lab->means,
                         false, UINT64_MAX);
}

bool login_lab_deliver(struct login_lab *lab, size_t max)
{
    size_t len = lab->out_len - lab->out_from;
    size_t want = s5a_session_want(&lab->session);
    len = len < want ? len : want;
    len = len < max ? len : max;
    if (len == 0)
        return false;
    s5a_session_feed(&lab->session, lab->out + lab->out_from, len);
    lab->out_from += len;
    return true;
}

void login_lab_run(struct login_lab *lab, size_t max)
{
    do
        login_lab_serve(lab);
    while (login_lab_deliver(lab, max));
}

void login_lab_expect_open(struct login_lab *lab, unsigned used)
{
    cr_assert_eq(lab->session.state, S5A_SESSION_OPEN, "%s",
                 s5a_status_text(s5a_session_status(&lab->session)));
    cr_assert_eq(lab->used, used, "methods %x", lab->used);
    cr_assert_eq(lab->requests, 1);
    cr_assert_eq(lab->session.login.rep, 0);
}
