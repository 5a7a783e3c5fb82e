/* What a write says once the connection is broken: the first one behind a reset tells that, without a
 * signal, and those after it EPIPE. Pairs in the place of TCP sockets (shim/engine/gate.h) say EPIPE at
 * once, so where one may be the signal is not left to the kernel. */
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

/* The flags to send with. */
int s5a_spare_signal(int fd, int flags);
/* What the program is told of such a call with `flags` of its own, whose result, or -errno, is this:
 * raises the signal where it is due. */
ssize_t s5a_sent(int fd, ssize_t result, int flags);
/* writev(): the result, or -errno. */
ssize_t s5a_write_sparing(int fd, const struct iovec *parts, int count);
