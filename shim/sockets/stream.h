/* Streams: a TCP socket of the program is connected through a proxy, in the calling thread. */
#pragma once

#include "shim/sockets/sockets.h"
#include "shim/sockets/target.h"

/* Connects `fd` through `proxy` to the target and records whom the program believes to be connected
 * to. 0 or -errno, then with the socket as new. One log line for a failure (info) and for a success
 * (debug). */
int s5a_stream_connect(int fd, const struct s5a_socket_kind *kind, const struct s5a_config *config,
                       const struct s5a_proxy *proxy, const struct s5a_named_target *named);
