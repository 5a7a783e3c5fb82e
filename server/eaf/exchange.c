/* The EAF part of a connection. */
#include "server/eaf/exchange.h"

#include <sodium.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/rep.h"
#include "protocol/secret.h"

enum {
    PAD = 128, /* profile, section 2.1, TLV 82 */
    CAPABILITIES = S5A_CAPABILITY(S5A_CAP_PUBLICKEY) | S5A_CAPABILITY(S5A_CAP_RESPONSE) |
                   S5A_CAPABILITY(S5A_CAP_TOTP) | S5A_CAPABILITY(S5A_CAP_MULTI) |
                   S5A_CAPABILITY(S5A_CAP_TOKEN) | S5A_CAPABILITY(S5A_CAP_CHAINING) |
                   S5A_CAPABILITY(S5A_CAP_COMMANDS) | S5A_CAPABILITY(S5A_CAP_DETAILS) |
                   S5A_CAPABILITY(S5A_CAP_UDP_IN_STREAM) | S5A_CAPABILITY(S5A_CAP_ADDRESSES) |
                   S5A_CAPABILITY(S5A_CAP_TOL) | S5A_CAPABILITY(S5A_CAP_SEALED_TOL),
};

static void take_keys(struct s5ad_exchange *e, const struct s5ad_keyring *keyring)
{
    memcpy(e->statics, keyring->statics, sizeof e->statics);
    e->network = keyring->network;
    for (unsigned i = 0; i < keyring->static_count; i++)
        e->setup.statics[i] = &e->statics[i];
    e->setup.network_key = keyring->has_network ? &e->network : NULL;
}

struct s5ad_exchange *s5ad_exchange_new(uint8_t method, struct s5a_span greeting,
                                        const struct s5ad_keyring *keyring)
{
    struct s5ad_exchange *e = malloc(sizeof *e);
    struct s5a_key ephemeral;
    if (!e)
        return NULL;
    memset(e, 0, offsetof(struct s5ad_exchange, x));
    e->setup.method = method;
    e->setup.capabilities = CAPABILITIES;
    e->setup.pad = PAD;
    take_keys(e, keyring);
    randombytes_buf(&ephemeral, sizeof ephemeral);
    s5a_eaf_server_init(&e->x, &e->setup, greeting, &ephemeral);
    return e;
}

void s5ad_exchange_close(struct s5ad_exchange *e)
{
    s5a_eaf_server_wipe(&e->x);
    s5a_wipe(e->statics, sizeof e->statics);
    s5a_wipe(&e->network, sizeof e->network);
}

/* What was taken from `in` is overwritten already; what is left are the client's own bytes. */
void s5ad_exchange_free(struct s5ad_exchange *e)
{
    if (!e)
        return;
    s5ad_exchange_close(e);
    s5a_wipe(e, offsetof(struct s5ad_exchange, x));
    free(e);
}

void s5ad_exchange_ticket(struct s5ad_exchange *e, const struct s5ad_realm *realm, uint64_t now)
{
    struct s5a_key resumption;
    enum s5a_ticket_refusal refusal =
        s5ad_judge_ticket(&e->progress, &resumption, realm, e->x.ticket, now);
    s5a_eaf_server_ticket(&e->x, refusal == S5A_TICKET_TAKEN ? &resumption : NULL, refusal);
    s5a_wipe(&resumption, sizeof resumption);
}

/* ---- results ---- */

static uint8_t level_of_user(const struct s5ad_exchange *e, const struct s5ad_realm *realm)
{
    struct s5a_span name = { e->progress.name, e->progress.name_len };
    const struct s5ad_user *user = realm->users ? s5ad_users_find(realm->users, name) : NULL;
    return user ? user->tol.level : S5AD_TOL_OFF;
}

