/* Where a relay is. */
#include "shim/datagrams/relay_address.h"

#include <errno.h>
#include <string.h>

#include "client/session/resolve.h"
#include "client/word.h"
#include "shim/datagrams/targets.h"
#include "shim/real.h"
#include "shim/sockets/io_real.h"
#include "shim/sockets/sockets.h"

static int refuse(const struct s5a_proxy *proxy, const struct s5a_target *relay)
{
    char text[S5A_ADDRESS_TEXT_CAP];
    s5a_target_format(relay, text, sizeof text);
    s5a_log(S5A_LOG_WARNING, "proxy %s: its relay for datagrams, %s, is no place to send to",
            proxy->name, text);
    return -EPROTO;
}

/* What the reply says; a name's text is the answers'. */
static struct s5a_target told(const struct s5a_answers *answers)
{
    struct s5a_target relay = { s5a_address_none(), answers->port };
    if (answers->count > 0)
        relay.address = s5a_address_canonical(&answers->list[0]);
    if (relay.address.type == S5A_ATYP_NAME) {
        relay.address.text = s5a_word(answers->name);
        s5a_address_resolve_literal(&relay.address);
    }
    return relay;
}

/* ---- whose address stands for it ---- */

static bool is_unspecified(const struct s5a_address *address)
{
    static const uint8_t zeros[sizeof address->ip];
    return memcmp(address->ip, zeros, sizeof zeros) == 0;
}

/* RFC 1918, 6598 and 4193: no place to send to from elsewhere. */
static bool is_private(const struct s5a_address *address)
{
    const uint8_t *ip = address->ip;
    if (address->type == S5A_ATYP_IPV6)
        return (ip[0] & 0xfe) == 0xfc;
    return ip[0] == 10 || (ip[0] == 172 && (ip[1] & 0xf0) == 16) ||
           (ip[0] == 192 && ip[1] == 168) || (ip[0] == 100 && (ip[1] & 0xc0) == 64);
}

/* As far as IPs tell. `proxy` is where it was connected to; NONE: not by IP. */
static bool is_proxys_own(const struct s5a_config *config, const struct s5a_address *relay,
                          const struct s5a_address *proxy)
{
    bool is_ip = proxy->type == S5A_ATYP_IPV4 || proxy->type == S5A_ATYP_IPV6;
    bool is_here = s5a_address_is_loopback(proxy);
    if (config->udp_relay == S5A_RELAY_OF_PROXY || is_unspecified(relay))
        return true;
    if (s5a_address_is_loopback(relay))
        return !is_here;
    return is_ip && is_private(relay) && !is_private(proxy) && !is_here;
}

/* The proxy, as `control` reaches it; another family where that is not by IP. */
static union s5a_inet proxys_address(int control)
{
    union s5a_inet at;
    socklen_t len = sizeof at;
    memset(&at, 0, sizeof at);
    (void)S5A_REAL(getpeername)(control, &at.plain, &len);
    return at;
}

/* ---- names ---- */

/* Of the proxy's family, if there is one. False: the system's resolver knows none. */
static bool look_up(const struct s5a_target *relay, sa_family_t family, struct s5a_address *out)
{
    struct s5a_endpoint endpoint = { relay->address, relay->port };
    struct s5a_resolved where;
    union s5a_inet at;
    if (s5a_resolve(s5a_io_real(), &endpoint, &where) != 0 || where.count == 0)
        return false;
    unsigned chosen = 0;
    for (unsigned i = where.count; i > 0; i--)
        if (where.list[i - 1].at.ss_family == family)
            chosen = i - 1;
    memcpy(&at, &where.list[chosen].at, sizeof at);
    *out = s5a_inet_address(&at);
    return true;
}

/* The name of a relay becomes an IP, or the proxy's. */
static void settle_name(const struct s5a_config *config, const struct s5a_proxy *proxy,
                        sa_family_t family, struct s5a_target *relay)
{
    const struct s5a_address *own = &proxy->at.address;
    if (own->type == S5A_ATYP_NAME && config->udp_relay == S5A_RELAY_OF_REPLY &&
        !s5a_word_equal_nocase(own->text, relay->address.text) &&
        look_up(relay, family, &relay->address))
        return;
    relay->address = s5a_address_ipv4((const uint8_t[4]){ 0 });
}

