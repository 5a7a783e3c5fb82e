/* What a socket seems to be. */
#include "shim/sockets/facade.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <string.h>

#include "shim/datagrams/options.h"
#include "shim/engine/gate.h"
#include "shim/engine/gated.h"
#include "shim/engine/pending.h"
#include "shim/real.h"
#include "shim/sockets/answer.h"
#include "shim/sockets/sockets.h"
#include "shim/result.h"

#ifndef SO_PEERNAME
#define SO_PEERNAME 28
#endif

/* ---- in place of a TCP socket ---- */

/* The stand-in's own address in the program's family; its port is the true one. */
static union s5a_inet own_address(const union s5a_inet *real, const struct s5a_peer *peer)
{
    union s5a_inet own;
    memset(&own, 0, sizeof own);
    own.family = peer->facade;
    if (peer->facade == AF_INET6 && real->family == AF_INET) {
        own.v6.sin6_addr.s6_addr[10] = own.v6.sin6_addr.s6_addr[11] = 0xff;
        memcpy(&own.v6.sin6_addr.s6_addr[12], &real->v4.sin_addr, sizeof real->v4.sin_addr);
    }
    bool is_inet = real->family == AF_INET || real->family == AF_INET6;
    own.v4.sin_port =
        is_inet ? real->v4.sin_port : htons(peer->port); /* at the same place in both */
    return own;
}

uint16_t s5a_facade_port(uint64_t cookie)
{
    return (uint16_t)(32768 + cookie % 28232);
}

int s5a_facade_sockname(int fd, const struct s5a_peer *peer, struct sockaddr *address,
                        socklen_t *len)
{
    union s5a_inet real;
    socklen_t real_len = sizeof real;
    memset(&real, 0, sizeof real);
    if (S5A_REAL(getsockname)(fd, &real.plain, &real_len) != 0)
        return -errno;
    union s5a_inet own = real.family == peer->facade ? real : own_address(&real, peer);
    return s5a_answer(&own, s5a_inet_len(&own), address, len, false);
}

static const struct s5a_remembered *remembered(const struct s5a_peer *peer, int level, int name)
{
    for (size_t i = 0; i < S5A_FACADE_OPTIONS; i++)
        if (peer->options[i].level == level && peer->options[i].name == name)
            return &peer->options[i];
    return NULL;
}

static bool is_transport_level(int level)
{
    return level == IPPROTO_TCP || level == IPPROTO_IP || level == IPPROTO_IPV6;
}

/* TCP_INFO of a connection that is not TCP: established, and nothing else known. */
static int answer_tcp_info(void *value, socklen_t *len)
{
    struct tcp_info info = { .tcpi_state = TCP_ESTABLISHED };
    return s5a_answer(&info, sizeof info, value, len, true);
}

/* Is the level of the option one that the kernel's socket has? */
static bool has_level(int fd, const struct s5a_peer *peer, int level)
{
    return level == IPPROTO_TCP ? s5a_tcp_state(fd) >= 0
                                : s5a_socket_option(fd, SOL_SOCKET, SO_DOMAIN, -1) == peer->facade;
}

/* What the kernel's socket of another family does not know: its own answer where it has one. */
static int get_transport(int fd, const struct s5a_peer *peer, int level, int name, void *value,
                         socklen_t *len)
{
    const struct s5a_remembered *set = remembered(peer, level, name);
    if (set == NULL && S5A_REAL(getsockopt)(fd, level, name, value, len) == 0)
        return 0;
    int error = errno;
    if (set == NULL && has_level(fd, peer, level))
        return -error;
    if (level == IPPROTO_TCP && name == TCP_INFO)
        return answer_tcp_info(value, len);
    return s5a_answer_integer(set == NULL ? 0 : set->value, value, len);
}

int s5a_facade_get(int fd, const struct s5a_peer *peer, int level, int name, void *value,
                   socklen_t *len)
{
    if (is_transport_level(level))
        return get_transport(fd, peer, level, name, value, len);
    if (level == SOL_SOCKET && name == SO_DOMAIN)
        return s5a_answer_integer(peer->facade, value, len);
    if (level == SOL_SOCKET && name == SO_PROTOCOL)
        return s5a_answer_integer(IPPROTO_TCP, value, len);
    return (int)s5a_from_libc(S5A_REAL(getsockopt)(fd, level, name, value, len));
}

/* An integer option is kept, and accepted where all places are taken: the connection does not
 * depend on it. */
