/* connect() as the program calls it: what kind of socket, and what went before on it. */
#include "shim/sockets/connect.h"

#include <errno.h>
#include <netinet/tcp.h>

#include "shim/datagrams/route.h"
#include "shim/engine/gated.h"
#include "shim/real.h"
#include "shim/result.h"
#include "shim/runtime.h"
#include "shim/sockets/attempt.h"
#include "shim/sockets/connect_inet.h"
#include "shim/sockets/descriptor_calls.h"
#include "shim/sockets/forward.h"

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
    return result == NOT_USED ? s5a_connect_inet(fd, &kind, address, len) : result;
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
    return s5a_connect_inet(fd, &kind, address, len);
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
