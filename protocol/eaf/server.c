/* The server's side of an EAF exchange: beginning, end, reading. */
#include "protocol/eaf/server.h"

#include <stddef.h>
#include <string.h>

#include "protocol/eaf/server_steps.h"
#include "protocol/greeting.h"
#include "protocol/secret.h"

void s5a_eaf_server_enter(struct s5a_eaf_server *x, enum s5a_eaf_ask ask)
{
    if (x->ask < S5A_EAF_ASK_DONE)
        x->ask = ask;
}

void s5a_eaf_server_close(struct s5a_eaf_server *x, const char *why)
{
    x->why = why;
    s5a_eaf_server_enter(x, S5A_EAF_ASK_CLOSED);
}

void s5a_eaf_server_init(struct s5a_eaf_server *x, const struct s5a_eaf_server_setup *setup,
                         struct s5a_span greeting, struct s5a_key *ephemeral)
{
    memset(x, 0, offsetof(struct s5a_eaf_server, opened.auth_text));
    x->setup = setup;
    x->ephemeral = *ephemeral;
    s5a_wipe(ephemeral, sizeof(*ephemeral));
    s5a_x25519_public(x->epk, &x->ephemeral);
    s5a_eaf_transcript_start(&x->t0_fetch, greeting, setup->method, NULL);
    for (size_t k = 0; k < S5A_EAF_STATICS_MAX && setup->statics[k]; k++)
        s5a_eaf_transcript_start(&x->t0[k], greeting, setup->method, setup->statics[k]->public);
}

void s5a_eaf_server_wipe(struct s5a_eaf_server *x)
{
    s5a_eaf_opened_wipe(&x->opened);
    s5a_wipe(x, offsetof(struct s5a_eaf_server, opened.auth_text));
}

/* Under 81 our version goes with message 2; a rejection always goes at once. */
static enum s5a_status read_version(struct s5a_eaf_server *x, struct s5a_reader *r,
                                    struct s5a_writer *w)
{
    struct s5a_reader at = *r;
    uint8_t version = s5a_read_u8(&at);
    if (at.bad)
        return S5A_INCOMPLETE;
    *r = at;
    if (version != S5A_EAF_VERSION) {
        s5a_write_u8(w, S5A_EAF_VERSION_REJECTED);
        x->why = "unknown version of EAF";
        s5a_eaf_server_enter(x, S5A_EAF_ASK_REFUSED);
        return S5A_OK;
    }
    if (x->setup->method != S5A_METHOD_TOL)
        s5a_write_u8(w, S5A_EAF_VERSION);
    s5a_eaf_server_enter(x, S5A_EAF_ASK_MESSAGE);
    return S5A_OK;
}

/* What waits for an answer keeps its message. */
static enum s5a_status read_message(struct s5a_eaf_server *x, struct s5a_reader *r,
                                    struct s5a_writer *w)
{
    struct s5a_reader at = *r;
    struct s5a_eaf_message message;
    enum s5a_status status = s5a_eaf_message_decode(&at, x->channel.count + 1u, &message);
    if (status == S5A_OK)
        status = s5a_eaf_server_receive(x, &message, w);
    if (status == S5A_OK)
        *r = at;
    return status;
}

/* Not part of T_f (profile, section 2.7). */
static enum s5a_status read_confirmation(struct s5a_eaf_server *x, struct s5a_reader *r)
{
    struct s5a_eaf_message message;
    enum s5a_status status = s5a_eaf_message_decode(r, x->channel.count + 1u, &message);
    if (status != S5A_OK)
        return status;
    if (message.whole.len != S5A_EAF_MESSAGE_MIN || !s5a_eaf_verify(&x->channel, &message))
        return S5A_FORGED;
    s5a_eaf_server_enter(x, S5A_EAF_ASK_DONE);
    return S5A_OK;
}

static enum s5a_status step(struct s5a_eaf_server *x, struct s5a_reader *r, struct s5a_writer *w)
{
    switch (x->ask) {
    case S5A_EAF_ASK_VERSION:
        return read_version(x, r, w);
    case S5A_EAF_ASK_MESSAGE:
    case S5A_EAF_ASK_TICKET:
        return read_message(x, r, w);
    case S5A_EAF_ASK_CONFIRM:
        return read_confirmation(x, r);
    default:
        return S5A_INCOMPLETE;
    }
}

enum s5a_eaf_ask s5a_eaf_server_feed(struct s5a_eaf_server *x, struct s5a_reader *r,
                                     struct s5a_writer *w)
{
    enum s5a_status status;
    while ((status = step(x, r, w)) == S5A_OK)
        ;
    if (status == S5A_FORGED)
        s5a_eaf_server_close(x, "wrong HMAC: another server or network key, or tampering");
    else if (status != S5A_INCOMPLETE)
        s5a_eaf_server_close(x, "malformed EAF message");
    return x->ask;
}

void s5a_eaf_server_ticket(struct s5a_eaf_server *x, const struct s5a_key *resumption,
                           enum s5a_ticket_refusal refusal)
{
    if (x->ask != S5A_EAF_ASK_TICKET || x->ticket_known)
        return;
    x->ticket_known = true;
    x->ticket_taken = resumption != NULL;
    if (resumption)
        x->resumption = *resumption;
    else
        x->ticket_refusal = refusal == S5A_TICKET_EXPIRED ? S5A_TICKET_EXPIRED : S5A_TICKET_UNKNOWN;
}

bool s5a_eaf_server_may_chain(const struct s5a_eaf_server *x)
{
    bool negotiated = x->capabilities & S5A_CAPABILITY(S5A_CAP_CHAINING);
    return x->setup->method == S5A_METHOD_AMC || (x->setup->method == S5A_METHOD_TOL && negotiated);
}

void s5a_eaf_server_resumption(const struct s5a_eaf_server *x, struct s5a_key *resumption)
{
    s5a_eaf_resumption(resumption, &x->channel.ck, &x->channel.t);
}
