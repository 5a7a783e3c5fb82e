/* POOL_NEW and POOL_GET (profile, section 5). */
#include "server/opening_steps.h"

#include <string.h>

#include "server/server.h"

/* NULL, or why the client has no pool. */
static const char *forbidden(const struct s5ad_opening *opening)
{
    if (s5ad_handshake_user(&opening->hs).len == 0)
        return "no pool without a log-in";
    return s5ad_opening_is_allowed(opening, S5A_SESSION_POOL) ? NULL : "no pool for this user";
}

bool s5ad_opening_start_pool_new(struct s5ad_opening *opening)
{
    const char *why = forbidden(opening);
    if (why)
        return s5ad_opening_refuse(opening, S5A_REP_NOT_ALLOWED, why);
    why = s5ad_opening_take_share(opening, S5AD_QUOTA_POOL, &opening->server->settings->max_pool);
    if (why)
        return s5ad_opening_refuse(opening, S5A_REP_EXHAUSTED, why);
    return s5ad_opening_start_target(opening);
}

void s5ad_opening_pool_reached(struct s5ad_opening *opening)
{
    struct s5ad_target *target = &opening->target;
    unsigned life = opening->server->settings->pool_lifetime;
    struct s5ad_pooled made = { &target->watch, &target->peer };
    char id[S5AD_POOL_ID_CAP];
    if (target->rep != S5A_REP_SUCCEEDED) {
        s5ad_share_give(&opening->share);
        s5ad_opening_refuse(opening, target->rep, target->why);
    } else if (!s5ad_pool_put(opening->server->pool, s5ad_handshake_user(&opening->hs), made,
                              &opening->share, life * UINT64_C(1000), id)) {
        s5ad_share_give(&opening->share);
        s5ad_watch_close(&opening->server->loop, &target->watch);
        s5ad_opening_refuse(opening, S5A_REP_EXHAUSTED, "out of memory");
    } else {
        struct s5a_address name = { .type = S5A_ATYP_NAME,
                                    .text = { (const uint8_t *)id, strlen(id) } };
        s5ad_opening_reply(opening, S5A_REP_SUCCEEDED, &name, (uint16_t)life, NULL);
    }
}

/* What was allowed when it was connected may not be any more. Unix sockets have no address. */
static const char *objection(const struct s5ad_opening *opening)
{
    const struct s5ad_sockaddr *peer = &opening->target.peer;
    return peer->any.sa_family != AF_UNSPEC ? s5ad_opening_objection(opening, peer) : NULL;
}

bool s5ad_opening_start_pool_get(struct s5ad_opening *opening)
{
    const struct s5a_request *request = &opening->hs.request;
    struct s5ad_target *target = &opening->target;
    struct s5ad_pooled to = { &target->watch, &target->peer };
    const char *why = forbidden(opening);
    if (why)
        return s5ad_opening_refuse(opening, S5A_REP_NOT_ALLOWED, why);
    if (request->address.type != S5A_ATYP_NAME || request->port != 0 ||
        !s5ad_pool_take(opening->server->pool, request->address.text,
                        s5ad_handshake_user(&opening->hs), to))
        return s5ad_opening_refuse(opening, S5A_REP_HOST_UNREACHABLE, "no such pooled connection");
    why = objection(opening);
    if (why)
        return s5ad_opening_refuse(opening, S5A_REP_NOT_ALLOWED, why);
    s5ad_opening_tell_outgoing(opening);
    return true;
}
