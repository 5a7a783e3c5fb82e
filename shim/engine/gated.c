/* Calls that change a socket whose place a gate has taken. */
#include "shim/engine/gated.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "shim/engine/conclude.h"
#include "shim/engine/watches.h"
#include "shim/lock.h"
#include "shim/programs/vfork.h"
#include "shim/real.h"
#include "shim/result.h"
#include "shim/sockets/patience.h"

bool s5a_is_gated(int fd, struct s5a_peer *peer)
{
    return s5a_pending_may_be(fd) && !s5a_lock_is_mine() && s5a_peers_find(fd, peer) &&
           peer->kind == S5A_PEER_GATE;
}

static bool is_writable(int fd)
{
    struct pollfd one = { .fd = fd, .events = POLLOUT };
    return poll(&one, 1, 0) == 1 && one.revents == POLLOUT;
}

/* Another process's gate: once it has been seen open it is known as what it then is, a stand-in. */
static bool is_connected_elsewhere(int fd, const struct s5a_peer *peer)
{
    struct s5a_peer stream = *peer;
    if (!is_writable(fd))
        return false;
    stream.kind = S5A_PEER_STREAM;
    s5a_peers_put(fd, &stream);
    return true;
}

bool s5a_gated_is_connected(int fd, const struct s5a_peer *peer)
{
    struct s5a_locked locked;
    s5a_lock(&locked);
    const struct s5a_pending *p = s5a_pending_of(peer);
    bool is_ours = p != NULL;
    bool is_connected = is_ours && p->state != S5A_PENDING_CONNECTING;
    s5a_unlock(&locked);
    return is_ours ? is_connected : is_connected_elsewhere(fd, peer);
}

/* ---- connect() once more ---- */

enum { WAITING, TOLD_NOW, TOLD_BEFORE, ELSEWHERE };

static int look(const struct s5a_peer *peer)
{
    struct s5a_locked locked;
    s5a_lock(&locked);
    struct s5a_pending *p = s5a_pending_of(peer);
    int result = ELSEWHERE;
    if (p != NULL && p->state == S5A_PENDING_CONNECTING)
        result = WAITING;
    else if (p != NULL && p->state == S5A_PENDING_CARRIED) {
        result = p->is_told ? TOLD_BEFORE : TOLD_NOW;
        p->is_told = true;
    }
    s5a_unlock(&locked);
    return result;
}

static bool still_leads_there(int fd, const struct s5a_peer *peer)
{
    struct s5a_peer now;
    return s5a_is_gated(fd, &now) && now.cookie == peer->cookie;
}

/* SO_SNDTIMEO bounds a blocking connect() each time that it is called. */
static uint64_t wait_limit(int fd, const struct s5a_peer *peer)
{
    struct timeval own = { 0, 0 };
    socklen_t len = sizeof own;
    (void)s5a_gated_getsockopt(fd, peer, SOL_SOCKET, SO_SNDTIMEO, &own, &len);
    uint64_t ms = (uint64_t)own.tv_sec * 1000 + (uint64_t)(own.tv_usec + 999) / 1000;
    return ms == 0 ? UINT64_MAX : s5a_now() + ms;
}

static bool is_blocking(int fd)
{
    return (s5a_gated_flags(fd) & O_NONBLOCK) == 0;
}

static int wait_open(int fd, const struct s5a_peer *peer)
{
    if (!is_blocking(fd))
        return -EALREADY;
    uint64_t until = wait_limit(fd, peer);
    int waited = s5a_wait_patiently(fd, POLLOUT, until, until != UINT64_MAX);
    return waited > 0 ? 0 : waited == 0 ? -EALREADY : waited;
}

int s5a_gated_connect(int fd, const struct s5a_peer *peer)
{
    for (bool has_waited = false;; has_waited = true) {
        int stands = look(peer);
        if (stands == ELSEWHERE && !still_leads_there(fd, peer))
            return -EAGAIN;
        if (stands == ELSEWHERE && is_writable(fd))
            stands = TOLD_BEFORE;
        if (stands == TOLD_NOW || (stands == TOLD_BEFORE && has_waited))
            return 0; /* all that wait are told */
        if (stands == TOLD_BEFORE)
            return -EISCONN;
        int failed = wait_open(fd, peer);
        if (failed != 0)
            return failed;
    }
}

/* ---- ends ---- */

static bool disconnect(const struct s5a_peer *peer, bool only_connecting)
{
    struct s5a_locked locked;
    s5a_lock(&locked);
    struct s5a_pending *p = s5a_pending_settled(peer);
    bool is_ours = p != NULL && (p->state == S5A_PENDING_CONNECTING || !only_connecting);
    if (is_ours)
        s5a_conclude_disconnect(p);
    s5a_unlock(&locked);
    return is_ours;
}

int s5a_gated_disconnect(int fd, const struct s5a_peer *peer)
{
    if (disconnect(peer, false))
        return 0;
    return still_leads_there(fd, peer) ? -EOPNOTSUPP : -EAGAIN;
}

int s5a_gated_shutdown(int fd, const struct s5a_peer *peer, int how)
{
    if (how >= SHUT_RD && how <= SHUT_RDWR && disconnect(peer, true))
        return 0;
    return (int)s5a_from_libc(S5A_REAL(shutdown)(fd, how));
}

/* The last number of a gate that no other process holds takes the connect with it. */
static void drop(struct s5a_pending *p)
{
    if (p->is_busy)
        p->is_dropped = true;
    else
        s5a_pending_end(p);
}

int s5a_gated_close(int fd, const struct s5a_peer *peer)
{
    struct s5a_locked locked;
    s5a_lock(&locked); /* a swap must not come in between */
    struct s5a_pending *p = s5a_pending_of(peer);
    bool is_last = p != NULL && p->state == S5A_PENDING_CONNECTING && !p->is_shared &&
                   !s5a_watches_is_doubled(p->gate) && !s5a_in_vfork_child();
    int result = (int)s5a_from_libc(S5A_REAL(close)(fd));
    if (is_last)
        drop(p);
    s5a_unlock(&locked);
    return result;
}

/* ---- descriptor passing ---- */

static void share(int fd)
{
    struct s5a_peer peer;
    struct s5a_locked locked;
    if (!s5a_is_gated(fd, &peer))
        return;
    s5a_lock(&locked);
    struct s5a_pending *p = s5a_pending_of(&peer);
    if (p != NULL)
        p->is_shared = true;
    s5a_unlock(&locked);
}

static bool is_whole(const struct msghdr *message, const struct cmsghdr *c)
{
    size_t before = (size_t)((const char *)c - (const char *)message->msg_control);
    return c->cmsg_len >= CMSG_LEN(0) && c->cmsg_len <= message->msg_controllen - before;
}

void s5a_gated_passed(const struct msghdr *message)
{
    struct msghdr *in = (struct msghdr *)(uintptr_t)message; /* CMSG_NXTHDR takes no const one */
    for (struct cmsghdr *c = CMSG_FIRSTHDR(in); c != NULL; c = CMSG_NXTHDR(in, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        if (!is_whole(in, c)) /* the kernel says so */
            return;
        for (size_t at = 0; at + sizeof(int) <= c->cmsg_len - CMSG_LEN(0); at += sizeof(int)) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + at, sizeof fd);
            share(fd);
        }
    }
}
