/* Sending calls with an address or with MSG_FASTOPEN.
 *
 * TCP Fast Open means: connect, and send in one. Through a proxy that is a connect, then a send;
 * data in the SYN would reach the proxy in place of its greeting. */
#include "shim/sockets/send.h"

#include <errno.h>
#include <limits.h>

#include "shim/datagrams/sending.h"
#include "shim/engine/gated.h"
#include "shim/engine/pending.h"
#include "shim/sockets/connect.h"
#include "shim/sockets/foreign.h"
#include "shim/sockets/forward.h"
#include "shim/sockets/sent.h"
#include "shim/real.h"
#include "shim/result.h"
#include "shim/sockets/sockets.h"

static bool is_gated(int fd)
{
    struct s5a_peer peer;
    return s5a_is_gated(fd, &peer);
}

static bool is_fast_open(int fd, int flags)
{
    struct s5a_socket_kind kind;
    return (flags & MSG_FASTOPEN) != 0 &&
           ((s5a_socket_kind(fd, &kind) && s5a_is_stream(&kind)) || is_gated(fd));
}

struct destination {
    const struct sockaddr *address; /* NULL: none */
    socklen_t len;
};

static const struct destination nowhere = { NULL, 0 };

/* A connected TCP socket ignores an address; what stands in for one would not. */
static bool is_replaced(int fd)
{
    struct s5a_peer peer;
    return s5a_peers_find_any(fd, &peer) && peer.facade != 0;
}

/* By a local socket, which can do what TCP cannot. */
static bool is_local(int fd, struct s5a_peer *peer)
{
    return s5a_socket_option(fd, SOL_SOCKET, SO_DOMAIN, AF_INET) == AF_UNIX &&
           s5a_peers_find_any(fd, peer) && peer->facade != 0;
}

/* A shut gate takes nothing, were it urgent; a connection that is not TCP has no urgent data. */
static bool is_too_urgent(int fd, int flags)
{
    struct s5a_peer peer;
    return (flags & MSG_OOB) != 0 && is_local(fd, &peer) &&
           (peer.kind != S5A_PEER_GATE || s5a_gated_is_connected(fd, &peer));
}

static int open_fast(int fd, int *flags, struct destination *to)
{
    struct destination target = *to;
    if (target.address == NULL)
        return -EINVAL;
    *flags &= ~MSG_FASTOPEN;
    *to = nowhere;
    return (*flags & MSG_DONTWAIT) != 0 ? s5a_connect_hastily(fd, target.address, target.len)
                                        : s5a_connect(fd, target.address, target.len);
}

/* Connects where the flags ask for it and clears them, takes away an address that means nothing, and
 * says where a datagram goes. 0 or -errno. */
static int prepare(int fd, int *flags, struct destination *to, struct s5a_datagram_route *route)
{
    route->way = S5A_WAY_KERNEL;
    if (is_fast_open(fd, *flags))
        return open_fast(fd, flags, to);
    int failed = s5a_forward_permits(fd, to->address, to->len);
    if (failed == 0)
        failed = s5a_datagram_route(fd, to->address, to->len, route);
    if (failed == 0 && is_too_urgent(fd, *flags))
        return -EOPNOTSUPP;
    if (failed == 0 && route->way == S5A_WAY_KERNEL && to->address != NULL && is_replaced(fd))
        *to = nowhere;
    return failed;
}

static ssize_t send_datagram(int fd, const void *bytes, size_t len, int flags,
                             struct s5a_datagram_route *route)
{
    struct iovec part = { (void *)(uintptr_t)bytes, len };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    return s5a_datagram_send(fd, &message, flags, route);
}

ssize_t s5a_send(int fd, const void *bytes, size_t len, int flags)
{
    struct destination to = nowhere;
    struct s5a_datagram_route route;
    int failed = prepare(fd, &flags, &to, &route);
    if (failed != 0)
        return failed;
    if (route.way != S5A_WAY_KERNEL)
        return send_datagram(fd, bytes, len, flags, &route);
    int spared = s5a_spare_signal(fd, flags);
    return s5a_sent(fd, s5a_from_libc(S5A_REAL(send)(fd, bytes, len, spared)), flags);
}

ssize_t s5a_sendto(int fd, const void *bytes, size_t len, int flags, const struct sockaddr *address,
                   socklen_t address_len)
{
    struct destination to = { address, address_len };
    struct s5a_datagram_route route;
    int failed = prepare(fd, &flags, &to, &route);
    if (failed != 0)
        return failed;
    if (route.way != S5A_WAY_KERNEL)
        return send_datagram(fd, bytes, len, flags, &route);

    int spared = s5a_spare_signal(fd, flags);
    return s5a_sent(fd, s5a_from_libc(S5A_REAL(sendto)(fd, bytes, len, spared, to.address, to.len)),
                    flags);
}

