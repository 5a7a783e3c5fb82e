/* The system calls that client code makes on sockets, as a table: the shim passes libc's own
 * functions (its exports would come back to itself), tools pass s5a_io_libc, tests pass faults. */
#pragma once

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "client/clock.h"

struct s5a_io {
    int (*socket)(int domain, int type, int protocol);
    int (*connect)(int fd, const struct sockaddr *address, socklen_t len);
    ssize_t (*send)(int fd, const void *bytes, size_t len, int flags);
    ssize_t (*recv)(int fd, void *bytes, size_t len, int flags);
    int (*poll)(struct pollfd *fds, nfds_t count, int timeout);
    int (*getsockopt)(int fd, int level, int name, void *value, socklen_t *len);
    int (*setsockopt)(int fd, int level, int name, const void *value, socklen_t len);
    int (*close)(int fd);
    int (*getaddrinfo)(const char *node, const char *service, const struct addrinfo *hints,
                       struct addrinfo **list);
    void (*freeaddrinfo)(struct addrinfo *list);
};

extern const struct s5a_io s5a_io_libc;
