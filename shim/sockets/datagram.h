/* Datagrams: refused, never leaked. In this version no proxy carries UDP, so a datagram leaves only
 * where the rules say direct (loopback by default) (architecture, section 8). */
#pragma once

#include "shim/sockets/sockets.h"
#include "shim/sockets/target.h"

/* connect() of a UDP socket. It sends nothing, so it succeeds; but the kernel's socket stays
 * unconnected unless the target is direct, so that no write() can send. 0 or -errno. */
int s5a_datagram_connect(int fd, const struct s5a_socket_kind *kind,
                         const struct s5a_config *config, const struct s5a_named_target *named);
/* May `fd` send to `address` (NULL: to whom it is connected)? 0, or -EACCES with a log line.
 * Cheap for stream sockets without an address. */
int s5a_datagram_permitted(int fd, const struct sockaddr *address, socklen_t len);
