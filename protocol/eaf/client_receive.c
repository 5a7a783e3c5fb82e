/* What the client makes of the server's messages. */
#include "protocol/eaf/client_steps.h"

#include <string.h>

#include "protocol/greeting.h"
#include "protocol/rep.h"
#include "protocol/secret.h"

enum { STEPS_MAX = 5 };

/* ---- before the HMAC: what the key schedule needs ---- */

/* SPK belongs to a key fetch, and it alone; a refusal to a ticket that was sent. */
static bool is_expected(const struct s5a_eaf_client *c, const struct s5a_metadata *clear,
                        struct s5a_span auth)
{
    if (!c->setup->server_key)
        return clear->spk.len > 0 && auth.len == 0 && clear->sealed.len == 0 && !clear->refused;
    return clear->spk.len == 0 && (!clear->refused || c->setup->ticket.len > 0);
}

/* CK_2; that of a refused ticket is made without R. */
static enum s5a_status take_kex(struct s5a_eaf_client *c, const struct s5a_metadata *clear,
                                struct s5a_span auth)
{
    enum s5a_status status = is_expected(c, clear, auth) ? S5A_OK : S5A_MALFORMED;
    c->ticket_refused = clear->refused != 0;
    c->capabilities = c->setup->capabilities & clear->capabilities & S5A_CAPABILITY_FEATURES;
    if (status == S5A_OK && clear->refused)
        status = s5a_eaf_client_key(c, NULL);
    if (status == S5A_OK && c->setup->server_key &&
        !s5a_eaf_ck_mix(&c->channel.ck, &c->ephemeral, clear->epk.at))
        status = S5A_MALFORMED;
    s5a_wipe(&c->ephemeral, sizeof(c->ephemeral));
    return status;
}

/* ---- results ---- */

static bool may_chain(const struct s5a_eaf_client *c)
{
    bool negotiated = c->capabilities & S5A_CAPABILITY(S5A_CAP_CHAINING);
    bool allowed =
        c->setup->method == S5A_METHOD_AMC || (c->setup->method == S5A_METHOD_TOL && negotiated);
    return allowed && c->mid != S5A_MID_ANONYMOUS && c->steps < STEPS_MAX;
}

/* The proof belongs to the answer of a challenge, and to nothing else. */
static enum s5a_status check_proof(const struct s5a_eaf_client *c, const struct s5a_metadata *list)
{
    bool due = c->mid == S5A_MID_RESPONSE ||
               (c->mid == S5A_MID_MULTI &&
                (c->setup->credentials.factors & S5A_MID_BIT(S5A_MID_RESPONSE)));
    if (!due)
        return list->proof.len == 0 ? S5A_OK : S5A_MALFORMED;
    bool right = list->proof.len == sizeof(c->proof) &&
                 s5a_equal_ct(list->proof.at, c->proof, sizeof(c->proof));
    return right ? S5A_OK : S5A_BAD_PROOF;
}

/* Under 81 the mode must be what the capabilities say (profile, section 2.6). */
static enum s5a_status check_tol(const struct s5a_eaf_client *c, const struct s5a_metadata *list)
{
    bool sealed = c->capabilities & S5A_CAPABILITY(S5A_CAP_SEALED_TOL);
    if (c->setup->method != S5A_METHOD_TOL)
        return S5A_OK;
    if (!list->params.has_tol || list->params.sealed != sealed)
        return S5A_MALFORMED;
    return sealed || !c->setup->sealed_only ? S5A_OK : S5A_WEAK_TOL;
}

/* Absent parameters: no limits, flags unknown, so all may be tried. */
static enum s5a_status on_final(struct s5a_eaf_client *c, const struct s5a_metadata *list)
{
    enum s5a_status status = check_tol(c, list);
    if (status != S5A_OK)
        return status;
    c->params = list->params;
    if (!list->has_params)
        c->params.flags = UINT32_MAX;
    s5a_eaf_resumption(&c->resumption, &c->channel.ck, &c->opened.context.transcript);
    c->confirm = c->channel.count == 2;
    s5a_eaf_client_enter(c, S5A_EAF_ACCEPTED);
    return S5A_OK;
}

