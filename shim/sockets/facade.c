/* What a socket seems to be. */
#include "shim/sockets/facade.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>

#include "shim/sockets/peers.h"
#include "shim/real.h"
#include "shim/result.h"

#ifndef SO_PEERNAME
#define SO_PEERNAME 28
#endif

/* Copies an answer as the kernel does: as much as fits, and the true length. */
static int answer(const void *from, socklen_t whole, void *to, socklen_t *len, bool cut)
{
    if (to == NULL || len == NULL)
        return -EFAULT;
    if ((int)*len < 0)
        return -EINVAL;
    socklen_t copied = *len < whole ? *len : whole;
    memcpy(to, from, copied);
    *len = cut ? copied : whole;
    return 0;
}

int s5a_getpeername(int fd, struct sockaddr *address, socklen_t *len)
{
    struct s5a_peer peer;
    union s5a_inet real;
    socklen_t real_len = sizeof real;
    if (!s5a_peers_find(fd, &peer))
        return (int)s5a_from_libc(S5A_REAL(getpeername)(fd, address, len));
    /* A connection that has ended has no peer any more. */
    if (peer.kind == S5A_PEER_STREAM && S5A_REAL(getpeername)(fd, &real.plain, &real_len) != 0)
        return -errno;
    return answer(&peer.address, s5a_inet_len(&peer.address), address, len, false);
}

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
    if (real->family == AF_INET || real->family == AF_INET6)
        own.v4.sin_port = real->v4.sin_port; /* at the same place in both */
    return own;
}

int s5a_getsockname(int fd, struct sockaddr *address, socklen_t *len)
{
    struct s5a_peer peer;
    union s5a_inet real;
    socklen_t real_len = sizeof real;
    if (!s5a_peers_find(fd, &peer) || peer.facade == 0)
        return (int)s5a_from_libc(S5A_REAL(getsockname)(fd, address, len));
    memset(&real, 0, sizeof real);
    if (S5A_REAL(getsockname)(fd, &real.plain, &real_len) != 0)
        return -errno;
    union s5a_inet own = own_address(&real, &peer);
    return answer(&own, s5a_inet_len(&own), address, len, false);
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
    return answer(&info, sizeof info, value, len, true);
}

/* What the kernel's socket of another family does not know: its own answer where it has one. */
static int get_transport(int fd, const struct s5a_peer *peer, int level, int name, void *value,
                         socklen_t *len)
{
    const struct s5a_remembered *set = remembered(peer, level, name);
    int integer = set == NULL ? 0 : set->value;
    if (set == NULL && S5A_REAL(getsockopt)(fd, level, name, value, len) == 0)
        return 0;
    if (level == IPPROTO_TCP && name == TCP_INFO)
        return answer_tcp_info(value, len);
    return answer(&integer, sizeof integer, value, len, true);
}

/* What may have another answer than the kernel's; the rest is not worth a look at the table. */
static bool is_of_interest(int level, int name)
{
    return is_transport_level(level) ||
           (level == SOL_SOCKET &&
            (name == SO_PEERNAME || name == SO_DOMAIN || name == SO_PROTOCOL));
}

int s5a_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    struct s5a_peer peer;
    if (!is_of_interest(level, name) || !s5a_peers_find(fd, &peer))
        return (int)s5a_from_libc(S5A_REAL(getsockopt)(fd, level, name, value, len));
    if (level == SOL_SOCKET && name == SO_PEERNAME)
        return s5a_getpeername(fd, value, len);
    if (peer.facade == 0)
        return (int)s5a_from_libc(S5A_REAL(getsockopt)(fd, level, name, value, len));
    if (is_transport_level(level))
        return get_transport(fd, &peer, level, name, value, len);
    int integer = name == SO_DOMAIN ? peer.facade : IPPROTO_TCP;
    return answer(&integer, sizeof integer, value, len, true);
}

/* An integer option is kept, and accepted where all places are taken: the connection does not
 * depend on it. */
static int set_transport(int fd, struct s5a_peer *peer, int level, int name, const void *value,
                         socklen_t len)
{
    if (S5A_REAL(setsockopt)(fd, level, name, value, len) == 0)
        return 0;
    const struct s5a_remembered *place = remembered(peer, level, name);
    if (place == NULL)
        place = remembered(peer, 0, 0);
    if (place == NULL || value == NULL || len < sizeof(int))
        return value == NULL ? -EFAULT : 0;
    struct s5a_remembered *kept = &peer->options[place - peer->options];
    kept->level = (int16_t)level;
    kept->name = (int16_t)name;
    memcpy(&kept->value, value, sizeof kept->value);
    s5a_peers_put(fd, peer);
    return 0;
}

int s5a_setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    struct s5a_peer peer;
    if (is_transport_level(level) && s5a_peers_find(fd, &peer) && peer.facade != 0)
        return set_transport(fd, &peer, level, name, value, len);
    return (int)s5a_from_libc(S5A_REAL(setsockopt)(fd, level, name, value, len));
}
