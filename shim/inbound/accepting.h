/* accept() of a program whose listeners are at a proxy (binding.h). */
#pragma once

#include "shim/sockets/peers.h"

/* Is `fd` such a listener, this process's or another's? Cheap where there is none at all. */
bool s5a_bound_is_listener(int fd, struct s5a_peer *listener);
/* As accept4(). What else has connected to the Unix socket, which is not the program's business, is
 * closed and not seen. */
int s5a_bound_accept(int fd, const struct s5a_peer *listener, struct sockaddr *address,
                     socklen_t *len, int flags);
