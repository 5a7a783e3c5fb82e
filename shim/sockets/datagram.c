/* Datagrams: refused, never leaked. */
#include "shim/sockets/datagram.h"

#include <errno.h>
#include <string.h>

#include "shim/sockets/direct.h"
#include "shim/real.h"
#include "shim/runtime.h"

/* As after a connect(): a port of its own, and no peer in the kernel. */
static int stay_unconnected(int fd, const struct s5a_socket_kind *kind)
{
    struct sockaddr nobody = { .sa_family = AF_UNSPEC };
    union s5a_inet any = { .family = (sa_family_t)kind->domain };
    union s5a_inet own;
    socklen_t len = sizeof own;
    if (S5A_REAL(connect)(fd, &nobody, sizeof nobody) != 0)
        return -errno;
    memset(&own, 0, sizeof own);
    if (S5A_REAL(getsockname)(fd, &own.plain, &len) == 0 && own.v4.sin_port == 0)
        (void)bind(fd, &any.plain, s5a_inet_len(&any));
    return 0;
}

int s5a_datagram_connect(int fd, const struct s5a_socket_kind *kind,
                         const struct s5a_config *config, const struct s5a_named_target *named)
{
    struct s5a_peer peer = { .kind = S5A_PEER_DATAGRAM, .address = named->as_given };
    struct s5a_route route = s5a_config_route(config, &named->target, S5A_UDP);
    if (route.verdict == S5A_ROUTE_DIRECT) {
        int failed = s5a_direct_connect(fd, kind, named);
        if (failed == 0)
            s5a_peers_drop(fd);
        return failed;
    }
    int failed = stay_unconnected(fd, kind);
    if (failed == 0 && !s5a_peers_put(fd, &peer))
        failed = -ENOBUFS;
    return failed;
}

static int refuse(const struct s5a_target *target)
{
    char text[S5A_ADDRESS_TEXT_CAP];
    s5a_target_format(target, text, sizeof text);
    s5a_log(S5A_LOG_INFO, "%s: datagram denied: UDP does not go through the proxy", text);
    return -EACCES;
}

static int permitted_inet(const struct sockaddr *address, socklen_t len)
{
    struct s5a_named_target named;
    const struct s5a_config *config = s5a_runtime_config();
    if (config == NULL || s5a_target_read(config, address, len, &named) != 0)
        return -EACCES;
    /* A name that is direct would have to be looked up for each datagram: connect() does that. */
    if (named.target.address.type != S5A_ATYP_NAME &&
        s5a_config_route(config, &named.target, S5A_UDP).verdict == S5A_ROUTE_DIRECT)
        return 0;
    return refuse(&named.target);
}

/* The kernel takes AF_UNSPEC for AF_INET in sendto() on an IPv4 socket. */
static int permitted_unspecified(const struct sockaddr *address, socklen_t len)
{
    struct sockaddr_in v4;
    if (len < sizeof v4)
        return 0; /* EINVAL by the kernel */
    memcpy(&v4, address, sizeof v4);
    v4.sin_family = AF_INET;
    return permitted_inet((const struct sockaddr *)&v4, sizeof v4);
}

/* Without an address: to whom connect() was told, where the kernel was not. */
static int permitted_to_peer(int fd)
{
    struct s5a_peer peer;
    struct s5a_named_target named;
    const struct s5a_config *config;
    if (!s5a_peers_any(S5A_PEER_DATAGRAM) || !s5a_peers_find(fd, &peer) ||
        peer.kind != S5A_PEER_DATAGRAM)
        return 0;
    config = s5a_runtime_config();
    if (config == NULL ||
        s5a_target_read(config, &peer.address.plain, s5a_inet_len(&peer.address), &named) != 0)
        return -EACCES;
    return refuse(&named.target);
}

int s5a_datagram_permitted(int fd, const struct sockaddr *address, socklen_t len)
{
    struct s5a_socket_kind kind;
    if (address == NULL || len < sizeof address->sa_family)
        return permitted_to_peer(fd);
    if (!s5a_socket_kind(fd, &kind) || (kind.domain != AF_INET && kind.domain != AF_INET6) ||
        kind.type == SOCK_STREAM)
        return 0; /* a local socket, or a stream, where the kernel ignores the address */
    if (address->sa_family == AF_UNSPEC)
        return permitted_unspecified(address, len);
    return s5a_is_inet(address, len) ? permitted_inet(address, len) : 0;
}
