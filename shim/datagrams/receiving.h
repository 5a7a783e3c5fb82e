/* Receiving calls on sockets that send through the proxy: the header is taken off, the source is
 * whom the program knows, and what is not for the program is passed over (architecture, section
 * 8). Results as of the calls, or -errno. */
#pragma once

#include <time.h>

#include "shim/datagrams/associations.h"

/* recvmsg(), and the others by it. */
ssize_t s5a_receive_message(int fd, struct msghdr *message, int flags);
/* The same of a socket that was found. */
ssize_t s5a_receive_of(int fd, struct msghdr *message, int flags, struct s5a_association *a);
ssize_t s5a_receive(int fd, void *bytes, size_t len, int flags, struct sockaddr *from,
                    socklen_t *from_len);
ssize_t s5a_receive_parts(int fd, const struct iovec *parts, int count);
int s5a_receive_several(int fd, struct mmsghdr *messages, unsigned count, int flags,
                        struct timespec *timeout);
/* FIONREAD: the bytes of the next datagram. */
int s5a_receive_waiting(int fd, int *bytes);
