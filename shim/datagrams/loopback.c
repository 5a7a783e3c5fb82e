/* Sockets of the shim's own on loopback. */
#include "shim/datagrams/loopback.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "shim/engine/private.h"
#include "shim/real.h"
#include "shim/sockets/sockets.h"

int s5a_loopback_open(union s5a_inet *at)
{
    int one = 1;
    socklen_t len = s5a_inet_len(at);
    int fd = S5A_REAL(socket)(at->family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    if (at->family == AF_INET6)
        (void)S5A_REAL(setsockopt)(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    if (S5A_REAL(bind)(fd, &at->plain, len) == 0 &&
        S5A_REAL(getsockname)(fd, &at->plain, &len) == 0)
        return s5a_private_move(fd);
    int error = errno;
    S5A_REAL(close)(fd);
    return -error;
}

static bool is_any(const union s5a_inet *address)
{
    if (address->family == AF_INET)
        return address->v4.sin_addr.s_addr == 0;
    return IN6_IS_ADDR_UNSPECIFIED(&address->v6.sin6_addr) ||
           (IN6_IS_ADDR_V4MAPPED(&address->v6.sin6_addr) &&
            memcmp(&address->v6.sin6_addr.s6_addr[12], "\0\0\0\0", 4) == 0);
}

static void unmap(union s5a_inet *address)
{
    union s5a_inet plain;
    if (s5a_inet_in_family(&plain, AF_INET, address))
        *address = plain;
}

static void become_loopback(int fd, sa_family_t domain, union s5a_inet *out)
{
    if (domain == AF_INET)
        out->v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else if (s5a_socket_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0) != 0)
        out->v6.sin6_addr = in6addr_loopback;
    else
        inet_pton(AF_INET6, "::ffff:127.0.0.1", &out->v6.sin6_addr);
}

int s5a_loopback_reach(int fd, sa_family_t domain, union s5a_inet *out)
{
    union s5a_inet any = { .family = domain };
    socklen_t len = sizeof *out;
    memset(out, 0, sizeof *out);
    if (S5A_REAL(getsockname)(fd, &out->plain, &len) == 0 && out->v4.sin_port == 0) {
        (void)S5A_REAL(bind)(fd, &any.plain, s5a_inet_len(&any));
        len = sizeof *out;
        (void)S5A_REAL(getsockname)(fd, &out->plain, &len);
    }
    if (out->v4.sin_port == 0)
        return -ENOBUFS;
    if (is_any(out))
        become_loopback(fd, domain, out);
    unmap(out);
    return 0;
}
