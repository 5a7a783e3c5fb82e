/* What the server sends: choice, challenge, result, and its key. */
#include "protocol/eaf/server_steps.h"

#include <string.h>

#include "protocol/greeting.h"
#include "protocol/rep.h"

enum { CONFIRMED_AFTER = 2 };

static bool is_second(const struct s5a_eaf_server *x)
{
    return x->channel.count == 1;
}

static void add_kex(const struct s5a_eaf_server *x, struct s5a_metadata *metadata)
{
    metadata->epk = (struct s5a_span){ x->epk, sizeof(x->epk) };
    metadata->has_capabilities = x->setup->capabilities != 0;
    metadata->capabilities = x->setup->capabilities;
}

/* Composes the answer and goes on to `ask`. */
static void send_message(struct s5a_eaf_server *x, struct s5a_eaf_draft *draft,
                         enum s5a_eaf_ask ask, struct s5a_writer *w)
{
    if (is_second(x)) {
        add_kex(x, &draft->metadata);
        draft->metadata.refused = x->ticket_refusal;
        draft->pad = x->setup->pad;
        if (x->setup->method == S5A_METHOD_TOL)
            s5a_write_u8(w, S5A_EAF_VERSION);
    }
    if (s5a_eaf_compose(&x->channel, draft, w) == S5A_OK)
        s5a_eaf_server_enter(x, ask);
    else
        s5a_eaf_server_close(x, "answer does not fit");
}

enum s5a_eaf_ask s5a_eaf_server_choose(struct s5a_eaf_server *x, uint8_t next, struct s5a_writer *w)
{
    struct s5a_eaf_draft draft = { .metadata = { .has_next = true, .next = next } };
    if (x->ask == S5A_EAF_ASK_LOGIN && x->login.auth.count == 0)
        send_message(x, &draft, S5A_EAF_ASK_MESSAGE, w);
    return x->ask;
}

enum s5a_eaf_ask s5a_eaf_server_challenge(struct s5a_eaf_server *x,
                                          const struct s5a_challenge *challenge,
                                          struct s5a_writer *w)
{
    struct s5a_answer answer = { .is_challenge = true, .challenge = *challenge };
    struct s5a_eaf_draft draft = { .answer = &answer };
    if (x->ask != S5A_EAF_ASK_LOGIN || !s5a_auth_is_ask(&x->login.auth))
        return x->ask;
    x->challenge = *challenge;
    x->challenged = true;
    send_message(x, &draft, S5A_EAF_ASK_MESSAGE, w);
    return x->ask;
}

/* ---- results ---- */

/* Under 81 with TOL, in the mode that the capabilities say (profile, section 2.6). */
static void add_params(const struct s5a_eaf_server *x, const struct s5a_eaf_grant *grant,
                       struct s5a_metadata *metadata)
{
    bool tol = x->setup->method == S5A_METHOD_TOL;
    metadata->has_params = grant->has_params || tol;
    metadata->params = grant->params;
    metadata->params.has_tol = tol;
    metadata->params.sealed = x->capabilities & S5A_CAPABILITY(S5A_CAP_SEALED_TOL);
}

static enum s5a_eaf_ask after_result(const struct s5a_eaf_server *x, uint8_t next)
{
    if (next != 0)
        return S5A_EAF_ASK_MESSAGE;
    return x->channel.count + 1 == CONFIRMED_AFTER ? S5A_EAF_ASK_CONFIRM : S5A_EAF_ASK_DONE;
}

/* The ask is no credential; a next method only in a chain that is not at its end. */
static bool may_accept(const struct s5a_eaf_server *x, uint8_t next)
{
    bool has_credential = x->login.auth.count > 0 && !s5a_auth_is_ask(&x->login.auth);
    bool goes_on = s5a_eaf_server_may_chain(x) && x->steps + 1 < S5A_EAF_STEPS_MAX &&
                   next <= S5A_NEXT_MAX && x->login.auth.mid != S5A_MID_ANONYMOUS;
    return x->ask == S5A_EAF_ASK_LOGIN && has_credential && (next == 0 || goes_on);
}

enum s5a_eaf_ask s5a_eaf_server_accept(struct s5a_eaf_server *x, const struct s5a_eaf_grant *grant,
                                       struct s5a_writer *w)
{
    struct s5a_answer answer = { .rep = S5A_REP_SUCCEEDED };
    struct s5a_eaf_draft draft = { .answer = &answer };
    if (!may_accept(x, grant->next))
        return x->ask;
    if (grant->next == 0)
        add_params(x, grant, &draft.metadata);
    draft.metadata.has_next = s5a_eaf_server_may_chain(x);
    draft.metadata.next = grant->next;
    draft.metadata.proof = grant->proof;
    x->steps++;
    x->required = grant->next;
    x->rep = S5A_REP_SUCCEEDED;
    send_message(x, &draft, after_result(x, grant->next), w);
    return x->ask;
}

/* 0F never has details: nothing tells what was wrong. */
static bool may_detail(const struct s5a_eaf_server *x, uint8_t rep, uint16_t code)
{
    return code != 0 && rep >= S5A_REP_AUTH_EXPIRED && rep != S5A_REP_PERMISSION_DENIED &&
           (x->capabilities & S5A_CAPABILITY(S5A_CAP_DETAILS));
}

void s5a_eaf_server_send_refusal(struct s5a_eaf_server *x, const struct s5a_eaf_refusal *refusal,
                                 struct s5a_writer *w)
{
    struct s5a_answer answer = { .rep = refusal->rep, .code = refusal->code };
    struct s5a_eaf_draft draft = { .answer = &answer };
    const char *text = refusal->text ? refusal->text : s5a_code_text(refusal->code);
    answer.detailed = may_detail(x, refusal->rep, refusal->code);
    answer.message = (struct s5a_span){ (const uint8_t *)text, strlen(text) };
    x->rep = refusal->rep;
    x->why = refusal->why;
    send_message(x, &draft, S5A_EAF_ASK_REFUSED, w);
}

enum s5a_eaf_ask s5a_eaf_server_refuse(struct s5a_eaf_server *x,
                                       const struct s5a_eaf_refusal *refusal, struct s5a_writer *w)
{
    if (x->ask == S5A_EAF_ASK_LOGIN && refusal->rep != S5A_REP_SUCCEEDED)
        s5a_eaf_server_send_refusal(x, refusal, w);
    return x->ask;
}

/* The newest key, under CK_0; no EPK is used, and nothing is sealed (profile, section 2.8). */
void s5a_eaf_server_send_static(struct s5a_eaf_server *x, struct s5a_writer *w)
{
    struct s5a_eaf_draft draft = { 0 };
    x->why = "key fetch";
    add_kex(x, &draft.metadata);
    draft.metadata.spk = (struct s5a_span){ x->setup->statics[0]->public, S5A_X25519_LEN };
    if (x->setup->method == S5A_METHOD_TOL)
        s5a_write_u8(w, S5A_EAF_VERSION);
    if (s5a_eaf_compose(&x->channel, &draft, w) == S5A_OK)
        s5a_eaf_server_enter(x, S5A_EAF_ASK_REFUSED);
    else
        s5a_eaf_server_close(x, "answer does not fit");
}
