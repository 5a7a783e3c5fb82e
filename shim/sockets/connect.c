/* connect() as the program calls it: what kind of socket, to where, and by which way. */
#include "shim/sockets/connect.h"

#include <errno.h>
#include <netinet/tcp.h>

#include "client/word.h"
#include "shim/datagrams/resolver.h"
#include "shim/datagrams/route.h"
#include "shim/sockets/direct.h"
#include "shim/engine/gated.h"
#include "shim/names/lookup_cache.h"
#include "shim/names/stub_connect.h"
#include "shim/real.h"
#include "shim/result.h"
#include "shim/runtime.h"
#include "shim/sockets/attempt.h"
#include "shim/sockets/descriptor_calls.h"
#include "shim/sockets/forward.h"
#include "shim/sockets/stream.h"

enum { PORT_DOMAIN = 53 };

static int deny(const struct s5a_target *target, const char *why, int error)
{
    char text[S5A_ADDRESS_TEXT_CAP];
    s5a_target_format(target, text, sizeof text);
    s5a_log(S5A_LOG_INFO, "%s: denied: %s", text, why);
    return -error;
}

static int disconnect(int fd, const struct sockaddr *address, socklen_t len)
{
    struct s5a_peer peer;
    int failed = -EAGAIN;
    if (s5a_peers_find(fd, &peer) && s5a_forward_is_peer(&peer))
        return -EINVAL; /* as of any Unix stream socket */
    if (address != NULL && s5a_is_gated(fd, &peer))
        failed = s5a_gated_disconnect(fd, &peer);
    if (failed == -EAGAIN) /* no gate */
        failed = (int)s5a_from_libc(S5A_REAL(connect)(fd, address, len));
    if (failed == 0) {
        s5a_peers_drop(fd);
        s5a_datagram_disconnected(fd);
    }
    return failed;
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
    if (family == AF_UNSPEC)
        return disconnect(fd, address, len);
    return (int)s5a_from_libc(S5A_REAL(connect)(fd, address, len));
}

/* As the kernel answers a stream socket that is given an address of the other family. */
static int mismatch(const struct s5a_socket_kind *kind, socklen_t len)
{
    return kind->domain == AF_INET6 && len <= sizeof(struct sockaddr_in) ? -EINVAL : -EAFNOSUPPORT;
}

/* An IPv6 socket that is to be nothing else has no way to an IPv4 address. */
static bool is_unreachable(int fd, const struct s5a_named_target *named)
{
    return named->as_given.family == AF_INET6 &&
           IN6_IS_ADDR_V4MAPPED(&named->as_given.v6.sin6_addr) &&
           s5a_socket_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0) != 0;
}

/* As datagrams, also where the name server is this machine's, unless a rule names it. */
static bool is_for_stub(const struct s5a_config *config, const struct s5a_target *target,
                        const struct s5a_route *route)
{
    return (route->verdict == S5A_ROUTE_PROXY || route->is_implied) &&
           s5a_resolver_is_for(config, target);
}

/* … where the stub could not be had. */
static bool is_leak(const struct s5a_config *config, const struct s5a_target *target,
                    const struct s5a_route *route)
{
    return target->port == PORT_DOMAIN && route->is_implied && config->dns_mode != S5A_DNS_LOCAL;
}

static int connect_by(int fd, const struct s5a_socket_kind *kind, const struct s5a_config *config,
                      const struct s5a_route *route, const struct s5a_named_target *named)
{
    if (is_leak(config, &named->target, route))
        return deny(&named->target, "a name server of this machine would ask others", ECONNREFUSED);
    if (route->verdict == S5A_ROUTE_DIRECT)
        return s5a_direct_connect(fd, kind, named);
    if (route->verdict == S5A_ROUTE_DENY)
        return deny(&named->target, route->rule, EACCES);
    if (s5a_target_is_link_scoped(&named->target))
        return deny(&named->target, "an address of this host's links", ENETUNREACH);
    return s5a_stream_connect(fd, kind, config, route->proxy, named);
}