static struct s5a_session_params agree(struct s5ad_exchange *e, const struct s5ad_realm *realm)
{
    struct s5a_span name = { e->progress.name, e->progress.name_len };
    struct s5a_session_params policy = { .flags = s5ad_realm_flags(realm, name),
                                         .idle = S5AD_IDLE };
    struct s5a_session_params params =
        e->has_wishes ? s5a_session_params_meet(&e->wishes, &policy) : policy;
    e->tol = s5ad_tol_config_meet(&realm->tol, level_of_user(e, realm),
                                  e->has_wishes ? &e->wishes : NULL, e->x.capabilities);
    params.type = e->tol.type;
    params.dummy = e->tol.dummy;
    return params;
}

/* A session does not outlive what it was let in by; a ticket is short-lived, and another story. */
static void shorten(const struct s5ad_exchange *e, struct s5a_session_params *params, uint64_t now)
{
    uint64_t until = e->x.ticket_taken ? 0 : e->progress.until;
    uint64_t left = until > now ? until - now : 0;
    if (left > 0 && left <= UINT32_MAX && (params->lifetime == 0 || left < params->lifetime))
        params->lifetime = (uint32_t)left;
}

static void accept_login(struct s5ad_exchange *e, const struct s5ad_realm *realm,
                         const struct s5ad_judgement *judgement, uint64_t now, struct s5a_writer *w)
{
    uint8_t ticket[S5AD_TICKET_CAP];
    struct s5a_eaf_grant grant = { .next = judgement->next };
    if (judgement->has_proof)
        grant.proof = (struct s5a_span){ judgement->proof, sizeof judgement->proof };
    if (judgement->next == 0) {
        grant.has_params = true;
        grant.params = agree(e, realm);
        shorten(e, &grant.params, now);
        grant.params.ticket.at = ticket;
        grant.params.ticket.len = s5ad_judge_issue(ticket, &grant.params.ticket_lifetime,
                                                   &e->progress, realm, &e->x, now);
        e->idle = grant.params.idle;
        e->flags = grant.params.flags;
        e->capabilities = e->x.capabilities;
        e->ends = grant.params.lifetime ? now + grant.params.lifetime : 0;
    }
    s5a_eaf_server_accept(&e->x, &grant, w);
}

void s5ad_exchange_result(struct s5ad_exchange *e, const struct s5ad_realm *realm,
                          const struct s5ad_judgement *judgement, uint64_t now,
                          struct s5a_writer *w)
{
    struct s5a_eaf_refusal refusal = { judgement->rep, judgement->code, NULL, judgement->why };
    if (e->x.login.has_wishes) {
        e->has_wishes = true;
        e->wishes = e->x.login.wishes;
    }
    if (judgement->rep == S5A_REP_SUCCEEDED)
        accept_login(e, realm, judgement, now, w);
    else
        s5a_eaf_server_refuse(&e->x, &refusal, w);
}

void s5ad_exchange_challenge(struct s5ad_exchange *e, const struct s5ad_realm *realm,
                             struct s5a_writer *w)
{
    struct s5a_challenge challenge;
    if (e->x.login.has_wishes) {
        e->has_wishes = true;
        e->wishes = e->x.login.wishes;
    }
    s5ad_judge_challenge(&challenge, realm, e->x.login.user);
    randombytes_buf(challenge.nonce, sizeof challenge.nonce);
    s5a_eaf_server_challenge(&e->x, &challenge, w);
}

struct s5a_span s5ad_exchange_claimed(const struct s5ad_exchange *e)
{
    const struct s5a_eaf_login *login = &e->x.login;
    const struct s5a_factor *totp = s5a_auth_find(&login->auth, S5A_MID_TOTP);
    if (login->auth.count > 0 && login->auth.mid == S5A_MID_ANONYMOUS)
        return (struct s5a_span){ NULL, 0 }; /* a name beside it proves nothing */
    if (e->progress.name_len > 0)
        return (struct s5a_span){ e->progress.name, e->progress.name_len };
    if (login->asked.len > 0)
        return login->asked;
    return login->user.len > 0 ? login->user : totp ? totp->user : (struct s5a_span){ NULL, 0 };
}
