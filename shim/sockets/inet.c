/* Socket addresses of IPv4 and IPv6. */
#include "shim/sockets/inet.h"

#include <string.h>

#include "client/routes/prefix.h"
#include "client/routes/rules.h"

socklen_t s5a_inet_len(const union s5a_inet *address)
{
    return address->family == AF_INET6 ? sizeof address->v6 : sizeof address->v4;
}

bool s5a_inet_equal(const union s5a_inet *a, const union s5a_inet *b)
{
    if (a->family != b->family || a->v4.sin_port != b->v4.sin_port)
        return false;
    if (a->family == AF_INET)
        return a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
    return memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof a->v6.sin6_addr) == 0;
}

bool s5a_inet_is_loopback(const union s5a_inet *at)
{
    const struct in6_addr *v6 = &at->v6.sin6_addr;
    if (at->family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(v6) || (IN6_IS_ADDR_V4MAPPED(v6) && v6->s6_addr[12] == 127);
    return at->family == AF_INET && ntohl(at->v4.sin_addr.s_addr) >> 24 == 127;
}

struct s5a_address s5a_inet_address(const union s5a_inet *at)
{
    struct s5a_address address = s5a_address_none();
    uint8_t v4[4];
    if (at->family == AF_INET) {
        memcpy(v4, &at->v4.sin_addr, sizeof v4);
        address = s5a_address_ipv4(v4);
    } else if (at->family == AF_INET6) {
        address = s5a_address_ipv6(at->v6.sin6_addr.s6_addr);
    }
    return s5a_address_unmapped(&address);
}

void s5a_inet_loopback(union s5a_inet *out, sa_family_t family)
{
    memset(out, 0, sizeof *out);
    out->family = family;
    if (family == AF_INET)
        out->v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else
        out->v6.sin6_addr = in6addr_loopback;
}

bool s5a_inet_from_address(union s5a_inet *out, sa_family_t domain,
                           const struct s5a_address *address, uint16_t port)
{
    struct s5a_address plain = s5a_address_canonical(address);
    memset(out, 0, sizeof *out);
    out->family = domain;
    out->v4.sin_port = htons(port);
    if (domain == AF_INET && plain.type == S5A_ATYP_IPV4) {
        memcpy(&out->v4.sin_addr, plain.ip, 4);
    } else if (domain == AF_INET6 && plain.type == S5A_ATYP_IPV4) {
        out->v6.sin6_addr.s6_addr[10] = out->v6.sin6_addr.s6_addr[11] = 0xff;
        memcpy(&out->v6.sin6_addr.s6_addr[12], plain.ip, 4);
    } else if (domain == AF_INET6 && plain.type == S5A_ATYP_IPV6) {
        memcpy(&out->v6.sin6_addr, plain.ip, sizeof plain.ip);
    } else {
        return false;
    }
    return true;
}

bool s5a_inet_in_family(union s5a_inet *out, sa_family_t domain, const union s5a_inet *at)
{
    struct s5a_address address = s5a_inet_address(at);
    return s5a_inet_from_address(out, domain, &address, ntohs(at->v4.sin_port));
}
