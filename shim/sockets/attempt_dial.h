/* Connecting a socket of an attempt to one address of the proxy. For the attempt alone. */
#pragma once

#include "shim/sockets/attempt.h"

/* Tells the program's socket, or a stand-in where that cannot reach it, to connect to the address that
 * is the attempt's next. 0, -EINPROGRESS, or -errno; -EAGAIN: a Unix socket's backlog is full. */
int s5a_attempt_dial(struct s5a_attempt *a);
/* Once the socket shows something: 0, -errno, or -EINPROGRESS. */
int s5a_attempt_outcome(struct s5a_attempt *a);
/* As if nothing had been connected. */
void s5a_attempt_disconnect(struct s5a_attempt *a);
void s5a_attempt_close_standin(struct s5a_attempt *a);
