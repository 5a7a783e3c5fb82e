/* BIND (profile, section 5; RFC 1928, section 4): two replies, then a relay. */
#include "server/opening_steps.h"

#include <string.h>

#include "server/server.h"

/* ---- the peer ---- */

static void on_bound(struct s5ad_bind *bind)
{
    struct s5ad_opening *opening = S5AD_OWNER(bind, struct s5ad_opening, bind);
    if (bind->watch.fd < 0) {
        s5ad_opening_refuse(opening, S5A_REP_TTL_EXPIRED, "no peer came");
    } else {
        struct s5a_address peer = s5ad_sockaddr_address(&bind->peer);
        opening->target.watch.fd = bind->watch.fd;
        opening->target.peer = bind->peer;
        bind->watch.fd = -1;
        s5ad_opening_reply(opening, S5A_REP_SUCCEEDED, &peer, s5ad_sockaddr_port(&bind->peer),
                           NULL);
    }
    s5ad_opening_proceed(opening);
}

static bool is_zero(const struct s5a_address *address)
{
    static const uint8_t zeros[16];
    return address->type != S5A_ATYP_NAME && memcmp(address->ip, zeros, sizeof zeros) == 0;
}

/* Where to listen for anybody: in the family of the zeros that have asked for it, if that is set. */
static struct s5ad_sockaddr local_for(const struct s5ad_opening *opening)
{
    struct s5a_address address = opening->hs.request.address;
    s5a_address_resolve_literal(&address);
    const struct s5ad_sockaddr *set =
        &opening->server->settings->bind_at[address.type == S5A_ATYP_IPV6];
    return set->any.sa_family != AF_UNSPEC ? *set : s5ad_opening_local(opening);
}

/* True where it was refused. */
static bool listen_for(struct s5ad_opening *opening)
{
    const struct s5ad_settings *settings = opening->server->settings;
    struct s5ad_bind_setup setup = { local_for(opening), settings->ports.low, settings->ports.high,
                                     &opening->target.found, settings->bind_ms };
    int error = s5ad_bind_open(&opening->bind, &setup);
    if (error < 0)
        return s5ad_opening_refuse(opening, s5ad_rep_of_errno(-error), strerror(-error));
    struct s5ad_sockaddr at = s5ad_bind_address(&opening->bind);
    struct s5a_address told = s5ad_settings_told(settings, &at);
    s5ad_handshake_tell(&opening->hs, &told, s5ad_sockaddr_port(&at));
    return false;
}

/* ---- whom to expect ---- */

static bool expect_found(struct s5ad_opening *opening)
{
    const char *why = s5ad_opening_sift(opening);
    if (why)
        return s5ad_opening_refuse(opening, S5A_REP_NOT_ALLOWED, why);
    return listen_for(opening);
}

static void on_found(void *owner, const struct s5ad_found *found)
{
    struct s5ad_opening *opening = owner;
    opening->resolve.lookup = NULL;
    s5ad_timer_clear(&opening->server->loop.timers, &opening->resolve.timer);
    opening->target.found = *found;
    if (found->rep != S5A_REP_SUCCEEDED)
        s5ad_opening_refuse(opening, found->rep, found->why);
    else
        (void)expect_found(opening);
    s5ad_opening_proceed(opening);
}

static bool look_up(struct s5ad_opening *opening, struct s5a_span name)
{
    struct s5ad_question question = { name, 0, AF_UNSPEC, false };
    return s5ad_opening_begin_look_up(
        opening, s5ad_names_find(opening->server->names, &question, on_found, opening));
}

bool s5ad_opening_start_bind(struct s5ad_opening *opening)
{
    struct s5a_address address = opening->hs.request.address;
    struct s5ad_found *found = &opening->target.found;
    s5a_address_resolve_literal(&address);
    if (!s5ad_opening_is_allowed(opening, S5A_SESSION_BIND))
        return s5ad_opening_refuse(opening, S5A_REP_NOT_ALLOWED, "no BIND for this user");
    const char *why =
        s5ad_opening_take_share(opening, S5AD_QUOTA_BIND, &opening->server->settings->max_bind);
    if (why)
        return s5ad_opening_refuse(opening, S5A_REP_EXHAUSTED, why);
    if (address.type == S5A_ATYP_NAME)
        return look_up(opening, address.text);
    found->count = 0;
    if (!is_zero(&address))
        found->at[found->count++] = s5ad_sockaddr_of(&address, opening->hs.request.port);
    return expect_found(opening);
}

void s5ad_opening_init_bind(struct s5ad_opening *opening)
{
    s5ad_bind_init(&opening->bind, &opening->server->loop, &opening->server->settings->acl,
                   &opening->target.own, on_bound);
}
