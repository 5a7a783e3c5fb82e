/* The requests of a session, and what comes of them: one at a time. */
#include "server/opening_steps.h"

#include <limits.h>

#include "server/server.h"

/* ---- replies ---- */

/* What the client has now: IDLE until its next request, or a moment to take the reply. */
static void set_patience(struct s5ad_opening *opening)
{
    uint64_t patience = s5ad_handshake_patience(&opening->hs);
    if (opening->hs.step == S5AD_STEP_REQUEST && patience > 0)
        s5ad_loop_after(&opening->server->loop, &opening->timer, patience * 1000);
    else
        s5ad_opening_set_limit(opening);
}

void s5ad_opening_replies(struct s5ad_opening *opening, const struct s5a_reply *replies,
                          size_t count)
{
    opening->serving = false;
    s5ad_handshake_replies(&opening->hs, replies, count);
    set_patience(opening);
}

void s5ad_opening_reply(struct s5ad_opening *opening, uint8_t rep, const struct s5a_address *bound,
                        uint16_t port, const char *why)
{
    opening->serving = false;
    s5ad_handshake_reply(&opening->hs, rep, bound, port, why);
    set_patience(opening);
    if (rep != S5A_REP_SUCCEEDED && opening->hs.step == S5AD_STEP_REQUEST)
        opening->opened(opening, S5AD_OPENED_GOES_ON);
}

bool s5ad_opening_refuse(struct s5ad_opening *opening, uint8_t rep, const char *why)
{
    s5ad_opening_reply(opening, rep, NULL, 0, why);
    return true;
}

/* ---- who asks ---- */

bool s5ad_opening_is_allowed(const struct s5ad_opening *opening, enum s5a_session_flag flag)
{
    const struct s5ad_handshake *hs = &opening->hs;
    uint32_t flags = hs->exchange
                         ? hs->exchange->flags
                         : s5ad_realm_flags(&opening->server->realm, s5ad_handshake_user(hs));
    return flags & flag;
}

/* A number for the user, or for the source without a log-in. */
static uint64_t principal_of(const struct s5ad_opening *opening)
{
    const struct s5ad_slow *slow = opening->server->realm.slow;
    struct s5a_span name = s5ad_handshake_user(&opening->hs);
    return name.len > 0 ? s5ad_slow_id(slow, S5AD_SLOW_NAME, name) : opening->source;
}

static const char *take_share(struct s5ad_opening *opening, struct s5ad_share *share,
                              enum s5ad_quota_kind kind, const struct s5ad_quota_limit *limit)
{
    return s5ad_share_take(share, opening->server->quota, kind, principal_of(opening), limit);
}

const char *s5ad_opening_take_share(struct s5ad_opening *opening, enum s5ad_quota_kind kind,
                                    const struct s5ad_quota_limit *limit)
{
    return take_share(opening, &opening->share, kind, limit);
}

/* From its first request on a session is somebody's. */
static const char *join(struct s5ad_opening *opening)
{
    struct s5ad_quota_limit limit = { opening->server->settings->max_sessions_per_user, UINT_MAX };
    if (limit.each == 0 || opening->session.quota)
        return NULL;
    return take_share(opening, &opening->session, S5AD_QUOTA_SESSION, &limit);
}

/* A session that stays open is no handshake any more, and counts as one that waits. */
static const char *begin_waiting(struct s5ad_opening *opening)
{
    s5ad_opening_depart(opening);
    if (opening->waiting.quota)
        return NULL;
    return take_share(opening, &opening->waiting, S5AD_QUOTA_WAITING,
                      &opening->server->settings->max_waiting);
}

struct s5ad_sockaddr s5ad_opening_local(const struct s5ad_opening *opening)
{
    static const uint8_t loopback[4] = { 127, 0, 0, 1 };
    struct s5a_address otherwise = s5a_address_ipv4(loopback);
    struct s5ad_sockaddr local = s5ad_sockaddr_local(opening->client.fd);
    return local.any.sa_family != AF_UNSPEC ? local : s5ad_sockaddr_of(&otherwise, 0);
}

/* ---- targets ---- */

/* What the rules of the user are; NULL, or why there is nothing to go on with. */
static const char *take_rules(struct s5ad_opening *opening)
{
    const struct s5ad_users *users = opening->server->realm.users;
    struct s5a_span name = s5ad_handshake_user(&opening->hs);
    s5ad_acl_wipe(&opening->target.own);
    opening->target.own_sockets = NULL;
    if (name.len == 0)
        return NULL;
    const struct s5ad_user *user = users ? s5ad_users_find(users, name) : NULL;
    if (!user)
        return "user is not there any more";
    if (user->disabled)
        return "user is disabled";
    if (s5ad_user_is_over(user->expires, opening->server->realm.clock()))
        return "user has expired";
    opening->target.own_sockets = &user->sockets;
    return s5ad_acl_copy(&opening->target.own, &user->acl) ? NULL : "out of memory";
}