static bool has_descriptors(struct msghdr *message)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
            return true;
    return false;
}

/* The kernel never refuses them to a Unix socket, and what passes them is not prepared for that: libxcb
 * waits for ever. Without them the other end, which has to expect that, says what is wrong. */
static void note_loss(int fd, struct msghdr *message)
{
    struct s5a_peer peer;
    if (s5a_forward_any() && has_descriptors(message) && s5a_peers_find_any(fd, &peer) &&
        s5a_forward_is_peer(&peer))
        s5a_forward_log_loss(&peer);
}

/* Descriptors and the like are nothing to TCP, which looks at the form of what is said of them. */
static int strip_control(int fd, struct msghdr *message)
{
    struct s5a_peer peer;
    if (message->msg_controllen == 0)
        return 0;
    note_loss(fd, message);
    if (s5a_pending_any())
        s5a_gated_passed(message);
    if (!is_local(fd, &peer))
        return 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c))
        if (c->cmsg_len < sizeof *c)
            return -EINVAL;
    message->msg_control = NULL;
    message->msg_controllen = 0;
    return 0;
}

ssize_t s5a_sendmsg(int fd, const struct msghdr *message, int flags)
{
    if (message == NULL)
        return s5a_from_libc(S5A_REAL(sendmsg)(fd, message, flags));
    struct destination to = { message->msg_name, message->msg_namelen };
    struct s5a_datagram_route route;
    int failed = prepare(fd, &flags, &to, &route);
    if (failed != 0)
        return failed;
    if (route.way != S5A_WAY_KERNEL)
        return s5a_datagram_send(fd, message, flags, &route);
    struct msghdr prepared = *message;
    failed = strip_control(fd, &prepared);
    if (failed != 0)
        return failed;
    if (to.address != message->msg_name) {
        prepared.msg_name = NULL;
        prepared.msg_namelen = 0;
    }
    int spared = s5a_spare_signal(fd, flags);
    return s5a_sent(fd, s5a_from_libc(S5A_REAL(sendmsg)(fd, &prepared, spared)), flags);
}

/* Datagrams alone: what else is written is not looked at (send.h). */
ssize_t s5a_writev(int fd, const struct iovec *parts, int count)
{
    struct s5a_datagram_route route;
    struct msghdr message = { .msg_iov = (struct iovec *)(uintptr_t)parts,
                              .msg_iovlen = (size_t)count };
    bool is_sane = parts != NULL && count >= 0 && count <= IOV_MAX;
    int failed = is_sane ? s5a_datagram_route(fd, NULL, 0, &route) : 0;
    if (failed != 0)
        return failed;
    if (is_sane && route.way != S5A_WAY_KERNEL)
        return s5a_datagram_send(fd, &message, 0, &route);
    return is_sane ? s5a_write_sparing(fd, parts, count)
                   : s5a_from_libc(S5A_REAL(writev)(fd, parts, count));
}

ssize_t s5a_write(int fd, const void *bytes, size_t len)
{
    struct s5a_datagram_route route;
    int failed = s5a_datagram_route(fd, NULL, 0, &route);
    if (failed != 0)
        return failed;
    if (route.way != S5A_WAY_KERNEL)
        return send_datagram(fd, bytes, len, 0, &route);
    if (s5a_pending_may_be(fd))
        return s5a_write_sparing(fd, &(struct iovec){ (void *)(uintptr_t)bytes, len }, 1);
    return s5a_from_libc(S5A_REAL(write)(fd, bytes, len));
}

/* One message of several, with the length that the kernel reports for it. */
static int send_one(int fd, struct mmsghdr *message, int flags)
{
    ssize_t len = s5a_sendmsg(fd, &message->msg_hdr, flags);
    if (len >= 0)
        message->msg_len = (unsigned)len;
    return len < 0 ? (int)len : 0;
}

/* True where no message names an address, opens a connection or may pass a gate on: the kernel may
 * take them at once. */
static bool is_plain(int fd, const struct mmsghdr *messages, unsigned count, int flags)
{
    struct s5a_association a;
    if (is_fast_open(fd, flags) || s5a_pending_any() ||
        (s5a_association_find(fd, &a) && !a.is_direct))
        return false;
    for (unsigned i = 0; i < count; i++)
        if (messages[i].msg_hdr.msg_name != NULL || messages[i].msg_hdr.msg_controllen != 0)
            return false;
    return true;
}

int s5a_sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
    unsigned done = 0;
    int failed = 0;
    if (messages == NULL || is_plain(fd, messages, count, flags))
        return (int)s5a_from_libc(S5A_REAL(sendmmsg)(fd, messages, count, flags));
    while (done < count && failed == 0) {
        failed = send_one(fd, &messages[done], flags);
        done += failed == 0;
    }
    return done > 0 || failed == 0 ? (int)done : failed;
}
