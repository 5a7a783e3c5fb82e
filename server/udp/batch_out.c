/* sendmmsg, with datagrams of one length to one target as segments of one message. */
#include "server/udp/batch.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103 /* Linux 4.18 */
#endif

enum {
    SEGMENTS_LEN_MAX = 65000, /* of a message: less than an IP packet holds */
    FLAGS = MSG_DONTWAIT | MSG_NOSIGNAL,
};

void s5ad_batch_send(struct s5ad_batch *batch, int fd, struct s5a_span bytes,
                     const struct s5ad_sockaddr *to)
{
    static const struct s5ad_sockaddr connected = { .any = { .sa_family = AF_UNSPEC } };
    if (batch->out_count == S5AD_BATCH_MAX || (batch->out_count > 0 && batch->out_fd != fd))
        s5ad_batch_flush(batch);
    unsigned i = batch->out_count++;
    batch->out_fd = fd;
    batch->out_at[i] = (struct iovec){ (void *)(uintptr_t)bytes.at, bytes.len };
    batch->to[i] = to ? *to : connected;
}

/* ---- which are sent as one ---- */

/* 0: the socket is connected. */
static socklen_t name_len(const struct s5ad_sockaddr *to)
{
    return to->any.sa_family == AF_UNSPEC ? 0 : s5ad_sockaddr_len(to);
}

static bool is_to_the_same(const struct s5ad_batch *batch, unsigned a, unsigned b)
{
    socklen_t len = name_len(&batch->to[a]);
    return name_len(&batch->to[b]) == len && memcmp(&batch->to[a], &batch->to[b], len) == 0;
}

/* How many from `first` on: all as long as it, the last perhaps shorter. The kernel knows no empty ones. */
static unsigned run_from(const struct s5ad_batch *batch, unsigned first)
{
    size_t size = batch->out_at[first].iov_len, len = size, total = size;
    unsigned at = first + 1;
    for (; at < batch->out_count && len == size && len > 0; at++) {
        len = batch->out_at[at].iov_len;
        total += len;
        if (len == 0 || len > size || total > SEGMENTS_LEN_MAX || !is_to_the_same(batch, first, at))
            break;
    }
    return at - first;
}

/* ---- messages ---- */

static void say_size(struct msghdr *message, struct s5ad_batch_control *control)
{
    struct cmsghdr *c = &control->header;
    uint16_t size = (uint16_t)message->msg_iov[0].iov_len;
    *c = (struct cmsghdr){ CMSG_LEN(sizeof size), IPPROTO_UDP, UDP_SEGMENT };
    memcpy(CMSG_DATA(c), &size, sizeof size);
    message->msg_control = control;
    message->msg_controllen = sizeof *control;
}

static struct msghdr message_of(struct s5ad_batch *batch, unsigned first, unsigned run)
{
    struct msghdr message = { .msg_iov = &batch->out_at[first], .msg_iovlen = run };
    message.msg_namelen = name_len(&batch->to[first]);
    if (message.msg_namelen > 0)
        message.msg_name = &batch->to[first];
    if (run > 1)
        say_size(&message, &batch->controls[first]);
    return message;
}

static unsigned compose(struct s5ad_batch *batch)
{
    unsigned count = 0, run;
    for (unsigned first = 0; first < batch->out_count; first += run) {
        run = run_from(batch, first);
        batch->out[count++].msg_hdr = message_of(batch, first, run);
    }
    return count;
}

/* Too long for the way there, or for a device that cannot do it; or the error was an earlier datagram's. */
static void send_apart(int fd, const struct msghdr *whole)
{
    for (size_t i = 0; i < whole->msg_iovlen; i++) {
        struct msghdr one = *whole;
        one.msg_iov = &whole->msg_iov[i];
        one.msg_iovlen = 1;
        one.msg_control = NULL;
        one.msg_controllen = 0;
        (void)!sendmsg(fd, &one, FLAGS);
    }
}

/* sendmmsg stops at one that fails: a single datagram is left out. */
void s5ad_batch_flush(struct s5ad_batch *batch)
{
    unsigned at = 0, count = compose(batch);
    while (at < count) {
        int sent = sendmmsg(batch->out_fd, batch->out + at, count - at, FLAGS);
        if (sent <= 0 && errno != EAGAIN && batch->out[at].msg_hdr.msg_iovlen > 1)
            send_apart(batch->out_fd, &batch->out[at].msg_hdr);
        at += sent > 0 ? (unsigned)sent : 1;
    }
    batch->out_count = 0;
}
