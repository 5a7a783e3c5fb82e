/* What a socket seems to be. */
#include "shim/sockets/facade.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>

#include "shim/datagrams/options.h"
#include "shim/engine/gated.h"
#include "shim/engine/pending.h"
#include "shim/engine/told.h"
#include "shim/inbound/listening.h"
#include "shim/real.h"
#include "shim/result.h"
#include "shim/sockets/answer.h"
#include "shim/sockets/detour.h"
#include "shim/sockets/foreign.h"
#include "shim/sockets/forward.h"
#include "shim/sockets/sockets.h"
#include "shim/sockets/target.h"

#ifndef SO_PEERNAME
#define SO_PEERNAME 28
#endif

/* ---- names ---- */

static int peername(int fd, const struct s5a_peer *peer, struct sockaddr *address, socklen_t *len);

static bool is_unix(int fd)
{
    return s5a_socket_option(fd, SOL_SOCKET, SO_DOMAIN, -1) == AF_UNIX;
}

/* No socket of which the table knows a peer; a pair that has come from another process tells its peer
 * itself. */
static int getpeername_unknown(int fd, struct sockaddr *address, socklen_t *len)
{
    struct s5a_peer peer;
    socklen_t room = len == NULL ? 0 : *len;
    int result = (int)s5a_from_libc(S5A_REAL(getpeername)(fd, address, len));
    if (result != 0 || (room >= sizeof address->sa_family && address->sa_family != AF_UNIX) ||
        !s5a_foreign_find(fd, &peer))
        return result;
    *len = room;
    return peername(fd, &peer, address, len);
}

/* A connection that has ended has no peer any more; of a pair the kernel goes on to name it. */
static int has_peer(int fd)
{
    union s5a_inet real;
    socklen_t real_len = sizeof real;
    struct pollfd one = { .fd = fd };
    if (S5A_REAL(getpeername)(fd, &real.plain, &real_len) != 0)
        return -errno;
    bool is_over = real.family == AF_UNIX && poll(&one, 1, 0) == 1 && (one.revents & POLLHUP) != 0;
    return is_over ? -ENOTCONN : 0;
}

static int peername(int fd, const struct s5a_peer *peer, struct sockaddr *address, socklen_t *len)
{
    if (peer->kind == S5A_PEER_GATE && !s5a_gated_is_connected(fd, peer))
        return -ENOTCONN;
    int failed = peer->kind == S5A_PEER_DATAGRAM ? 0 : has_peer(fd);
    if (failed != 0)
        return failed;
    if (s5a_forward_is_peer(peer))
        return s5a_forward_peername(peer, address, len);
    return s5a_answer(&peer->address, s5a_inet_len(&peer->address), address, len, false);
}

int s5a_getpeername(int fd, struct sockaddr *address, socklen_t *len)
{
    struct s5a_peer peer;
    if (!s5a_peers_find(fd, &peer) || peer.kind == S5A_PEER_FAILED)
        return getpeername_unknown(fd, address, len);
    return peername(fd, &peer, address, len);
}

static int sockname(int fd, const struct s5a_peer *peer, struct sockaddr *address, socklen_t *len)
{
    const union s5a_inet *told = peer->kind == S5A_PEER_LISTENER ? &peer->address : &peer->local;
    if (told->family != AF_UNSPEC)
        return s5a_answer(told, s5a_inet_len(told), address, len, false);
    if (peer->facade == 0)
        return (int)s5a_from_libc(S5A_REAL(getsockname)(fd, address, len));
    return peer->kind == S5A_PEER_GATE ? s5a_gated_getsockname(fd, peer, address, len)
                                       : s5a_facade_sockname(fd, peer, address, len);
}

/* One that is to listen at a proxy is known by its address there already. */
static bool is_bound_elsewhere(int fd, const struct sockaddr *real, socklen_t len,
                               union s5a_inet *out)
{
    union s5a_inet own;
    if (!s5a_is_inet(real, len) || len > sizeof own)
        return false;
    memset(&own, 0, sizeof own);
    memcpy(&own, real, len);
    return s5a_bound_find_name(fd, &own, out);
}

/* No socket of which the table knows a peer. */
static int getsockname_unknown(int fd, struct sockaddr *address, socklen_t *len)
{
    struct s5a_peer peer;
    union s5a_inet told;
    socklen_t room = len == NULL ? 0 : *len;
    int result = (int)s5a_from_libc(S5A_REAL(getsockname)(fd, address, len));
    if (result != 0)
        return result;
    if (*len == sizeof address->sa_family && s5a_foreign_find(fd, &peer)) {
        *len = room;
        return sockname(fd, &peer, address, len);
    }
    if (*len > room || !is_bound_elsewhere(fd, address, *len, &told))
        return result;
    *len = room;
    return s5a_answer(&told, s5a_inet_len(&told), address, len, false);
}

int s5a_getsockname(int fd, struct sockaddr *address, socklen_t *len)
{
    struct s5a_peer peer;
    int answered;
    if (s5a_datagram_getsockname(fd, address, len, &answered))
        return answered;
    return s5a_peers_find(fd, &peer) ? sockname(fd, &peer, address, len)
                                     : getsockname_unknown(fd, address, len);
}

