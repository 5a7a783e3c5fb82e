/* connect() of a blocking socket, in the calling thread (architecture, section 4). */
#pragma once

#include "shim/sockets/attempt.h"

/* Drives the attempt to its end: 0 or -errno, as the kernel's connect(); -EINTR where a handler
 * without SA_RESTART ran and -EINPROGRESS at the end of SO_SNDTIMEO, and the engine goes on with it
 * behind a gate. -ERESTART: a handler ran, the engine goes on, and the call is to wait for that as
 * another connect() does.
 * Handlers run when nothing is under way in this thread, so they may jump away. In a program with
 * threads a gate keeps others from using the socket meanwhile. */
int s5a_connect_blocking(struct s5a_attempt *a);
