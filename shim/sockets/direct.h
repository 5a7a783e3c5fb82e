/* Direct connections that the rules ask for. */
#pragma once

#include "shim/sockets/sockets.h"
#include "shim/sockets/target.h"

/* connect() by the kernel; a target that is a name (its fake address was given) is looked up with
 * the system's resolver first, and its addresses of the socket's family are tried in turn. */
int s5a_direct_connect(int fd, const struct s5a_socket_kind *kind,
                       const struct s5a_named_target *named);