int s5a_facade_set(int fd, struct s5a_peer *peer, int level, int name, const void *value,
                   socklen_t len, bool *is_changed)
{
    *is_changed = false;
    if (S5A_REAL(setsockopt)(fd, level, name, value, len) == 0)
        return 0;
    int error = errno;
    if (!is_transport_level(level) || has_level(fd, peer, level))
        return -error;
    const struct s5a_remembered *place = remembered(peer, level, name);
    if (place == NULL)
        place = remembered(peer, 0, 0);
    if (place == NULL || value == NULL || len < sizeof(int))
        return value == NULL ? -EFAULT : 0;
    struct s5a_remembered *kept = &peer->options[place - peer->options];
    kept->level = (int16_t)level;
    kept->name = (int16_t)name;
    memcpy(&kept->value, value, sizeof kept->value);
    *is_changed = true;
    return 0;
}

/* ---- the calls ---- */

/* No socket of which the table knows a peer; a gate that another process has handed over is one, and
 * tells its peer itself. */
static int getpeername_unknown(int fd, struct sockaddr *address, socklen_t *len)
{
    union s5a_inet told;
    socklen_t room = len == NULL ? 0 : *len;
    int result = (int)s5a_from_libc(S5A_REAL(getpeername)(fd, address, len));
    if (result != 0 || address == NULL || room < sizeof address->sa_family ||
        address->sa_family != AF_UNIX || !s5a_gate_told_peer(fd, &told))
        return result;
    *len = room;
    return s5a_answer(&told, s5a_inet_len(&told), address, len, false);
}

int s5a_getpeername(int fd, struct sockaddr *address, socklen_t *len)
{
    struct s5a_peer peer;
    union s5a_inet real;
    socklen_t real_len = sizeof real;
    if (!s5a_peers_find(fd, &peer) || peer.kind == S5A_PEER_FAILED)
        return getpeername_unknown(fd, address, len);
    if (peer.kind == S5A_PEER_GATE && !s5a_gated_is_connected(fd, &peer))
        return -ENOTCONN;
    /* A connection that has ended has no peer any more. */
    if (peer.kind == S5A_PEER_STREAM && S5A_REAL(getpeername)(fd, &real.plain, &real_len) != 0)
        return -errno;
    return s5a_answer(&peer.address, s5a_inet_len(&peer.address), address, len, false);
}

int s5a_getsockname(int fd, struct sockaddr *address, socklen_t *len)
{
    struct s5a_peer peer;
    int result;
    if (s5a_datagram_getsockname(fd, address, len, &result))
        return result;
    if (!s5a_peers_find(fd, &peer) || peer.facade == 0)
        return (int)s5a_from_libc(S5A_REAL(getsockname)(fd, address, len));
    if (peer.kind == S5A_PEER_GATE)
        return s5a_gated_getsockname(fd, &peer, address, len);
    return s5a_facade_sockname(fd, &peer, address, len);
}

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
    return is_transport_level(level) || s5a_pending_may_be(fd) ||
           (level == SOL_SOCKET &&
            (name == SO_PEERNAME || name == SO_DOMAIN || name == SO_PROTOCOL ||
             (name == SO_ERROR && s5a_peers_any(S5A_PEER_FAILED))));
}

/* How a gate has ended that another process has handed over, that process has written on it. */
static int getsockopt_unknown(int fd, int level, int name, void *value, socklen_t *len)
{
    int told, result = (int)s5a_from_libc(S5A_REAL(getsockopt)(fd, level, name, value, len));
    if (result == 0 && level == SOL_SOCKET && name == SO_ERROR && *len == sizeof told) {
        memcpy(&told, value, sizeof told);
        if (told == ECONNRESET && (told = s5a_gate_told_error(fd)) != 0)
            memcpy(value, &told, sizeof told);
    }
    return result;
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

int s5a_setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    struct s5a_peer peer;
    bool is_changed;
    int result;
    if (s5a_datagram_setsockopt(fd, level, name, value, len, &result))
        return result;
    if (level == IPPROTO_TCP && name == TCP_FASTOPEN_CONNECT)
        atomic_store(&fast_open, true);
    if (!(is_transport_level(level) || s5a_pending_may_be(fd)) || !s5a_peers_find(fd, &peer) ||
        peer.facade == 0)
        return (int)s5a_from_libc(S5A_REAL(setsockopt)(fd, level, name, value, len));
    if (peer.kind == S5A_PEER_GATE)
        return s5a_gated_setsockopt(fd, &peer, level, name, value, len);
    int failed = s5a_facade_set(fd, &peer, level, name, value, len, &is_changed);
    if (is_changed)
        s5a_peers_put(fd, &peer);
    return failed;
}
