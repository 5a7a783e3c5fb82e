/* getaddrinfo_a: the answers are there before it returns, since none needs a look-up. */
#pragma once

#include <netdb.h>
#include <signal.h>

#include "shim/names/names.h"

/* As getaddrinfo_a(3) for modes GAI_WAIT and GAI_NOWAIT; the notice of GAI_NOWAIT (signal or
 * thread) is given before it returns. libc's gai_error, gai_suspend and gai_cancel read the
 * requests, not a queue, so they work on these. */
int s5a_names_getaddrinfo_a(const struct s5a_names *names, int mode, struct gaicb *requests[],
                            int count, const struct sigevent *event);
