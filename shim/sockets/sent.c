/* What a write says once the connection is broken. */
#include "shim/sockets/sent.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>

#include "shim/engine/pending.h"
#include "shim/real.h"
#include "shim/result.h"
#include "shim/sockets/sockets.h"

int s5a_spare_signal(int fd, int flags)
{
    return s5a_pending_may_be(fd) ? flags | MSG_NOSIGNAL : flags;
}

ssize_t s5a_sent(int fd, ssize_t result, int flags)
{
    if (result != -EPIPE || !s5a_pending_may_be(fd))
        return result;
    int error = s5a_socket_option(fd, SOL_SOCKET, SO_ERROR, 0);
    if (error != 0)
        return -error;
    if ((flags & MSG_NOSIGNAL) == 0)
        (void)raise(SIGPIPE);
    return result;
}

ssize_t s5a_write_sparing(int fd, const struct iovec *parts, int count)
{
    struct msghdr message = { .msg_iov = (struct iovec *)(uintptr_t)parts,
                              .msg_iovlen = (size_t)count };
    if (!s5a_pending_may_be(fd))
        return s5a_from_libc(S5A_REAL(writev)(fd, parts, count));
    ssize_t result = s5a_from_libc(S5A_REAL(sendmsg)(fd, &message, MSG_NOSIGNAL));
    return result == -ENOTSOCK ? s5a_from_libc(S5A_REAL(writev)(fd, parts, count))
                               : s5a_sent(fd, result, 0);
}
