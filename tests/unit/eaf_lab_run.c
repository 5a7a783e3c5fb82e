/* Replaying exchanges of the vectors. */
#include "tests/unit/eaf_lab.h"

#include "protocol/greeting.h"
#include "protocol/rep.h"
#include "tests/unit/span.h"

static const uint64_t now = 1767225600;

static struct s5a_answer answer_of(const struct eaf_lab *lab, unsigned i)
{
    struct s5a_answer answer;
    cr_assert_eq(s5a_answer_decode(&answer, eaf_lab_auth_text(lab, i)), S5A_OK);
    return answer;
}

/* ---- the wire ---- */

struct s5a_span eaf_lab_wire(struct eaf_lab *lab, unsigned i, uint8_t storage[EAF_LAB_CAP])
{
    bool early = lab->client_setup.method != S5A_METHOD_TOL;
    struct s5a_writer w;
    s5a_writer_init(&w, storage, EAF_LAB_CAP);
    if (i == 1 || (i == 2 && !early))
        s5a_write_u8(&w, S5A_EAF_VERSION);
    s5a_write_span(&w, lab->message[i]);
    return (struct s5a_span){ storage, s5a_writer_len(&w) };
}

static void expect_wire(struct eaf_lab *lab, unsigned i, const struct s5a_writer *w)
{
    uint8_t storage[EAF_LAB_CAP];
    char what[128];
    snprintf(what, sizeof(what), "%s, message %u", vector_text(lab->entry, "name"), i);
    cr_expect_not(w->bad, "%s does not fit", what);
    vector_expect(what, (struct s5a_span){ w->begin, s5a_writer_len(w) },
                  eaf_lab_wire(lab, i, storage));
}

/* ---- the client ---- */

static void answer_wants(struct eaf_lab *lab, unsigned i, struct s5a_writer *w)
{
    struct s5a_eaf_client *c = &lab->client;
    struct s5a_auth auth = eaf_lab_auth(lab, i);
    const struct s5a_factor *totp = s5a_auth_find(&auth, S5A_MID_TOTP);
    if (c->want == S5A_EAF_WANT_SALTED) {
        struct s5a_key salted = eaf_lab_derive(lab->password, &c->challenge);
        s5a_eaf_client_salted(c, &salted, w);
    }
    if (c->want == S5A_EAF_WANT_CODE && totp)
        s5a_eaf_client_code(c, totp->code, w);
}

/* Message 1 and confirmations are sent unasked, others by eaf_lab_client_takes. A chain begins with
 * its first method, whatever is preferred. */
void eaf_lab_client_sends(struct eaf_lab *lab, unsigned i)
{
    uint8_t storage[EAF_LAB_CAP];
    struct s5a_writer w;
    unsigned *methods = &lab->client_setup.credentials.methods;
    unsigned all = *methods, first = eaf_lab_methods(lab, 1, 3);
    s5a_writer_init(&w, storage, sizeof(storage));
    if (i == 1) {
        *methods = first ? first : all;
        s5a_eaf_client_start(&lab->client, &w);
        *methods = all;
    } else {
        s5a_eaf_client_confirm(&lab->client, &w);
    }
    expect_wire(lab, i, &w);
}

void eaf_lab_client_takes(struct eaf_lab *lab, unsigned i, size_t cut)
{
    uint8_t in[EAF_LAB_CAP], storage[EAF_LAB_CAP];
    struct s5a_span wire = eaf_lab_wire(lab, i, in);
    struct s5a_reader r;
    struct s5a_writer w;
    s5a_writer_init(&w, storage, sizeof(storage));
    if (i == 2 && lab->client.want == S5A_EAF_WANT_VERSION && lab->client_setup.method != 0x81) {
        s5a_reader_init(&r, "\x01", 1);
        s5a_eaf_client_feed(&lab->client, &r, &w);
    }
    s5a_reader_init(&r, wire.at, cut < wire.len ? cut : 0);
    s5a_eaf_client_feed(&lab->client, &r, &w);
    size_t taken = (cut < wire.len ? cut : 0) - s5a_reader_left(&r);
    cr_expect_leq(taken, i == 2, "part of a message taken");
    s5a_reader_init(&r, wire.at + taken, wire.len - taken);
    s5a_eaf_client_feed(&lab->client, &r, &w);
    cr_expect_eq(s5a_reader_left(&r), 0);
    if (i + 1 <= lab->count)
        answer_wants(lab, i + 1, &w);
    if (i + 1 <= lab->count && lab->client.want != S5A_EAF_ACCEPTED)
        expect_wire(lab, i + 1, &w);
}

