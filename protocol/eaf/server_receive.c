/* What the server makes of the client's messages. */
#include "protocol/eaf/server_steps.h"

#include <string.h>

#include "protocol/rep.h"
#include "protocol/secret.h"

/* ---- keys of message 1 ---- */

/* CK_1 under static key k; false where the shared secret is all zeros. */
static bool start_channel(struct s5a_eaf_server *x, size_t k, struct s5a_span epk)
{
    struct s5a_key psk;
    s5a_eaf_psk(&psk, x->setup->network_key, x->ticket_taken ? &x->resumption : NULL);
    s5a_eaf_ck_start(&x->channel.ck, &psk);
    s5a_wipe(&psk, sizeof(psk));
    x->channel.t = x->t0[k];
    return s5a_eaf_ck_mix(&x->channel.ck, &x->setup->statics[k]->secret, epk.at);
}

/* CK_2; whoever could not make it has sent a point of small order. */
static enum s5a_status finish_keys(struct s5a_eaf_server *x, struct s5a_span epk)
{
    bool good = s5a_eaf_ck_mix(&x->channel.ck, &x->ephemeral, epk.at);
    s5a_wipe(&x->ephemeral, sizeof(x->ephemeral));
    return good ? S5A_OK : S5A_MALFORMED;
}

/* The static key whose HMAC fits; false where none does. */
static bool find_static(struct s5a_eaf_server *x, const struct s5a_eaf_message *message,
                        struct s5a_span epk)
{
    for (size_t k = 0; k < S5A_EAF_STATICS_MAX && x->setup->statics[k]; k++)
        if (start_channel(x, k, epk) && s5a_eaf_verify(&x->channel, message))
            return true;
    return false;
}

/* ---- behind the HMAC ---- */

static const char *take_auth(struct s5a_eaf_server *x, const struct s5a_metadata *list)
{
    struct s5a_eaf_login *login = &x->login;
    *login = (struct s5a_eaf_login){ .user = list->user, .has_wishes = list->has_params };
    login->wishes = list->params;
    login->context = x->opened.context;
    login->has_ticket = x->ticket_taken && x->channel.count == 1;
    if (x->challenged)
        login->asked = (struct s5a_span){ x->asked, x->asked_len };
    if (x->opened.auth.len > 0 && s5a_auth_decode(&login->auth, x->opened.auth) != S5A_OK)
        return "malformed credential";
    return s5a_eaf_server_disorder(x, list);
}

static void keep_asked(struct s5a_eaf_server *x)
{
    if (!s5a_auth_is_ask(&x->login.auth))
        return;
    x->asked_len = (uint8_t)x->login.user.len;
    memcpy(x->asked, x->login.user.at, x->asked_len);
}

/* A method that does not exist is refused as one that is not enabled. */
static bool is_unknown_method(const struct s5a_eaf_server *x)
{
    struct s5a_auth auth;
    return x->opened.auth.len > 0 &&
           s5a_auth_decode(&auth, x->opened.auth) == S5A_UNSUPPORTED_METHOD;
}

static void refuse(struct s5a_eaf_server *x, uint8_t rep, enum s5a_code code, const char *why,
                   struct s5a_writer *w)
{
    struct s5a_eaf_refusal refusal = { .rep = rep, .code = (uint16_t)code, .why = why };
    s5a_eaf_server_send_refusal(x, &refusal, w);
}

/* What is wrong with the content of message `i`; NULL where nothing is. */
static const char *read_content(struct s5a_eaf_server *x, unsigned i)
{
    struct s5a_metadata list;
    if (s5a_metadata_decode(&list, x->opened.list, i, true) != S5A_OK)
        return "malformed sealed metadata";
    return take_auth(x, &list);
}

