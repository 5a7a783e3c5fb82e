/* connect() as the program calls it (architecture, section 4). */
#pragma once

#include <sys/socket.h>

/* 0 or -errno, as connect(2) by the kernel: the target's own errors where the proxy tells them
 * (profile, section 8), the kernel's where the proxy cannot be reached, EACCES where rules deny.
 * Non-blocking sockets: EINPROGRESS at once, and the outcome as the kernel gives it, through
 * readiness, SO_ERROR and another connect(). Blocking ones: EINTR where a handler without SA_RESTART
 * ran, EINPROGRESS at the end of SO_SNDTIMEO; the attempt then goes on behind the call. After a
 * failure the program may connect the same socket again. */
int s5a_connect(int fd, const struct sockaddr *address, socklen_t len);
/* The same for a call with MSG_DONTWAIT: it does not wait, whatever the socket does. */
int s5a_connect_hastily(int fd, const struct sockaddr *address, socklen_t len);
