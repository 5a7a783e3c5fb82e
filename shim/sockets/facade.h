/* What a socket seems to be: whom it is connected to, and, where a stand-in of another family
 * serves it, the answers of the TCP socket that the program made (architecture, sections 4, 5). */
#pragma once

#include <sys/socket.h>

/* As the calls of the same names: 0 or -errno. Sockets that the shim did not connect, and options
 * that the kernel's socket answers rightly itself, are the kernel's. */
int s5a_getpeername(int fd, struct sockaddr *address, socklen_t *len);
int s5a_getsockname(int fd, struct sockaddr *address, socklen_t *len);
int s5a_getsockopt(int fd, int level, int name, void *value, socklen_t *len);
int s5a_setsockopt(int fd, int level, int name, const void *value, socklen_t len);
