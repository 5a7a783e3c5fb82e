/* Exports: what reads and writes sockets without saying that it does. Descriptors that are no UDP
 * sockets cost a look at an array. */
/* Else clang takes libc's fortified inline functions for definitions of what is defined here. */
#undef _FORTIFY_SOURCE
#include <sys/uio.h>

#include "shim/datagrams/fortified_twins.h"
#include "shim/datagrams/receiving.h"
#include "shim/engine/pending.h"
#include "shim/exported.h"
#include "shim/real.h"
#include "shim/result.h"
#include "shim/sockets/send.h"
#include "shim/sockets/unnamed.h"

S5A_EXPORTED ssize_t read(int fd, void *bytes, size_t len)
{
    int before = errno;
    if (!s5a_association_may_be(fd) || len == 0)
        return S5A_REAL(read)(fd, bytes, len);
    return s5a_to_libc(s5a_receive_parts(fd, &(struct iovec){ bytes, len }, 1), before);
}

S5A_EXPORTED ssize_t __read_chk(int fd, void *bytes, size_t len, size_t room)
{
    int before = errno;
    if (!s5a_association_may_be(fd) || len == 0 || len > room)
        return S5A_REAL(__read_chk)(fd, bytes, len, room);
    return s5a_to_libc(s5a_receive_parts(fd, &(struct iovec){ bytes, len }, 1), before);
}

S5A_EXPORTED ssize_t readv(int fd, const struct iovec *parts, int count)
{
    int before = errno;
    if (!s5a_association_may_be(fd))
        return S5A_REAL(readv)(fd, parts, count);
    return s5a_to_libc(s5a_receive_parts(fd, parts, count), before);
}

S5A_EXPORTED ssize_t write(int fd, const void *bytes, size_t len)
{
    int before = errno;
    if (!s5a_association_may_be(fd) && !s5a_pending_may_be(fd))
        return S5A_REAL(write)(fd, bytes, len);
    return s5a_to_libc(s5a_write(fd, bytes, len), before);
}

S5A_EXPORTED ssize_t writev(int fd, const struct iovec *parts, int count)
{
    int before = errno;
    if (!s5a_association_may_be(fd) && !s5a_pending_may_be(fd))
        return S5A_REAL(writev)(fd, parts, count);
    return s5a_to_libc(s5a_writev(fd, parts, count), before);
}

S5A_EXPORTED ssize_t recv(int fd, void *bytes, size_t len, int flags)
{
    int before = errno;
    if (!s5a_association_may_be(fd))
        return S5A_REAL(recv)(fd, bytes, len, flags);
    return s5a_to_libc(s5a_receive(fd, bytes, len, flags, NULL, NULL), before);
}

S5A_EXPORTED ssize_t __recv_chk(int fd, void *bytes, size_t len, size_t room, int flags)
{
    int before = errno;
    if (!s5a_association_may_be(fd) || len > room)
        return S5A_REAL(__recv_chk)(fd, bytes, len, room, flags);
    return s5a_to_libc(s5a_receive(fd, bytes, len, flags, NULL, NULL), before);
}

S5A_EXPORTED ssize_t recvfrom(int fd, void *bytes, size_t len, int flags, struct sockaddr *from,
                              socklen_t *from_len)
{
    int before = errno;
    if (!s5a_association_may_be(fd))
        return s5a_unnamed(fd, S5A_REAL(recvfrom)(fd, bytes, len, flags, from, from_len), from,
                           from_len);
    return s5a_to_libc(s5a_receive(fd, bytes, len, flags, from, from_len), before);
}

S5A_EXPORTED ssize_t __recvfrom_chk(int fd, void *bytes, size_t len, size_t room, int flags,
                                    struct sockaddr *from, socklen_t *from_len)
{
    int before = errno;
    if (!s5a_association_may_be(fd) || len > room)
        return s5a_unnamed(fd,
                           S5A_REAL(__recvfrom_chk)(fd, bytes, len, room, flags, from, from_len),
                           from, from_len);
    return s5a_to_libc(s5a_receive(fd, bytes, len, flags, from, from_len), before);
}

S5A_EXPORTED ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    int before = errno;
    if (!s5a_association_may_be(fd))
        return s5a_unnamed_message(fd, S5A_REAL(recvmsg)(fd, message, flags), message);
    return s5a_to_libc(s5a_receive_message(fd, message, flags), before);
}

S5A_EXPORTED int recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags,
                          struct timespec *timeout)
{
    int before = errno;
    if (!s5a_association_may_be(fd))
        return s5a_unnamed_several(fd, S5A_REAL(recvmmsg)(fd, messages, count, flags, timeout),
                                   messages);
    return (int)s5a_to_libc(s5a_receive_several(fd, messages, count, flags, timeout), before);
}
