/* Where a relay is. */
#include "shim/datagrams/relay_address.h"

#include <errno.h>
#include <string.h>

#include "shim/datagrams/targets.h"
#include "shim/real.h"
#include "shim/sockets/sockets.h"

/* The proxy, as `control` reaches it. False: not by IP. */
static bool proxys_address(int control, struct s5a_address *out)
{
    union s5a_inet peer;
    socklen_t len = sizeof peer;
    uint8_t ip[16];
    if (S5A_REAL(getpeername)(control, &peer.plain, &len) != 0 ||
        (peer.family != AF_INET && peer.family != AF_INET6))
        return false;
    if (peer.family == AF_INET)
        memcpy(ip, &peer.v4.sin_addr, 4);
    else
        memcpy(ip, &peer.v6.sin6_addr, sizeof ip);
    struct s5a_address address =
        peer.family == AF_INET ? s5a_address_ipv4(ip) : s5a_address_ipv6(ip);
    *out = s5a_address_canonical(&address);
    return true;
}

static int refuse(const struct s5a_target *relay, const char *why, int error)
{
    char text[S5A_ADDRESS_TEXT_CAP];
    s5a_target_format(relay, text, sizeof text);
    s5a_log(S5A_LOG_WARNING, "the proxy's relay for datagrams, %s, %s", text, why);
    return -error;
}

static bool is_ip(const struct s5a_address *address)
{
    return address->type == S5A_ATYP_IPV4 || address->type == S5A_ATYP_IPV6;
}

int s5a_relay_address(int fd, int control, const struct s5a_answers *answers, union s5a_inet *out)
{
    struct s5a_target relay = { s5a_address_canonical(&answers->list[0]), answers->port };
    struct s5a_address proxy = s5a_address_none();
    int domain = s5a_socket_option(fd, SOL_SOCKET, SO_DOMAIN, AF_INET);
    bool is_v6only = s5a_socket_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0) != 0;
    bool is_known = proxys_address(control, &proxy);
    if (answers->count == 0 || relay.port == 0 || !is_ip(&relay.address))
        return refuse(&relay, "is no place to send to", EPROTO);
    if (s5a_address_is_loopback(&relay.address) && is_known)
        relay.address = proxy;
    if ((is_v6only && relay.address.type == S5A_ATYP_IPV4) ||
        !s5a_inet_from_address(out, (sa_family_t)domain, &relay.address, relay.port))
        return refuse(&relay, "cannot be reached by a socket of this family", EADDRNOTAVAIL);
    return 0;
}
