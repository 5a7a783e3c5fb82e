/* Names and options of a socket whose place a gate has taken: asked of the socket behind it. */
#include "shim/engine/gated.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>

#include "shim/engine/gate.h"
#include "shim/engine/pending.h"
#include "shim/lock.h"
#include "shim/real.h"
#include "shim/result.h"
#include "shim/sockets/answer.h"
#include "shim/sockets/facade.h"
#include "shim/sockets/sockets.h"

int s5a_gated_getsockname(int fd, const struct s5a_peer *peer, struct sockaddr *address,
                          socklen_t *len)
{
    struct s5a_locked locked;
    s5a_lock(&locked);
    const struct s5a_pending *p = s5a_pending_of(peer);
    int result = s5a_facade_sockname(p != NULL ? p->own : fd, peer, address, len);
    s5a_unlock(&locked);
    return result;
}

/* The socket itself may be further than the program is told. */
static void pretend_syn_sent(void *value, socklen_t len)
{
    if (len > 0)
        *(uint8_t *)value = TCP_SYN_SENT; /* tcpi_state comes first */
}

static int get(int fd, const struct s5a_pending *p, const struct s5a_peer *peer, int level,
               int name, void *value, socklen_t *len)
{
    bool is_connecting = p->state == S5A_PENDING_CONNECTING;
    if (level == SOL_SOCKET && name == SO_ERROR)
        return is_connecting
                   ? s5a_answer_integer(0, value, len)
                   : (int)s5a_from_libc(S5A_REAL(getsockopt)(fd, level, name, value, len));
    int result = s5a_facade_get(p->own, peer, level, name, value, len);
    if (result == 0 && is_connecting && level == IPPROTO_TCP && name == TCP_INFO)
        pretend_syn_sent(value, *len);
    return result;
}

/* A gate that another process looks after: how it ended, that process has written on it. */
static int get_foreign(int fd, const struct s5a_peer *peer, int level, int name, void *value,
                       socklen_t *len)
{
    int told;
    if (level == SOL_SOCKET && name == SO_ERROR &&
        s5a_socket_option(fd, SOL_SOCKET, SO_ERROR, 0) == ECONNRESET &&
        (told = s5a_gate_told_error(fd)) != 0)
        return s5a_answer_integer(told, value, len);
    return s5a_facade_get(fd, peer, level, name, value, len);
}

int s5a_gated_getsockopt(int fd, const struct s5a_peer *peer, int level, int name, void *value,
                         socklen_t *len)
{
    struct s5a_locked locked;
    s5a_lock(&locked);
    const struct s5a_pending *p = s5a_pending_of(peer);
    int result = p != NULL ? get(fd, p, peer, level, name, value, len)
                           : get_foreign(fd, peer, level, name, value, len);
    s5a_unlock(&locked);
    return result;
}

/* What bounds the program's own blocking calls, the gate has to know as well. */
static bool is_for_both(int level, int name)
{
    return level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO);
}

int s5a_gated_setsockopt(int fd, const struct s5a_peer *peer, int level, int name,
                         const void *value, socklen_t len)
{
    struct s5a_peer entry = *peer;
    struct s5a_locked locked;
    bool is_changed;
    s5a_lock(&locked);
    const struct s5a_pending *p = s5a_pending_of(peer);
    int result =
        s5a_facade_set(p != NULL ? p->own : fd, &entry, level, name, value, len, &is_changed);
    if (result == 0 && p != NULL && is_for_both(level, name))
        (void)S5A_REAL(setsockopt)(fd, level, name, value, len);
    if (is_changed)
        (void)s5a_peers_put_locked(fd, &entry);
    s5a_unlock(&locked);
    return result;
}

/* ---- status flags ---- */

int s5a_gated_flags(int fd)
{
    struct s5a_locked locked;
    struct s5a_peer peer;
    const struct s5a_pending *p = NULL;
    s5a_lock(&locked); /* or a gate may come or go between the two looks */
    int flags = (int)s5a_from_libc(S5A_REAL(fcntl)(fd, F_GETFL));
    if (s5a_peers_find_locked(fd, &peer) && peer.kind == S5A_PEER_GATE)
        p = s5a_pending_of(&peer);
    bool is_blocking = flags >= 0 && p != NULL && p->is_blocking;
    s5a_unlock(&locked);
    return is_blocking ? flags & ~O_NONBLOCK : flags;
}

/* Now it does what it says: who lets it block may go to sleep in it. */
static int made_plain(const struct s5a_peer *peer, int result)
{
    struct s5a_locked locked;
    s5a_lock(&locked);
    struct s5a_pending *p = s5a_pending_of(peer);
    if (result == 0 && p != NULL)
        p->is_blocking = false;
    s5a_unlock(&locked);
    return result;
}

int s5a_gated_set_flags(int fd, const struct s5a_peer *peer, int flags)
{
    return made_plain(peer, (int)s5a_from_libc(S5A_REAL(fcntl)(fd, F_SETFL, flags)));
}

/* What concerns the description, or bytes that wait for the program, is the gate's; nothing of the
 * program's is on its way yet. */
static bool is_of_gate(unsigned long request)
{
    return request == FIOASYNC || request == FIOCLEX || request == FIONCLEX ||
           request == FIOSETOWN || request == SIOCSPGRP || request == FIOGETOWN ||
           request == SIOCGPGRP || request == FIONREAD;
}

int s5a_gated_ioctl(int fd, const struct s5a_peer *peer, unsigned long request, void *argument)
{
    struct s5a_locked locked;
    int result;
    if (request == FIONBIO)
        return made_plain(peer, (int)s5a_from_libc(S5A_REAL(ioctl)(fd, request, argument)));
    if (is_of_gate(request))
        return (int)s5a_from_libc(S5A_REAL(ioctl)(fd, request, argument));
    s5a_lock(&locked);
    const struct s5a_pending *p = s5a_pending_of(peer);
    if (p != NULL && p->state == S5A_PENDING_CONNECTING && request == SIOCOUTQ &&
        argument != NULL) {
        *(int *)argument = 0;
        result = 0;
    } else {
        result = (int)s5a_from_libc(S5A_REAL(ioctl)(p != NULL ? p->own : fd, request, argument));
    }
    s5a_unlock(&locked);
    return result;
}
