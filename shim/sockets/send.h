/* Sending calls with an address or with MSG_FASTOPEN; all else is the kernel's (architecture,
 * sections 4 and 8). Results as of the calls, or -errno. */
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

ssize_t s5a_send(int fd, const void *bytes, size_t len, int flags);
ssize_t s5a_sendto(int fd, const void *bytes, size_t len, int flags, const struct sockaddr *address,
                   socklen_t address_len);
ssize_t s5a_sendmsg(int fd, const struct msghdr *message, int flags);
/* On sockets that s5a_association_may_be. */
ssize_t s5a_write(int fd, const void *bytes, size_t len);
ssize_t s5a_writev(int fd, const struct iovec *parts, int count);
/* As the kernel: how many messages went out before the one that failed; -errno for the first. */
int s5a_sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags);
