/* getaddrinfo_a: the answers are there before it returns where none needs a look-up; with dns = resolve
 * a thread gets those of a call that does not wait. */
#pragma once

#include <netdb.h>
#include <signal.h>

#include "shim/names/names.h"

/* As getaddrinfo_a(3) for modes GAI_WAIT and GAI_NOWAIT; the notice of GAI_NOWAIT (signal or
 * thread) is given once all answers are there. libc's gai_error reads the requests, not a queue, so it
 * works on these. */
int s5a_names_getaddrinfo_a(const struct s5a_names *names, int mode, struct gaicb *requests[],
                            int count, const struct sigevent *event);
/* As gai_suspend(3) and gai_cancel(3): what is under way is not cancelled. */
int s5a_names_gai_suspend(const struct gaicb *const requests[], int count,
                          const struct timespec *timeout);
int s5a_names_gai_cancel(const struct gaicb *request);
