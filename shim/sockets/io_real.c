/* The system calls of client code, bound to libc's own functions. */
#include "shim/sockets/io_real.h"

#include <unistd.h>

#include "shim/real.h"

static int real_socket(int domain, int type, int protocol)
{
    return S5A_REAL(socket)(domain, type, protocol);
}

static int real_connect(int fd, const struct sockaddr *address, socklen_t len)
{
    return S5A_REAL(connect)(fd, address, len);
}

static ssize_t real_send(int fd, const void *bytes, size_t len, int flags)
{
    return S5A_REAL(send)(fd, bytes, len, flags);
}

static int real_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    return S5A_REAL(getsockopt)(fd, level, name, value, len);
}

static int real_setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    return S5A_REAL(setsockopt)(fd, level, name, value, len);
}

static int real_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                            struct addrinfo **list)
{
    return S5A_REAL(getaddrinfo)(node, service, hints, list);
}

/* Called, not pointed to: a pointer to libc's function would be looked up at each program's start. */
static ssize_t real_recv(int fd, void *bytes, size_t len, int flags)
{
    return recv(fd, bytes, len, flags);
}

static int real_poll(struct pollfd *fds, nfds_t count, int timeout)
{
    return poll(fds, count, timeout);
}

static int real_close(int fd)
{
    return close(fd);
}

static void real_freeaddrinfo(struct addrinfo *list)
{
    freeaddrinfo(list);
}

const struct s5a_io *s5a_io_real(void)
{
    static const struct s5a_io io = {
        .socket = real_socket,
        .connect = real_connect,
        .send = real_send,
        .recv = real_recv,
        .poll = real_poll,
        .getsockopt = real_getsockopt,
        .setsockopt = real_setsockopt,
        .close = real_close,
        .getaddrinfo = real_getaddrinfo,
        .freeaddrinfo = real_freeaddrinfo,
    };
    return &io;
}