/* ---- options ---- */

/* SO_ERROR of a socket whose connect() has failed: the kernel's copy of the error is taken, by this
 * or by a read() before, and tells whether ours is still to be told. */
static int take_error(int fd, struct s5a_peer *peer, void *value, socklen_t *len)
{
    int shown = s5a_socket_option(fd, SOL_SOCKET, SO_ERROR, 0);
    int error = shown != 0 || !peer->parked ? (int)peer->detail : 0;
    peer->detail = 0;
    (void)s5a_peers_put(fd, peer);
    return s5a_answer_integer(error, value, len);
}

/* What may have another answer than the kernel's; the rest is not worth a look at the table. */
static bool is_of_interest(int fd, int level, int name)
{
    return s5a_is_transport_level(level) || s5a_pending_may_be(fd) ||
           (level == SOL_SOCKET &&
            (name == SO_PEERNAME || name == SO_DOMAIN || name == SO_PROTOCOL ||
             name == SO_PEERCRED || (name == SO_ERROR && s5a_peers_any(S5A_PEER_FAILED))));
}

/* How a gate has ended that another process has handed over, that process has written on it. */
static int told_error(int fd, void *value, socklen_t len)
{
    struct s5a_told told;
    int shown;
    if (len != sizeof shown)
        return 0;
    memcpy(&shown, value, sizeof shown);
    if (shown == ECONNRESET && s5a_told_find(fd, &told) && told.error != 0)
        memcpy(value, &told.error, sizeof told.error);
    return 0;
}

/* Nothing is known of it: is the kernel's answer that of a pair? */
static int getsockopt_unknown(int fd, int level, int name, void *value, socklen_t *len)
{
    struct s5a_peer peer;
    socklen_t room = len == NULL ? 0 : *len;
    int result = (int)s5a_from_libc(S5A_REAL(getsockopt)(fd, level, name, value, len));
    if (result == 0 && level == SOL_SOCKET && name == SO_ERROR)
        return told_error(fd, value, *len);
    bool is_odd = result == 0 ? level == SOL_SOCKET && is_of_interest(-1, level, name)
                              : result == -EOPNOTSUPP && s5a_is_transport_level(level);
    if (!is_odd || !is_unix(fd) || !s5a_foreign_find(fd, &peer))
        return result;
    *len = room;
    return s5a_facade_get(fd, &peer, level, name, value, len);
}

int s5a_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    struct s5a_peer peer;
    int answered;
    if (s5a_datagram_getsockopt(fd, level, name, value, len, &answered))
        return answered;
    if (!is_of_interest(fd, level, name) || !s5a_peers_find(fd, &peer))
        return getsockopt_unknown(fd, level, name, value, len);
    if (level == SOL_SOCKET && name == SO_PEERNAME)
        return s5a_getpeername(fd, value, len);
    if (peer.kind == S5A_PEER_FAILED && level == SOL_SOCKET && name == SO_ERROR)
        return take_error(fd, &peer, value, len);
    if (peer.kind == S5A_PEER_GATE)
        return s5a_gated_getsockopt(fd, &peer, level, name, value, len);
    if (peer.facade == 0)
        return (int)s5a_from_libc(S5A_REAL(getsockopt)(fd, level, name, value, len));
    return s5a_facade_get(fd, &peer, level, name, value, len);
}

static atomic_bool fast_open;

bool s5a_facade_fast_open(void)
{
    return atomic_load_explicit(&fast_open, memory_order_relaxed);
}

static bool is_facade(int fd, int level, struct s5a_peer *peer)
{
    return (s5a_is_transport_level(level) || s5a_pending_may_be(fd)) && s5a_peers_find(fd, peer) &&
           peer->facade != 0;
}

static int set_facade(int fd, struct s5a_peer *peer, int level, int name, const void *value,
                      socklen_t len)
{
    bool is_changed;
    if (peer->kind == S5A_PEER_GATE)
        return s5a_gated_setsockopt(fd, peer, level, name, value, len);
    int failed = s5a_facade_set(fd, peer, level, name, value, len, &is_changed);
    if (is_changed)
        s5a_peers_put(fd, peer);
    return failed;
}

int s5a_setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    struct s5a_peer peer;
    int answered;
    if (s5a_is_detour(level, name, len)) {
        s5a_log(S5A_LOG_INFO, "IP options and routing headers are denied");
        return -EACCES;
    }
    if (s5a_datagram_setsockopt(fd, level, name, value, len, &answered))
        return answered;
    if (level == IPPROTO_TCP && name == TCP_FASTOPEN_CONNECT)
        atomic_store(&fast_open, true);
    if (is_facade(fd, level, &peer))
        return set_facade(fd, &peer, level, name, value, len);
    int result = (int)s5a_from_libc(S5A_REAL(setsockopt)(fd, level, name, value, len));
    if (result != -EOPNOTSUPP || !s5a_is_transport_level(level) || !is_unix(fd) ||
        !s5a_foreign_find(fd, &peer))
        return result;
    return set_facade(fd, &peer, level, name, value, len);
}