const char *s5ad_opening_objection(const struct s5ad_opening *opening,
                                   const struct s5ad_sockaddr *to)
{
    const char *why = s5ad_acl_objection(opening->target.acl, to);
    return why ? why : s5ad_acl_denial(&opening->target.own, to);
}

const char *s5ad_opening_sift(struct s5ad_opening *opening)
{
    struct s5ad_found *found = &opening->target.found;
    const char *why = NULL;
    unsigned kept = 0;
    for (unsigned i = 0; i < found->count; i++) {
        const char *objection = s5ad_opening_objection(opening, &found->at[i]);
        if (!objection)
            found->at[kept++] = found->at[i];
        else
            why = objection;
    }
    found->count = kept;
    return kept > 0 ? NULL : why;
}

/* The target has a time limit of its own. */
bool s5ad_opening_start_target(struct s5ad_opening *opening)
{
    opening->target_asked = true;
    s5ad_target_open(&opening->target, &opening->hs.request.address, opening->hs.request.port,
                     opening->server->settings->connect_ms);
    return false;
}

void s5ad_opening_tell_outgoing(struct s5ad_opening *opening)
{
    struct s5ad_target *target = &opening->target;
    struct s5ad_sockaddr bound = s5ad_sockaddr_local(target->watch.fd);
    struct s5a_address address = s5ad_sockaddr_address(&bound);
    s5ad_opening_reply(opening, S5A_REP_SUCCEEDED, &address, s5ad_sockaddr_port(&bound), NULL);
}

void s5ad_opening_on_reached(struct s5ad_target *target)
{
    struct s5ad_opening *opening = S5AD_OWNER(target, struct s5ad_opening, target);
    if (opening->hs.request.command == S5A_CMD_POOL_NEW)
        s5ad_opening_pool_reached(opening);
    else if (target->rep != S5A_REP_SUCCEEDED)
        s5ad_opening_refuse(opening, target->rep, target->why);
    else
        s5ad_opening_tell_outgoing(opening);
    s5ad_opening_proceed(opening);
}

/* ---- the table ---- */

static bool keep_alive(struct s5ad_opening *opening)
{
    struct s5a_address none = s5a_address_none();
    s5ad_opening_reply(opening, S5A_REP_SUCCEEDED, &none, 0, NULL);
    return true;
}

/* Each true where it was answered at once; else it calls s5ad_opening_reply and proceeds, later. */
static bool (*const commands[])(struct s5ad_opening *opening) = {
    [S5A_CMD_CONNECT] = s5ad_opening_start_target,
    [S5A_CMD_BIND] = s5ad_opening_start_bind,
    [S5A_CMD_KEEP_ALIVE] = keep_alive,
    [S5A_CMD_DNS_RESOLVE] = s5ad_opening_start_resolve,
    [S5A_CMD_POOL_NEW] = s5ad_opening_start_pool_new,
    [S5A_CMD_POOL_GET] = s5ad_opening_start_pool_get,
    [S5A_CMD_UDP_ASSOCIATE] = s5ad_opening_start_udp,
    [S5A_CMD_UDP_ASSOCIATE_EXT] = s5ad_opening_start_udp,
};

/* LIFETIME as EAF agreed on it (profile, section 2.6). */
static bool is_late(const struct s5ad_opening *opening)
{
    const struct s5ad_exchange *exchange = opening->hs.exchange;
    return exchange && exchange->ends && opening->server->realm.clock() >= exchange->ends;
}

static bool is_hasty(struct s5ad_opening *opening)
{
    struct s5ad_server *server = opening->server;
    bool hasty = !s5ad_rate_take(server->rate, principal_of(opening), server->loop.now);
    server->tally.hasty += hasty;
    return hasty;
}

/* REP SUCCEEDED, or what stands against any request now; then `*why`. */
static uint8_t judge(struct s5ad_opening *opening, const char **why)
{
    *why = "lifetime of the session is over";
    if (is_late(opening))
        return S5A_REP_AUTH_EXPIRED;
    *why = "too many requests in a while";
    if (is_hasty(opening))
        return S5A_REP_RATE_LIMITED;
    *why = join(opening);
    if (!*why && opening->hs.request.command != S5A_CMD_CONNECT)
        *why = begin_waiting(opening);
    if (*why)
        return S5A_REP_EXHAUSTED;
    *why = take_rules(opening);
    return *why ? S5A_REP_NOT_ALLOWED : S5A_REP_SUCCEEDED;
}

bool s5ad_opening_start_command(struct s5ad_opening *opening)
{
    const char *why;
    if (opening->serving)
        return false;
    opening->serving = true;
    opening->target_asked = false;
    s5ad_timer_clear(&opening->server->loop.timers, &opening->timer);
    uint8_t rep = judge(opening, &why);
    if (rep != S5A_REP_SUCCEEDED)
        return s5ad_opening_refuse(opening, rep, why);
    return commands[opening->hs.request.command](opening);
}