/* `opened` is what opening said. */
static void take_content(struct s5a_eaf_server *x, enum s5a_status opened, unsigned i,
                         struct s5a_writer *w)
{
    const char *wrong = opened == S5A_OK ? read_content(x, i) : "message does not open";
    if (wrong && is_unknown_method(x)) {
        refuse(x, S5A_REP_CLIENT_CONFIG, S5A_CODE_METHOD, "unknown method", w);
    } else if (wrong) {
        refuse(x, S5A_REP_PROTOCOL_VIOLATION, S5A_CODE_MALFORMED, wrong, w);
    } else {
        keep_asked(x);
        x->had_auth = x->had_auth || x->login.auth.count > 0;
        x->challenged = false;
        s5a_eaf_server_enter(x, S5A_EAF_ASK_LOGIN);
    }
}

/* ---- message 1 ---- */

/* TLV 01 and 02 only, no AUTH (profile, section 2.8). */
static enum s5a_status on_fetch(struct s5a_eaf_server *x, const struct s5a_eaf_message *message,
                                const struct s5a_metadata *clear, struct s5a_writer *w)
{
    struct s5a_key psk;
    if (message->auth.len > 0 || clear->sealed.len > 0 || clear->ticket.len > 0)
        return S5A_MALFORMED;
    s5a_eaf_psk(&psk, x->setup->network_key, NULL);
    s5a_eaf_ck_start(&x->channel.ck, &psk);
    s5a_wipe(&psk, sizeof(psk));
    x->channel.t = x->t0_fetch;
    if (!s5a_eaf_verify(&x->channel, message))
        return S5A_FORGED;
    s5a_eaf_count(&x->channel, message);
    s5a_eaf_server_send_static(x, w);
    return S5A_OK;
}

/* AUTH and TLV 80 are sealed under an R that we do not have, and ignored. */
static enum s5a_status on_refused_ticket(struct s5a_eaf_server *x,
                                         const struct s5a_eaf_message *message,
                                         const struct s5a_metadata *clear)
{
    if (!start_channel(x, 0, clear->epk))
        return S5A_MALFORMED;
    s5a_eaf_count(&x->channel, message);
    enum s5a_status status = finish_keys(x, clear->epk);
    x->login = (struct s5a_eaf_login){ .has_ticket = false };
    if (status == S5A_OK)
        s5a_eaf_server_enter(x, S5A_EAF_ASK_LOGIN);
    return status;
}

static enum s5a_status on_known_keys(struct s5a_eaf_server *x,
                                     const struct s5a_eaf_message *message,
                                     const struct s5a_metadata *clear, struct s5a_writer *w)
{
    if (!find_static(x, message, clear->epk))
        return S5A_FORGED;
    enum s5a_status opened = s5a_eaf_open(&x->channel, message, clear->sealed, &x->opened);
    enum s5a_status status = finish_keys(x, clear->epk);
    if (status == S5A_OK)
        take_content(x, opened, 1, w);
    return status;
}

static enum s5a_status on_first(struct s5a_eaf_server *x, const struct s5a_eaf_message *message,
                                const struct s5a_metadata *clear, struct s5a_writer *w)
{
    if (clear->kex_flags & S5A_KEX_NO_STATIC)
        return on_fetch(x, message, clear, w);
    x->capabilities = x->setup->capabilities & clear->capabilities & S5A_CAPABILITY_FEATURES;
    x->ticket = clear->ticket;
    if (clear->ticket.len > 0 && !x->ticket_known) {
        s5a_eaf_server_enter(x, S5A_EAF_ASK_TICKET);
        return S5A_INCOMPLETE;
    }
    if (clear->ticket.len > 0 && !x->ticket_taken)
        return on_refused_ticket(x, message, clear);
    return on_known_keys(x, message, clear, w);
}

enum s5a_status s5a_eaf_server_receive(struct s5a_eaf_server *x,
                                       const struct s5a_eaf_message *message, struct s5a_writer *w)
{
    struct s5a_metadata clear;
    unsigned i = x->channel.count + 1u;
    if (i == S5A_EAF_MESSAGES_MAX ||
        s5a_metadata_decode(&clear, message->metadata, i, false) != S5A_OK)
        return S5A_MALFORMED;
    if (i == 1)
        return on_first(x, message, &clear, w);
    if (!s5a_eaf_verify(&x->channel, message))
        return S5A_FORGED;
    take_content(x, s5a_eaf_open(&x->channel, message, clear.sealed, &x->opened), i, w);
    return S5A_OK;
}
