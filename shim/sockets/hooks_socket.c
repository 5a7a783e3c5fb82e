/* Exports: sockets. */
#include <sys/epoll.h>
#include <sys/socket.h>

#include "shim/datagrams/associations.h"
#include "shim/engine/watches.h"
#include "shim/exported.h"
#include "shim/sockets/connect.h"
#include "shim/sockets/descriptor_calls.h"
#include "shim/sockets/facade.h"
#include "shim/real.h"
#include "shim/result.h"
#include "shim/sockets/send.h"
#include "shim/sockets/sockets.h"

S5A_EXPORTED int socket(int domain, int type, int protocol)
{
    int before = errno;
    int refused = s5a_socket_permitted(domain, type, protocol);
    if (refused != 0)
        return (int)s5a_to_libc(refused, before);
    int fd = S5A_REAL(socket)(domain, type, protocol);
    if (fd >= 0)
        s5a_association_made(fd, domain, type, protocol);
    return fd;
}

S5A_EXPORTED int connect(int fd, const struct sockaddr *address, socklen_t len)
{
    int before = errno;
    return (int)s5a_to_libc(s5a_connect(fd, address, len), before);
}

S5A_EXPORTED int getpeername(int fd, struct sockaddr *address, socklen_t *len)
{
    int before = errno;
    return (int)s5a_to_libc(s5a_getpeername(fd, address, len), before);
}

S5A_EXPORTED int getsockname(int fd, struct sockaddr *address, socklen_t *len)
{
    int before = errno;
    return (int)s5a_to_libc(s5a_getsockname(fd, address, len), before);
}

S5A_EXPORTED int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    int before = errno;
    return (int)s5a_to_libc(s5a_getsockopt(fd, level, name, value, len), before);
}

S5A_EXPORTED int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    int before = errno;
    return (int)s5a_to_libc(s5a_setsockopt(fd, level, name, value, len), before);
}

S5A_EXPORTED ssize_t send(int fd, const void *bytes, size_t len, int flags)
{
    int before = errno;
    return s5a_to_libc(s5a_send(fd, bytes, len, flags), before);
}

S5A_EXPORTED ssize_t sendto(int fd, const void *bytes, size_t len, int flags,
                            const struct sockaddr *address, socklen_t address_len)
{
    int before = errno;
    return s5a_to_libc(s5a_sendto(fd, bytes, len, flags, address, address_len), before);
}

S5A_EXPORTED ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    int before = errno;
    return s5a_to_libc(s5a_sendmsg(fd, message, flags), before);
}

S5A_EXPORTED int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
    int before = errno;
    return (int)s5a_to_libc(s5a_sendmmsg(fd, messages, count, flags), before);
}

S5A_EXPORTED int shutdown(int fd, int how)
{
    int before = errno;
    return (int)s5a_to_libc(s5a_shutdown(fd, how), before);
}

S5A_EXPORTED int epoll_ctl(int set, int op, int fd, struct epoll_event *event)
{
    int before = errno;
    return (int)s5a_to_libc(s5a_watches_control(set, op, fd, event), before);
}