static enum s5a_status on_accepted(struct s5a_eaf_client *c, const struct s5a_metadata *list,
                                   struct s5a_writer *w)
{
    bool ignored = c->ticket_refused && c->channel.count == 2;
    if (c->sent != S5A_EAF_SENT_CREDENTIAL || ignored)
        return S5A_MALFORMED;
    enum s5a_status status = check_proof(c, list);
    if (status != S5A_OK)
        return status;
    c->steps++;
    if (list->next == 0)
        return on_final(c, list);
    if (!may_chain(c) || list->has_params)
        return S5A_MALFORMED;
    s5a_eaf_client_log_in(c, list->next, true, w);
    return S5A_OK;
}

/* ---- the three kinds of messages ---- */

static enum s5a_status on_result(struct s5a_eaf_client *c, const struct s5a_metadata *list,
                                 struct s5a_writer *w)
{
    if (c->answer.rep == S5A_REP_SUCCEEDED)
        return on_accepted(c, list, w);
    if (list->has_params || list->proof.len > 0 || list->next != 0)
        return S5A_MALFORMED;
    if (!(c->capabilities & S5A_CAPABILITY(S5A_CAP_DETAILS)))
        c->answer.detailed = false;
    s5a_eaf_client_enter(c, S5A_EAF_REFUSED);
    return S5A_OK;
}

static enum s5a_status on_challenge(struct s5a_eaf_client *c, const struct s5a_metadata *list)
{
    bool empty = !list->has_params && !list->has_next && list->proof.len == 0;
    if (c->sent != S5A_EAF_SENT_ASK || !empty)
        return S5A_MALFORMED;
    c->challenge = c->answer.challenge;
    if (!s5a_challenge_is_within(&c->challenge, &c->setup->limits))
        return S5A_BAD_CHALLENGE;
    s5a_eaf_client_enter(c, S5A_EAF_WANT_SALTED);
    return S5A_OK;
}

/* Message 2 without AUTH names the method wanted, where message 1 had no credential that counted. */
static enum s5a_status on_choice(struct s5a_eaf_client *c, const struct s5a_metadata *list,
                                 struct s5a_writer *w)
{
    bool due = c->channel.count == 2 && (c->sent == S5A_EAF_SENT_NOTHING || c->ticket_refused);
    if (!due || !list->has_next || list->has_params || list->proof.len > 0)
        return S5A_MALFORMED;
    c->wished = false;
    s5a_eaf_client_log_in(c, list->next, false, w);
    return S5A_OK;
}

static enum s5a_status act(struct s5a_eaf_client *c, const struct s5a_metadata *list,
                           struct s5a_writer *w)
{
    if (c->opened.auth.len == 0)
        return on_choice(c, list, w);
    if (s5a_answer_decode(&c->answer, c->opened.auth) != S5A_OK)
        return S5A_MALFORMED;
    return c->answer.is_challenge ? on_challenge(c, list) : on_result(c, list, w);
}

static enum s5a_status on_fetched(struct s5a_eaf_client *c, const struct s5a_metadata *clear)
{
    memcpy(c->fetched, clear->spk.at, sizeof(c->fetched));
    s5a_eaf_client_enter(c, S5A_EAF_FETCHED);
    return S5A_OK;
}

/* Behind the HMAC. */
static enum s5a_status open_message(struct s5a_eaf_client *c, const struct s5a_eaf_message *message,
                                    struct s5a_span sealed, struct s5a_metadata *list)
{
    unsigned i = c->channel.count + 1u;
    enum s5a_status status = s5a_eaf_open(&c->channel, message, sealed, &c->opened);
    return status == S5A_OK ? s5a_metadata_decode(list, c->opened.list, i, true) : status;
}

enum s5a_status s5a_eaf_client_receive(struct s5a_eaf_client *c,
                                       const struct s5a_eaf_message *message, struct s5a_writer *w)
{
    struct s5a_metadata clear, list;
    unsigned i = c->channel.count + 1u;
    enum s5a_status status = s5a_metadata_decode(&clear, message->metadata, i, false);
    if (status == S5A_OK && i == 2)
        status = take_kex(c, &clear, message->auth);
    if (status != S5A_OK)
        return status;
    if (!s5a_eaf_verify(&c->channel, message))
        return S5A_FORGED;
    if (!c->setup->server_key)
        return on_fetched(c, &clear);
    status = open_message(c, message, clear.sealed, &list);
    return status == S5A_OK ? act(c, &list, w) : status;
}
