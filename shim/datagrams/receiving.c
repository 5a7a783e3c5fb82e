/* Receiving calls on sockets that send through the proxy. */
#include "shim/datagrams/receiving.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "shim/datagrams/errors.h"
#include "shim/datagrams/gathered.h"
#include "shim/datagrams/letting_in.h"
#include "shim/datagrams/mtu.h"
#include "shim/datagrams/scatter.h"
#include "shim/datagrams/telling.h"
#include "shim/real.h"
#include "shim/result.h"

/* One datagram, as it came. */
struct arrived {
    union s5a_inet source; /* then as the program knows it */
    size_t len;            /* in all, with its header */
    size_t gathered;       /* of it, in the buffers */
    size_t header;
};

static size_t likely_header(const struct s5a_association *a)
{
    if (!a->is_engaged)
        return 0;
    return a->is_connected && a->peer_real.type == S5A_ATYP_IPV6 ? S5A_SCATTER_HEAD : 10;
}

/* ---- what it is ---- */

static bool is_of_peer(const struct s5a_association *a, const union s5a_inet *source)
{
    return !a->is_connected || s5a_inet_equal(source, &a->peer);
}

/* Takes the header for read and turns the source into the program's. */
static bool unwrap(const struct s5a_association *a, const struct s5a_scatter *s,
                   struct arrived *got)
{
    uint8_t head[S5A_UDP_HEADER_MAX];
    struct s5a_udp udp;
    size_t len = s5a_scatter_peek(s, got->gathered, head, sizeof head);
    if (s5a_udp_decode((struct s5a_span){ head, len }, &udp) != S5A_OK || udp.frag != 0)
        return false;
    got->header = len - udp.data.len;
    return s5a_association_source(a, &udp.address, udp.port, &got->source);
}

/* False: not for the program. */
static bool judge(int fd, const struct s5a_association *a, const struct s5a_scatter *s,
                  struct arrived *got)
{
    got->header = 0;
    if (got->source.family == AF_UNSPEC) /* no datagram: the socket is shut down */
        return true;
    switch (s5a_sender_of(fd, a, &got->source)) {
    case S5A_SENDER_WRAPPED:
        return unwrap(a, s, got) && is_of_peer(a, &got->source);
    case S5A_SENDER_DIRECT:
        s5a_association_direct_source(a, &got->source);
        return true;
    case S5A_SENDER_FOREIGN:
        break;
    }
    return false;
}

/* What a datagram of the program's own has come to: its copy stands with an error about it, or a part of
 * it, or nothing does. */
static void judge_error(int fd, const struct s5a_association *a, const struct s5a_scatter *s,
                        struct arrived *got, struct msghdr *by)
{
    bool is_nobodys = got->source.family == AF_UNSPEC && a->is_engaged;
    got->header =
        is_nobodys ? got->len : 0; /* what the kernel has sent, down to the proxy's address */
    if (!s5a_error_is_of_relay(fd, a, &got->source)) {
        s5a_association_direct_source(a, &got->source);
        return;
    }
    if (!unwrap(a, s, got)) {
        got->header = got->len;
        got->source = a->is_connected ? a->peer : a->latest;
    }
    s5a_error_conceal(by);
    s5a_datagram_correct_mtu(a, by);
}

/* ---- taking it ---- */

/* The kernel's call into the scattered buffers. */
static ssize_t take(int fd, struct msghdr *message, int flags, struct s5a_scatter *s,
                    struct arrived *got)
{
    message->msg_name = &got->source;
    message->msg_namelen = sizeof got->source;
    message->msg_iov = s->list;
    message->msg_iovlen = s->count;
    memset(&got->source, 0, sizeof got->source);
    ssize_t len = s5a_from_libc(S5A_REAL(recvmsg)(fd, message, flags | MSG_TRUNC));
    if (len < 0)
        return len;
    size_t cap = s->head_len + s->room + sizeof s->tail;
    got->len = (size_t)len;
    got->gathered = got->len < cap ? got->len : cap;
    return 0;
}

/* A peek has shown what is not for the program. */
static void pass_over(int fd, int flags)
{
    char byte;
    if ((flags & MSG_PEEK) != 0)
        (void)S5A_REAL(recv)(fd, &byte, sizeof byte, MSG_DONTWAIT);
}

static void answer_source(struct msghdr *message, const union s5a_inet *source)
{
    socklen_t len = source->family == AF_UNSPEC ? 0 : s5a_inet_len(source);
    if (message->msg_name == NULL)
        return;
    memcpy(message->msg_name, source, message->msg_namelen < len ? message->msg_namelen : len);
    message->msg_namelen = len;
}

/* Into the program's message. */
static ssize_t deliver(struct msghdr *message, const struct msghdr *by, int flags,
                       struct s5a_scatter *s, const struct arrived *got)
{
    size_t data = got->len - got->header;
    size_t kept = s5a_scatter_settle(s, got->gathered, got->header);
    answer_source(message, &got->source);
    message->msg_controllen = by->msg_controllen;
    message->msg_flags = by->msg_flags & ~MSG_TRUNC;
    if (data > kept)
        message->msg_flags |= MSG_TRUNC;
    return (ssize_t)((flags & MSG_TRUNC) != 0 ? data : kept);
}

/* The association may be made, and the socket connected, while the call sleeps: a datagram is judged
 * by what is known when it has come. */
static ssize_t receive(int fd, struct msghdr *message, int flags, struct s5a_association *a)
{
    struct s5a_scatter s;
    struct arrived got;
    bool is_error = (flags & MSG_ERRQUEUE) != 0;
    if (!s5a_scatter_init(&s, message->msg_iov, message->msg_iovlen, likely_header(a)))
        return -EMSGSIZE;
    for (;;) {
        struct msghdr by = *message;
        ssize_t failed = take(fd, &by, flags, &s, &got);
        if (failed != 0)
            return s5a_told(a, (int)failed);
        s5a_association_refresh(a);
        if (is_error)
            judge_error(fd, a, &s, &got, &by);
        if (is_error || judge(fd, a, &s, &got))
            return deliver(message, &by, flags, &s, &got);
        pass_over(fd, flags);
    }
}

/* Into one buffer in between, where there are too many. */
static ssize_t receive_gathered(int fd, struct msghdr *message, int flags,
                                struct s5a_association *a)
{
    struct s5a_gathered whole;
    struct msghdr one = *message;
    if (!s5a_gathered_open(&whole, message))
        return -ENOBUFS;
    one.msg_iov = &whole.part;
    one.msg_iovlen = 1;
    ssize_t result = receive(fd, &one, flags, a);
    if (result >= 0)
        s5a_gathered_scatter(&whole, message, (size_t)result);
    s5a_gathered_close(&whole);
    one.msg_iov = message->msg_iov;
    one.msg_iovlen = message->msg_iovlen;
    if (result >= 0)
        *message = one;
    return result;
}

ssize_t s5a_receive_of(int fd, struct msghdr *message, int flags, struct s5a_association *a)
{
    if (message->msg_iovlen > IOV_MAX)
        return -EMSGSIZE;
    return message->msg_iovlen > S5A_SCATTER_PARTS ? receive_gathered(fd, message, flags, a)
                                                   : receive(fd, message, flags, a);
}

ssize_t s5a_receive_message(int fd, struct msghdr *message, int flags)
{
    struct s5a_association a;
    if (message == NULL || !s5a_association_find(fd, &a) || a.is_direct)
        return s5a_from_libc(S5A_REAL(recvmsg)(fd, message, flags));
    return s5a_receive_of(fd, message, flags, &a);
}
