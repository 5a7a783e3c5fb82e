/* connect() as the program calls it (architecture, section 4). In this version a non-blocking
 * socket, too, is connected before the call returns. */
#pragma once

#include <sys/socket.h>

/* 0 or -errno, as connect(2) by the kernel: the target's own errors where the proxy tells them
 * (profile, section 8), the kernel's where the proxy cannot be reached, EACCES where rules deny.
 * After a failure the program may connect the same socket again. */
int s5a_connect(int fd, const struct sockaddr *address, socklen_t len);