/* ---- the server: judging credentials ---- */

static bool is_alice(struct s5a_span user)
{
    return s5a_span_equal(user, SPAN("alice"));
}

static bool judge_totp(const struct s5a_factor *factor)
{
    struct s5a_totp totp = { SPAN("12345678901234567890"), 6, S5A_TOTP_STEP, 0 };
    uint64_t counter;
    return s5a_totp_verify(&totp, factor->code, now, 1, 0, &counter) && is_alice(factor->user);
}

static bool judge_factor(struct eaf_lab *lab, const struct s5a_factor *factor, uint8_t *proof)
{
    const struct s5a_eaf_login *login = &lab->server.login;
    switch (factor->mid) {
    case S5A_MID_PUBLICKEY:
        return s5a_publickey_verify(factor, &login->context) &&
               s5a_span_equal(factor->key, s5a_ed25519_public(&lab->key));
    case S5A_MID_RESPONSE:
        return s5a_scram_verify(proof, &lab->alice, lab->server.challenge.nonce,
                                &login->context.transcript, factor->response) &&
               is_alice(login->asked);
    case S5A_MID_TOTP:
        return judge_totp(factor);
    case S5A_MID_TOKEN:
        return factor->token.len == 0 ? login->has_ticket
                                      : s5a_span_equal(factor->token, SPAN("token-0123456789"));
    default:
        return factor->mid == S5A_MID_ANONYMOUS;
    }
}

bool eaf_lab_judge(struct eaf_lab *lab, uint8_t proof[S5A_PROOF_LEN])
{
    const struct s5a_eaf_login *login = &lab->server.login;
    bool right = login->user.len == 0 || is_alice(login->user);
    for (size_t k = 0; k < login->auth.count; k++)
        right = judge_factor(lab, &login->auth.factors[k], proof) && right;
    return right;
}

static void check_resumption(struct eaf_lab *lab)
{
    const json_t *keys = json_object_get(lab->entry, "keys");
    struct s5a_key resumption;
    s5a_eaf_server_resumption(&lab->server, &resumption);
    if (json_object_get(keys, "resumption R"))
        vector_expect("R", s5a_key_span(&resumption), vector_bytes(keys, "resumption R"));
}

static void give_result(struct eaf_lab *lab, unsigned i, const struct s5a_answer *answer,
                        struct s5a_writer *w)
{
    uint8_t proof[S5A_PROOF_LEN];
    const struct s5a_auth *auth = &lab->server.login.auth;
    struct s5a_metadata list = eaf_lab_list(lab, i);
    bool right = eaf_lab_judge(lab, proof);
    if (answer->rep == S5A_REP_SUCCEEDED || answer->rep == S5A_REP_PERMISSION_DENIED)
        cr_expect_eq(right, answer->rep == S5A_REP_SUCCEEDED, "%s: judged %d",
                     vector_text(lab->entry, "name"), right);
    if (answer->rep != S5A_REP_SUCCEEDED) {
        char text[S5A_ANSWER_MESSAGE_MAX + 1] = "";
        if (answer->message.len > 0)
            memcpy(text, answer->message.at, answer->message.len);
        /* a code where the vector has none must not be sent */
        uint16_t code = answer->detailed ? answer->code : S5A_CODE_METHOD;
        struct s5a_eaf_refusal refusal = { answer->rep, code, text, "test" };
        s5a_eaf_server_refuse(&lab->server, &refusal, w);
        return;
    }
    struct s5a_eaf_grant grant = { .next = list.next,
                                   .has_params = list.has_params,
                                   .params = list.params };
    if (s5a_auth_find(auth, S5A_MID_RESPONSE))
        grant.proof = (struct s5a_span){ proof, sizeof(proof) };
    check_resumption(lab);
    s5a_eaf_server_accept(&lab->server, &grant, w);
}

