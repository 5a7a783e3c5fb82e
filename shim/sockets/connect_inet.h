/* connect() to an IPv4 or IPv6 address of a socket on which none is under way: what the rules say of the
 * target, and by which way it goes then: directly, by a proxy, to the stub at port 53, or nowhere. */
#pragma once

#include "shim/sockets/sockets.h"

/* 0, -EINPROGRESS or another -errno; blocks where the socket does. */
int s5a_connect_inet(int fd, const struct s5a_socket_kind *kind, const struct sockaddr *address,
                     socklen_t len);
