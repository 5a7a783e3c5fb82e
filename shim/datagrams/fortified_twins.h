/* What calls with buffers of a known size become under _FORTIFY_SOURCE; glibc declares them there
 * alone. */
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

ssize_t __read_chk(int fd, void *bytes, size_t len, size_t room);
ssize_t __recv_chk(int fd, void *bytes, size_t len, size_t room, int flags);
ssize_t __recvfrom_chk(int fd, void *bytes, size_t len, size_t room, int flags,
                       struct sockaddr *from, socklen_t *from_len);
