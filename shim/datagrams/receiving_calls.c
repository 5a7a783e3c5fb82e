/* The other receiving calls, by s5a_receive_message. */
#include "shim/datagrams/receiving.h"

#include <errno.h>
#include <limits.h>
#include <sys/ioctl.h>

#include "client/clock.h"
#include "shim/real.h"
#include "shim/result.h"

ssize_t s5a_receive(int fd, void *bytes, size_t len, int flags, struct sockaddr *from,
                    socklen_t *from_len)
{
    struct iovec part = { bytes, len };
    struct msghdr message = { .msg_name = from,
                              .msg_namelen = from == NULL || from_len == NULL ? 0 : *from_len,
                              .msg_iov = &part,
                              .msg_iovlen = 1 };
    if (from != NULL && from_len == NULL)
        return -EFAULT;
    ssize_t result = s5a_receive_message(fd, &message, flags);
    if (result >= 0 && from != NULL)
        *from_len = message.msg_namelen;
    return result;
}

ssize_t s5a_receive_parts(int fd, const struct iovec *parts, int count)
{
    struct msghdr message = { .msg_iov = (struct iovec *)(uintptr_t)parts,
                              .msg_iovlen = (size_t)count };
    size_t room = 0;
    if (parts == NULL || count < 0 || count > IOV_MAX)
        return s5a_from_libc(S5A_REAL(readv)(fd, parts, count));
    for (int i = 0; i < count; i++)
        room += parts[i].iov_len;
    if (room == 0) /* nothing is taken then */
        return s5a_from_libc(S5A_REAL(readv)(fd, parts, count));
    return s5a_receive_message(fd, &message, 0);
}

/* The kernel looks at the time-out behind each datagram, and tells what is left of it. */
static bool is_late(struct timespec *timeout, uint64_t until)
{
    if (timeout == NULL)
        return false;
    uint64_t now = s5a_now();
    uint64_t left = now < until ? until - now : 0;
    *timeout = (struct timespec){ (time_t)(left / 1000), (long)(left % 1000) * 1000000 };
    return left == 0;
}

enum { FOR_EVER_S = 1 << 30 };

static uint64_t end_of(const struct timespec *timeout)
{
    if (timeout == NULL)
        return UINT64_MAX;
    uint64_t s = timeout->tv_sec < FOR_EVER_S ? (uint64_t)timeout->tv_sec : FOR_EVER_S;
    return s5a_now() + s * 1000 + (uint64_t)timeout->tv_nsec / 1000000;
}

static bool is_time(const struct timespec *timeout)
{
    return timeout->tv_sec >= 0 && timeout->tv_nsec >= 0 && timeout->tv_nsec < 1000000000;
}

int s5a_receive_several(int fd, struct mmsghdr *messages, unsigned count, int flags,
                        struct timespec *timeout)
{
    struct s5a_association a;
    int each = flags & ~MSG_WAITFORONE;
    if (messages == NULL || !s5a_association_find(fd, &a) || a.is_direct)
        return (int)s5a_from_libc(S5A_REAL(recvmmsg)(fd, messages, count, flags, timeout));
    if (timeout != NULL && !is_time(timeout))
        return -EINVAL;
    uint64_t until = end_of(timeout);
    for (unsigned i = 0; i < count; i++) {
        ssize_t len = s5a_receive_of(fd, &messages[i].msg_hdr, each, &a);
        if (len < 0)
            return i > 0 ? (int)i : (int)len;
        messages[i].msg_len = (unsigned)len;
        if ((flags & MSG_WAITFORONE) != 0)
            each |= MSG_DONTWAIT;
        if (is_late(timeout, until))
            return (int)i + 1;
    }
    return (int)count;
}

int s5a_receive_waiting(int fd, int *bytes)
{
    char byte = 0;
    int waits = 0;
    if (S5A_REAL(ioctl)(fd, FIONREAD, &waits) == 0 && waits == 0) {
        *bytes = 0; /* a look would take an error away */
        return 0;
    }
    ssize_t len = s5a_receive(fd, &byte, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT, NULL, NULL);
    if (len < 0 && len != -EAGAIN)
        return (int)len;
    *bytes = len < 0 ? 0 : (int)len;
    return 0;
}