/* What the vector's server says in message i. */
static void answer_login(struct eaf_lab *lab, unsigned i, struct s5a_writer *w)
{
    if (eaf_lab_auth_text(lab, i).len == 0) {
        s5a_eaf_server_choose(&lab->server, eaf_lab_list(lab, i).next, w);
        return;
    }
    struct s5a_answer answer = answer_of(lab, i);
    if (answer.is_challenge)
        s5a_eaf_server_challenge(&lab->server, &answer.challenge, w);
    else
        give_result(lab, i, &answer, w);
}

static void answer_ticket(struct eaf_lab *lab)
{
    uint8_t refused = eaf_lab_clear(lab, 2).refused;
    cr_expect(s5a_span_equal(lab->server.ticket, lab->client_setup.ticket));
    s5a_eaf_server_ticket(&lab->server, refused ? NULL : &lab->resumption,
                          (enum s5a_ticket_refusal)refused);
}

/* Feeds what is left of the reader, and answers a ticket. */
static void feed_server(struct eaf_lab *lab, struct s5a_reader *r, struct s5a_writer *w)
{
    if (s5a_eaf_server_feed(&lab->server, r, w) == S5A_EAF_ASK_TICKET) {
        cr_expect_gt(s5a_reader_left(r), 0, "the message is needed again");
        answer_ticket(lab);
        s5a_eaf_server_feed(&lab->server, r, w);
    }
}

void eaf_lab_server_takes(struct eaf_lab *lab, unsigned i, size_t cut)
{
    uint8_t in[EAF_LAB_CAP], storage[EAF_LAB_CAP];
    struct s5a_span wire = eaf_lab_wire(lab, i, in);
    struct s5a_reader r;
    struct s5a_writer w;
    size_t first = cut < wire.len ? cut : 0;
    s5a_writer_init(&w, storage, sizeof(storage));
    s5a_reader_init(&r, wire.at, first);
    s5a_eaf_server_feed(&lab->server, &r, &w);
    size_t taken = first - s5a_reader_left(&r);
    cr_expect_leq(taken, i == 1, "part of a message taken");
    s5a_reader_init(&r, wire.at + taken, wire.len - taken);
    feed_server(lab, &r, &w);
    cr_expect_eq(s5a_reader_left(&r), 0);
    if (i == 1 && lab->server_setup.method != S5A_METHOD_TOL) {
        cr_expect_geq(s5a_writer_len(&w), 1, "version at once");
        cr_expect_eq(storage[0], S5A_EAF_VERSION);
        if (lab->server.ask == S5A_EAF_ASK_LOGIN)
            s5a_writer_init(&w, storage, sizeof(storage));
    }
    if (i + 1 > lab->count)
        return;
    if (lab->server.ask == S5A_EAF_ASK_LOGIN)
        answer_login(lab, i + 1, &w);
    expect_wire(lab, i + 1, &w);
}

void eaf_lab_run(struct eaf_lab *lab, size_t cut)
{
    eaf_lab_restart(lab);
    if (eaf_lab_has_client(lab))
        eaf_lab_client_sends(lab, 1);
    for (unsigned i = 1; i <= lab->count; i++) {
        bool confirmation = i % 2 == 1 && i > 1 && lab->client.want == S5A_EAF_ACCEPTED;
        if (confirmation)
            eaf_lab_client_sends(lab, i);
        if (i % 2 == 1)
            eaf_lab_server_takes(lab, i, cut);
        else if (eaf_lab_has_client(lab))
            eaf_lab_client_takes(lab, i, cut);
    }
}