/* ---- the relay ---- */

/* To all, or to a group: what is sent there is everybody's who listens. */
static bool is_of_many(const struct s5a_address *address)
{
    if (address->type == S5A_ATYP_IPV6)
        return address->ip[0] == 0xff;
    return address->type == S5A_ATYP_IPV4 && address->ip[0] >= 224;
}

/* One of the link that the proxy is reached by is on that link. */
static bool put(const struct s5a_target *relay, const union s5a_inet *proxy, union s5a_inet *out)
{
    sa_family_t family = relay->address.type == S5A_ATYP_IPV6 ? AF_INET6 : AF_INET;
    if (!s5a_inet_from_address(out, family, &relay->address, relay->port))
        return false;
    if (family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&out->v6.sin6_addr) &&
        proxy->family == AF_INET6)
        out->v6.sin6_scope_id = proxy->v6.sin6_scope_id;
    return true;
}

int s5a_relay_find(const struct s5a_config *config, const struct s5a_proxy *proxy, int control,
                   const struct s5a_answers *answers, union s5a_inet *out)
{
    struct s5a_target relay = told(answers);
    union s5a_inet at = proxys_address(control);
    struct s5a_address own = s5a_inet_address(&at);
    if (relay.address.type == S5A_ATYP_NONE || relay.port == 0)
        return refuse(proxy, &relay);
    if (relay.address.type == S5A_ATYP_NAME)
        settle_name(config, proxy, own.type == S5A_ATYP_IPV6 ? AF_INET6 : AF_INET, &relay);
    if (own.type != S5A_ATYP_NONE && is_proxys_own(config, &relay.address, &own))
        relay.address = own;
    return !is_of_many(&relay.address) && put(&relay, &at, out) ? 0 : refuse(proxy, &relay);
}

int s5a_relay_name(const struct s5a_config *config, const struct s5a_proxy *proxy,
                   const struct s5a_answers *answers, struct s5a_target *out)
{
    *out = told(answers);
    if (out->address.type == S5A_ATYP_NONE || out->port == 0)
        return refuse(proxy, out);
    bool is_name = out->address.type == S5A_ATYP_NAME;
    if (is_name ? config->udp_relay == S5A_RELAY_OF_PROXY
                : is_proxys_own(config, &out->address, &proxy->at.address))
        out->address = s5a_address_canonical(&proxy->at.address);
    return is_of_many(&out->address) ? refuse(proxy, out) : 0;
}

/* Not where it is bound to a device: there is no loopback for what cannot be reached. */
static bool is_as_control(int fd, int control)
{
    union s5a_inet own, controls;
    socklen_t len = sizeof own, controls_len = sizeof controls;
    if (S5A_REAL(getsockname)(fd, &own.plain, &len) != 0 ||
        S5A_REAL(getsockname)(control, &controls.plain, &controls_len) != 0 ||
        (controls.family != AF_INET && controls.family != AF_INET6) ||
        s5a_socket_option(fd, SOL_SOCKET, SO_BINDTOIFINDEX, 0) != 0)
        return true;
    struct s5a_address address = s5a_inet_address(&own), others = s5a_inet_address(&controls);
    return is_unspecified(&address) || s5a_address_equal(&address, &others);
}

bool s5a_relay_is_reached(int fd, int control, const union s5a_inet *relay, union s5a_inet *out)
{
    sa_family_t domain = (sa_family_t)s5a_socket_option(fd, SOL_SOCKET, SO_DOMAIN, AF_INET);
    *out = *relay;
    if (!is_as_control(fd, control))
        return false;
    if (relay->family == domain)
        return true;
    return domain == AF_INET6 && s5a_socket_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) == 0 &&
           s5a_inet_in_family(out, domain, relay);
}
