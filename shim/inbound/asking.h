/* Asking a proxy to listen, in the calling thread. */
#pragma once

#include "shim/inbound/binding.h"
#include "shim/lock.h"

/* For the program's socket, by [inbound] proxy; waits until it does, connect_timeout at most, within the
 * shield, out of which handlers run meanwhile. NULL, and -errno in `*failed`, with a line in the
 * log. Not enlisted; the caller's. */
struct s5a_binding *s5a_binding_make(int fd, const struct s5a_config *config,
                                     struct s5a_locked *shield, int *failed);
