/* Streams: a TCP socket of the program is connected through a proxy, in the calling thread or,
 * where the socket does not block, by the engine (shim/engine). */
#pragma once

#include "shim/sockets/attempt.h"
#include "shim/sockets/sockets.h"
#include "shim/sockets/target.h"

/* Connects `fd` through `proxy` to the target and records whom the program believes to be connected
 * to. 0; -errno, then with the socket as new; or -EINPROGRESS or -EINTR, and a gate in the place of
 * the socket until the attempt is over. One log line for a failure (info) and for a success
 * (debug). */
int s5a_stream_connect(int fd, const struct s5a_socket_kind *kind, const struct s5a_config *config,
                       const struct s5a_proxy *proxy, const struct s5a_named_target *named);
/* The same of an attempt that is made: by the calling thread in any case, and as `own` blocks or not. */
int s5a_stream_wait(struct s5a_attempt *a);
int s5a_stream_begin(struct s5a_attempt *a);
