/* Stand-ins: sockets of the proxy's family in place of the program's own. */
#include "shim/sockets/standin.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <string.h>

#include "shim/engine/private.h"
#include "shim/real.h"

/* Options that a connected socket keeps, whatever its family; TCP's are remembered by the facade
 * where the stand-in has no TCP. */
struct option {
    int level;
    int name;
    bool doubled; /* the kernel reports twice what was set */
};

static const struct option carried[] = {
    { SOL_SOCKET, SO_KEEPALIVE, false },      { SOL_SOCKET, SO_OOBINLINE, false },
    { SOL_SOCKET, SO_PRIORITY, false },       { SOL_SOCKET, SO_RCVLOWAT, false },
    { SOL_SOCKET, SO_RCVBUF, true },          { SOL_SOCKET, SO_SNDBUF, true },
    { IPPROTO_TCP, TCP_NODELAY, false },      { IPPROTO_TCP, TCP_KEEPIDLE, false },
    { IPPROTO_TCP, TCP_KEEPINTVL, false },    { IPPROTO_TCP, TCP_KEEPCNT, false },
    { IPPROTO_TCP, TCP_USER_TIMEOUT, false }, { IPPROTO_TCP, TCP_NOTSENT_LOWAT, false },
    { IPPROTO_IPV6, IPV6_V6ONLY, false },
};

static bool map_to_v6(const struct s5a_sockaddr *v4, struct s5a_sockaddr *out)
{
    struct sockaddr_in from;
    struct sockaddr_in6 to = { .sin6_family = AF_INET6 };
    memcpy(&from, &v4->at, sizeof from);
    to.sin6_port = from.sin_port;
    to.sin6_addr.s6_addr[10] = to.sin6_addr.s6_addr[11] = 0xff;
    memcpy(&to.sin6_addr.s6_addr[12], &from.sin_addr, sizeof from.sin_addr);
    memcpy(&out->at, &to, sizeof to);
    out->len = sizeof to;
    return true;
}

bool s5a_reaches(int fd, const struct s5a_socket_kind *kind, const struct s5a_sockaddr *proxy,
                 struct s5a_sockaddr *out)
{
    *out = *proxy;
    if (proxy->at.ss_family == kind->domain)
        return true;
    return proxy->at.ss_family == AF_INET && kind->domain == AF_INET6 &&
           s5a_socket_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) == 0 && map_to_v6(proxy, out);
}

int s5a_standin_open(const struct s5a_sockaddr *proxy)
{
    int fd = S5A_REAL(socket)(proxy->at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return fd < 0 ? -errno : s5a_private_move(fd);
}

static void remember(struct s5a_peer *peer, size_t *next, const struct option *option, int value)
{
    if (*next < S5A_FACADE_OPTIONS)
        peer->options[(*next)++] = (struct s5a_remembered){ .level = (int16_t)option->level,
                                                            .name = (int16_t)option->name,
                                                            .value = value };
}

static void carry_integers(int from, int to, struct s5a_peer *peer)
{
    size_t next = 0;
    for (size_t i = 0; i < sizeof carried / sizeof *carried; i++) {
        const struct option *option = &carried[i];
        int was = s5a_socket_option(from, option->level, option->name, -1);
        int value = option->doubled ? was / 2 : was;
        if (was < 0 || was == s5a_socket_option(to, option->level, option->name, -1))
            continue;
        if (S5A_REAL(setsockopt)(to, option->level, option->name, &value, sizeof value) != 0)
            remember(peer, &next, option, value);
    }
}

static void carry_bytes(int from, int to, int name)
{
    char value[64];
    socklen_t len = sizeof value;
    if (S5A_REAL(getsockopt)(from, SOL_SOCKET, name, value, &len) == 0)
        (void)S5A_REAL(setsockopt)(to, SOL_SOCKET, name, value, len);
}

/* A forwarded Unix socket has no options of TCP to give; the one that waited in a pool has had one. */
static void be_patient(int standin)
{
    int for_ever = 0;
    (void)S5A_REAL(setsockopt)(standin, IPPROTO_TCP, TCP_USER_TIMEOUT, &for_ever, sizeof for_ever);
}

static int carry_flags(int from, int to)
{
    int status = S5A_REAL(fcntl)(from, F_GETFL);
    int owner = S5A_REAL(fcntl)(from, F_GETOWN);
    if (status < 0 || S5A_REAL(fcntl)(to, F_SETFL, status) < 0)
        return -errno;
    if (owner != 0)
        (void)S5A_REAL(fcntl)(to, F_SETOWN, owner);
    return 0;
}

int s5a_standin_dress(int fd, int standin, struct s5a_peer *peer)
{
    peer->facade = (uint8_t)s5a_socket_option(fd, SOL_SOCKET, SO_DOMAIN, AF_INET);
    if (peer->facade == AF_UNIX)
        be_patient(standin);
    carry_integers(fd, standin, peer);
    carry_bytes(fd, standin, SO_LINGER);
    carry_bytes(fd, standin, SO_RCVTIMEO);
    carry_bytes(fd, standin, SO_SNDTIMEO);
    return carry_flags(fd, standin);
}