static int connect_stream(int fd, const struct s5a_socket_kind *kind,
                          const struct s5a_config *config, const struct s5a_named_target *named)
{
    int result = S5A_STUB_UNSERVED;
    if (is_unreachable(fd, named))
        return -ENETUNREACH;
    char name[S5A_NAME_MAX + 1] = "";
    if (named->target.address.type != S5A_ATYP_NAME)
        (void)s5a_lookup_name_of(&named->target.address, name);
    struct s5a_route route =
        s5a_config_route_named(config, &named->target, s5a_word(name), S5A_TCP);
    if (is_for_stub(config, &named->target, &route))
        result = s5a_stub_connect(fd, kind, named);
    return result == S5A_STUB_UNSERVED ? connect_by(fd, kind, config, &route, named) : result;
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

/* After an EINPROGRESS that came to nothing: the error, if it has not been told, else ECONNABORTED;
 * from then on the socket is as new. So the kernel. */
static int connect_failed(int fd, const struct s5a_peer *peer)
{
    int shown = s5a_socket_option(fd, SOL_SOCKET, SO_ERROR, 0);
    int error =
        (shown != 0 || !peer->parked) && peer->detail != 0 ? (int)peer->detail : ECONNABORTED;
    s5a_dissolve(fd);
    s5a_peers_drop(fd);
    return -error;
}

/* Through the proxy already: the kernel knows whether that has been told, or the table does; in this
 * state the kernel does not look at the address, and should the state be another, this one leads
 * nowhere. */
static int connect_connected(int fd, struct s5a_peer *peer, const struct sockaddr *address)
{
    union s5a_inet nowhere = { .family = address->sa_family };
    if (s5a_forward_is_peer(peer))
        return s5a_forward_again(fd, peer, address);
    if (!peer->untold && s5a_tcp_state(fd) >= 0)
        return (int)s5a_from_libc(S5A_REAL(connect)(fd, &nowhere.plain, s5a_inet_len(&nowhere)));
    if (!peer->untold)
        return -EISCONN;
    peer->untold = false;
    (void)s5a_peers_put(fd, peer);
    return 0;
}

enum { NOT_USED = 1 };

/* A TCP socket on which connect() was called before; NOT_USED: it was not, or that is past. */
static int connect_again(int fd, int state, const struct sockaddr *address)
{
    struct s5a_peer peer;
    if (state == TCP_CLOSE && !s5a_peers_any(S5A_PEER_FAILED))
        return NOT_USED;
    if (!s5a_peers_find(fd, &peer))
        return NOT_USED;
    if (peer.kind == S5A_PEER_FAILED)
        return connect_failed(fd, &peer);
    if (state == TCP_CLOSE || peer.kind != S5A_PEER_STREAM)
        return NOT_USED;
    return connect_connected(fd, &peer, address);
}

/* The common case, told by one system call: TCP, and of the address's family. Where that is not so
 * the kernel says it at the connect() to the proxy, or attempt.c does before it opens a stand-in. */
static int connect_tcp(int fd, int state, const struct sockaddr *address, socklen_t len)
{
    struct s5a_socket_kind kind = { address->sa_family, SOCK_STREAM, IPPROTO_TCP };
    int result = connect_again(fd, state, address);
    return result == NOT_USED ? connect_inet(fd, &kind, address, len) : result;
}

static int connect_ungated(int fd, int state, const struct sockaddr *address, socklen_t len)
{
    struct s5a_socket_kind kind;
    struct s5a_peer peer;
    if (!s5a_is_inet(address, len))
        return connect_other(fd, address, len);
    if (state >= 0)
        return connect_tcp(fd, state, address, len);
    if (!s5a_socket_kind(fd, &kind))
        return connect_other(fd, address, len);
    if (s5a_peers_find(fd, &peer) && peer.facade != 0)
        return connect_connected(fd, &peer, address);
    if (kind.domain != AF_INET && kind.domain != AF_INET6)
        return connect_other(fd, address, len);
    return connect_inet(fd, &kind, address, len);
}

/* The kernel looks at no more of the address where a connect is under way. */
static int connect_gated(int fd, const struct s5a_peer *peer, const struct sockaddr *address,
                         socklen_t len)
{
    if (address == NULL && len != 0)
        return -EFAULT;
    if (address == NULL || len < sizeof address->sa_family)
        return -EINVAL;
    if (address->sa_family == AF_UNSPEC)
        return connect_other(fd, address, len);
    if (s5a_forward_is_peer(peer) && address->sa_family != AF_UNIX)
        return -EINVAL;
    return s5a_gated_connect(fd, peer);
}

/* After this call has waited for one under way, which has come to its end: all that wait are told of
 * success, one of the error. */
static int outcome_of_wait(int fd, const struct sockaddr *address)
{
    struct s5a_peer peer;
    if (!s5a_peers_find(fd, &peer))
        return -EPIPE;
    if (peer.kind == S5A_PEER_FAILED)
        return connect_failed(fd, &peer);
    int result = connect_connected(fd, &peer, address);
    return result == -EISCONN ? 0 : result;
}

int s5a_connect(int fd, const struct sockaddr *address, socklen_t len)
{
    struct s5a_peer peer;
    int forwarded;
    if (s5a_forward_connect(fd, address, len, &forwarded))
        return forwarded;
    for (bool has_waited = false;; has_waited = true) {
        int state = s5a_tcp_state(fd);
        bool is_gated = state < 0 && s5a_is_gated(fd, &peer);
        if (has_waited && !is_gated)
            return outcome_of_wait(fd, address);
        int result = is_gated ? connect_gated(fd, &peer, address, len)
                              : connect_ungated(fd, state, address, len);
        if (result != -ERESTART && !(is_gated && result == -EAGAIN))
            return result;
    }
}

int s5a_connect_hastily(int fd, const struct sockaddr *address, socklen_t len)
{
    int flags = S5A_REAL(fcntl)(fd, F_GETFL);
    if (flags < 0 || (flags & O_NONBLOCK) != 0)
        return s5a_connect(fd, address, len);
    (void)S5A_REAL(fcntl)(fd, F_SETFL, flags | O_NONBLOCK);
    int result = s5a_connect(fd, address, len);
    (void)s5a_fcntl(fd, F_SETFL, (void *)(intptr_t)flags);
    return result;
}
