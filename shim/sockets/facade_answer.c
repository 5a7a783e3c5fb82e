/* The answers of the TCP socket that the program made, where something else serves it. */
#include "shim/sockets/facade.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>

#include "shim/engine/told.h"
#include "shim/real.h"
#include "shim/result.h"
#include "shim/sockets/answer.h"
#include "shim/sockets/forward.h"
#include "shim/sockets/sockets.h"

/* ---- names ---- */

/* The stand-in's own address in the program's family; its port is the true one. */
static union s5a_inet in_family(const union s5a_inet *real, const struct s5a_peer *peer)
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

int s5a_facade_local(int fd, const struct s5a_peer *peer, union s5a_inet *out)
{
    struct s5a_told told;
    socklen_t len = sizeof *out;
    memset(out, 0, sizeof *out);
    if (S5A_REAL(getsockname)(fd, &out->plain, &len) != 0)
        return -errno;
    if (out->family == AF_UNIX && s5a_told_find(fd, &told) && told.local.family == peer->facade)
        *out = told.local;
    else if (out->family != peer->facade)
        *out = in_family(out, peer);
    return 0;
}

int s5a_facade_sockname(int fd, const struct s5a_peer *peer, struct sockaddr *address,
                        socklen_t *len)
{
    union s5a_inet own;
    if (peer->facade == AF_UNIX) /* without a name */
        return s5a_answer(&(sa_family_t){ AF_UNIX }, sizeof(sa_family_t), address, len, false);
    int failed = s5a_facade_local(fd, peer, &own);
    return failed != 0 ? failed : s5a_answer(&own, s5a_inet_len(&own), address, len, false);
}

/* ---- options ---- */

static const struct s5a_remembered *remembered(const struct s5a_peer *peer, int level, int name)
{
    for (size_t i = 0; i < S5A_FACADE_OPTIONS; i++)
        if (peer->options[i].level == level && peer->options[i].name == name)
            return &peer->options[i];
    return NULL;
}

bool s5a_is_transport_level(int level)
{
    return level == IPPROTO_TCP || level == IPPROTO_IP || level == IPPROTO_IPV6;
}

/* TCP_INFO of what is not TCP: its state, and nothing else known. */
static int answer_tcp_info(bool is_listener, void *value, socklen_t *len)
{
    struct tcp_info info = { .tcpi_state = is_listener ? TCP_LISTEN : TCP_ESTABLISHED };
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
        return answer_tcp_info(peer->kind == S5A_PEER_LISTENER, value, len);
    return s5a_answer_integer(set == NULL ? 0 : set->value, value, len);
}

/* What TCP sockets say of the process at the other end. */
static int answer_nobody(void *value, socklen_t *len)
{
    struct ucred nobody = { .pid = 0, .uid = (uid_t)-1, .gid = (gid_t)-1 };
    return s5a_answer(&nobody, sizeof nobody, value, len, true);
}

int s5a_facade_get(int fd, const struct s5a_peer *peer, int level, int name, void *value,
                   socklen_t *len)
{
    int answered;
    if (peer->facade == AF_UNIX && s5a_forward_getsockopt(level, name, value, len, &answered))
        return answered;
    if (s5a_is_transport_level(level))
        return get_transport(fd, peer, level, name, value, len);
    if (level == SOL_SOCKET && name == SO_PEERCRED)
        return answer_nobody(value, len);
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
    if (peer->facade == AF_UNIX && s5a_is_transport_level(level))
        return -EOPNOTSUPP;
    if (S5A_REAL(setsockopt)(fd, level, name, value, len) == 0)
        return 0;
    int error = errno;
    if (!s5a_is_transport_level(level) || has_level(fd, peer, level))
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
