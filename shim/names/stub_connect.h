/* TCP connects to port 53: the stub at their other end (architecture, section 7). */
#pragma once

#include "shim/sockets/sockets.h"
#include "shim/sockets/target.h"

enum { S5A_STUB_UNSERVED = 1 };

/* As connect() of the program's socket to the server. 0 or -EINPROGRESS, and the stub answers by that
 * connection; or UNSERVED, with the socket as before: it cannot be led to loopback, there are no threads to be
 * had or too many at it, or this is no place for it (a child of vfork). */
int s5a_stub_connect(int fd, const struct s5a_socket_kind *kind,
                     const struct s5a_named_target *server);
