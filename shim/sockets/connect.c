/* connect() as the program calls it: what kind of socket, to where, and by which way. */
#include "shim/sockets/connect.h"

#include <errno.h>
#include <netinet/tcp.h>

#include "shim/sockets/datagram.h"
#include "shim/sockets/direct.h"
#include "shim/real.h"
#include "shim/result.h"
#include "shim/runtime.h"
#include "shim/sockets/stream.h"

static int deny(const struct s5a_target *target, const char *why, int error)
{
    char text[S5A_ADDRESS_TEXT_CAP];
    s5a_target_format(target, text, sizeof text);
    s5a_log(S5A_LOG_INFO, "%s: denied: %s", text, why);
    return -error;
}

/* Addresses that are not IPv4 or IPv6, and malformed ones: the kernel's business, where it cannot
 * lead off the machine. */
static int connect_other(int fd, const struct sockaddr *address, socklen_t len)
{
    sa_family_t family = AF_UNSPEC;
    if (address != NULL && len >= sizeof address->sa_family)
        family = address->sa_family;
    if (family != AF_UNSPEC && family != AF_INET && family != AF_INET6 && family != AF_UNIX &&
        family != AF_NETLINK && family != AF_ALG) {
        s5a_log(S5A_LOG_INFO, "connect to an address of family %d denied", (int)family);
        return -EACCES;
    }
    int failed = (int)s5a_from_libc(S5A_REAL(connect)(fd, address, len));
    if (failed == 0 && family == AF_UNSPEC)
        s5a_peers_drop(fd);
    return failed;
}

/* As the kernel answers a stream socket that is given an address of the other family. */
static int mismatch(const struct s5a_socket_kind *kind, socklen_t len)
{
    return kind->domain == AF_INET6 && len <= sizeof(struct sockaddr_in) ? -EINVAL : -EAFNOSUPPORT;
}

static int connect_stream(int fd, const struct s5a_socket_kind *kind,
                          const struct s5a_config *config, const struct s5a_named_target *named)
{
    struct s5a_route route = s5a_config_route(config, &named->target, S5A_TCP);
    if (route.verdict == S5A_ROUTE_DIRECT)
        return s5a_direct_connect(fd, kind, named);
    if (route.verdict == S5A_ROUTE_DENY)
        return deny(&named->target, route.rule, EACCES);
    if (s5a_target_is_link_scoped(&named->target))
        return deny(&named->target, "an address of this host's links", ENETUNREACH);
    return s5a_stream_connect(fd, kind, config, route.proxy, named);
}

static int connect_inet(int fd, const struct s5a_socket_kind *kind, const struct sockaddr *address,
                        socklen_t len)
{
    struct s5a_named_target named;
    const struct s5a_config *config = s5a_runtime_config();
    bool is_stream = s5a_is_stream(kind);
    if (is_stream && address->sa_family != kind->domain)
        return mismatch(kind, len);
    if (config == NULL)
        return -EACCES;
    int failed = s5a_target_read(config, address, len, &named);
    if (failed != 0)
        return deny(&named.target, "a fake address that belongs to no name", -failed);
    if (is_stream)
        return connect_stream(fd, kind, config, &named);
    if (s5a_is_datagram(kind))
        return s5a_datagram_connect(fd, kind, config, &named);
    return deny(&named.target, "neither TCP nor UDP", EACCES);
}

/* The common case, told by one system call: TCP, and of the address's family. Where that is not so
 * the kernel says it at the connect() to the proxy, or stream.c does before it opens a stand-in. */
static bool is_plain_tcp(int fd, const struct sockaddr *address, struct s5a_socket_kind *kind)
{
    *kind = (struct s5a_socket_kind){ address->sa_family, SOCK_STREAM, IPPROTO_TCP };
    return s5a_socket_option(fd, IPPROTO_TCP, TCP_NODELAY, -1) >= 0; /* TCP alone has it */
}

int s5a_connect(int fd, const struct sockaddr *address, socklen_t len)
{
    struct s5a_socket_kind kind;
    struct s5a_peer peer;
    if (!s5a_is_inet(address, len))
        return connect_other(fd, address, len);
    if (is_plain_tcp(fd, address, &kind))
        return connect_inet(fd, &kind, address, len);
    if (!s5a_socket_kind(fd, &kind))
        return connect_other(fd, address, len);
    if (s5a_peers_find(fd, &peer) && peer.facade != 0)
        return -EISCONN;
    if (kind.domain != AF_INET && kind.domain != AF_INET6)
        return connect_other(fd, address, len);
    return connect_inet(fd, &kind, address, len);
}
