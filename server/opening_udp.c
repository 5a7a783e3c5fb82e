/* UDP_ASSOCIATE and UDP_ASSOCIATE_EXT (profile, sections 5 and 6): what is granted. */
#include "server/opening_steps.h"

#include <errno.h>
#include <string.h>

#include "server/server.h"

static bool is_obfuscated(const struct s5ad_opening *opening)
{
    const struct s5ad_exchange *exchange = opening->hs.exchange;
    return exchange && exchange->setup.method == S5A_METHOD_TOL;
}

/* NULL, or why this cannot be had by the method and the capabilities of the session. */
static const char *missing(const struct s5ad_opening *opening)
{
    uint8_t transport = opening->hs.request.options.transport;
    if (transport == 0)
        return is_obfuscated(opening) ? "datagrams beside an obfuscated session" : NULL;
    if (transport > 1)
        return "unknown transport";
    return s5ad_handshake_may(&opening->hs, S5A_CAP_UDP_IN_STREAM) ? NULL : "UDP in stream";
}

static uint16_t smaller(uint16_t asked, unsigned most)
{
    return asked == 0 || asked > most ? (uint16_t)most : asked;
}

/* What was asked for becomes what is granted. */
static void grant(struct s5ad_opening *opening)
{
    const struct s5ad_settings *settings = opening->server->settings;
    struct s5a_udp_options *options = &opening->hs.request.options;
    bool asked = opening->hs.request.command == S5A_CMD_UDP_ASSOCIATE_EXT;
    options->idle =
        asked ? smaller(options->idle, settings->udp_idle_max) : (uint16_t)settings->udp_idle;
    options->max_datagram = smaller(options->max_datagram, settings->udp_largest);
}

/* The client is known by its connection; the port may be named by the request. Behind a Unix socket it is
 * on this machine. */
static void locate(const struct s5ad_opening *opening, struct s5ad_association_setup *setup)
{
    struct s5ad_sockaddr peer = s5ad_sockaddr_peer(opening->client.fd);
    setup->local = s5ad_opening_local(opening);
    if (peer.any.sa_family == AF_UNSPEC)
        peer = setup->local;
    setup->client = s5ad_sockaddr_at_port(&peer, opening->hs.request.port);
}

static void tell_bound(struct s5ad_opening *opening)
{
    struct s5ad_sockaddr bound = s5ad_association_bound(opening->association);
    struct s5a_address address = s5ad_settings_told(opening->server->settings, &bound);
    s5ad_opening_reply(opening, S5A_REP_SUCCEEDED, &address, s5ad_sockaddr_port(&bound), NULL);
}

static bool associate(struct s5ad_opening *opening)
{
    const struct s5ad_settings *settings = opening->server->settings;
    struct s5ad_association_setup setup = { .port_low = settings->ports.low,
                                            .port_high = settings->ports.high,
                                            .own = &opening->target.own };
    int error;
    grant(opening);
    locate(opening, &setup);
    setup.options = opening->hs.request.options;
    opening->association = s5ad_association_new(&opening->server->udp, &setup, &error);
    if (!opening->association)
        return s5ad_opening_refuse(opening, S5A_REP_EXHAUSTED, strerror(-error));
    tell_bound(opening);
    return true;
}

bool s5ad_opening_start_udp(struct s5ad_opening *opening)
{
    const char *why = missing(opening);
    if (why)
        return s5ad_opening_refuse(opening, S5A_REP_CMD_UNSUPPORTED, why);
    if (!s5ad_opening_is_allowed(opening, S5A_SESSION_UDP))
        return s5ad_opening_refuse(opening, S5A_REP_NOT_ALLOWED, "no UDP for this user");
    why = s5ad_opening_take_share(opening, S5AD_QUOTA_UDP, &opening->server->settings->max_udp);
    if (why)
        return s5ad_opening_refuse(opening, S5A_REP_EXHAUSTED, why);
    return associate(opening);
}
