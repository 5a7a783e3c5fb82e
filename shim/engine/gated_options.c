/* Names and options of a socket whose place a gate has taken: asked of the socket behind it. */
#include "shim/engine/gated.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>

#include "shim/engine/carry.h"
#include "shim/engine/pending.h"
#include "shim/engine/told.h"
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

/* What bounds the program's own calls, the gate has to know as well; by SO_RCVLOWAT the socket would
 * keep bytes from us. */
static bool is_for_both(int level, int name)
{
    return level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO);
}

static bool is_for_gate(int level, int name)
{
    return level == SOL_SOCKET && name == SO_RCVLOWAT;
}

static int get(int fd, const struct s5a_pending *p, const struct s5a_peer *peer, int level,
               int name, void *value, socklen_t *len)
{
    bool is_connecting = p->state == S5A_PENDING_CONNECTING;
    if (level == SOL_SOCKET && name == SO_ERROR)
        return is_connecting
                   ? s5a_answer_integer(0, value, len)
                   : (int)s5a_from_libc(S5A_REAL(getsockopt)(fd, level, name, value, len));
    if (is_for_gate(level, name))
        return (int)s5a_from_libc(S5A_REAL(getsockopt)(fd, level, name, value, len));
    int result = s5a_facade_get(p->own, peer, level, name, value, len);
    if (result == 0 && is_connecting && level == IPPROTO_TCP && name == TCP_INFO)
        pretend_syn_sent(value, *len);
    return result;
}

/* A gate that another process looks after: how it ended, that process has written on it. */
static int get_foreign(int fd, const struct s5a_peer *peer, int level, int name, void *value,
                       socklen_t *len)
{
    struct s5a_told told = { .error = 0 };
    if (level != SOL_SOCKET || name != SO_ERROR)
        return s5a_facade_get(fd, peer, level, name, value, len);
    int error = s5a_socket_option(fd, SOL_SOCKET, SO_ERROR, 0);
    if (error == ECONNRESET && s5a_told_find(fd, &told) && told.error != 0)
        error = told.error;
    return s5a_answer_integer(error, value, len);
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

/* What the program would do to the bytes of the connection is not done to what carries them: as by a
 * kernel that cannot. */
static int refusal(int level, int name)
{
    if (level == IPPROTO_TCP && name == TCP_ULP)
        return -ENOENT;
    if (level == IPPROTO_TCP && name >= TCP_REPAIR && name <= TCP_QUEUE_SEQ)
        return -EPERM;
    return level == SOL_SOCKET && name == SO_ZEROCOPY ? -EOPNOTSUPP : 0;
}

static int set(int fd, const struct s5a_pending *p, struct s5a_peer *entry, int level, int name,
               const void *value, socklen_t len, bool *is_changed)
{
    int refused = refusal(level, name);
    int on = p != NULL && !is_for_gate(level, name) ? p->own : fd;
    if (refused != 0)
        return refused;
    int result = s5a_facade_set(on, entry, level, name, value, len, is_changed);
    if (result == 0 && on != fd && is_for_both(level, name))
        (void)S5A_REAL(setsockopt)(fd, level, name, value, len);
    return result;
}

int s5a_gated_setsockopt(int fd, const struct s5a_peer *peer, int level, int name,
                         const void *value, socklen_t len)
{
    struct s5a_peer entry = *peer;
    struct s5a_locked locked;
    bool is_changed = false;
    s5a_lock(&locked);
    int result = set(fd, s5a_pending_of(peer), &entry, level, name, value, len, &is_changed);
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

/* What the program has written and nobody has confirmed: in the gate, here, and in the socket. */
static int queued(const struct s5a_pending *p, unsigned long request, int *out)
{
    int in_socket = 0;
    size_t before = p->state == S5A_PENDING_CARRIED ? s5a_carry_waiting(p) : 0;
    if (out == NULL)
        return -EFAULT;
    if (p->state != S5A_PENDING_CONNECTING && S5A_REAL(ioctl)(p->own, request, &in_socket) != 0)
        return -errno;
    *out = in_socket + (int)before;
    return 0;
}

static int ioctl_behind(int fd, const struct s5a_peer *peer, unsigned long request, void *argument)
{
    const struct s5a_pending *p = s5a_pending_of(peer);
    if (p != NULL && p->state == S5A_PENDING_CARRIED)
        p = s5a_pending_settled(peer);
    if (p != NULL && (request == SIOCOUTQ || request == SIOCOUTQNSD))
        return queued(p, request, argument);
    return (int)s5a_from_libc(S5A_REAL(ioctl)(p != NULL ? p->own : fd, request, argument));
}

int s5a_gated_ioctl(int fd, const struct s5a_peer *peer, unsigned long request, void *argument)
{
    struct s5a_locked locked;
    if (request == FIONBIO)
        return made_plain(peer, (int)s5a_from_libc(S5A_REAL(ioctl)(fd, request, argument)));
    if (is_of_gate(request))
        return (int)s5a_from_libc(S5A_REAL(ioctl)(fd, request, argument));
    s5a_lock(&locked);
    int result = ioctl_behind(fd, peer, request, argument);
    s5a_unlock(&locked);
    return result;
}
