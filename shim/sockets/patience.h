/* Waiting as a blocking system call of the kernel waits: a signal handler with SA_RESTART does not
 * end it, one without does (signal(7)). */
#pragma once

#include <sys/time.h>

#include "client/session/resolve.h"

/* Connects a blocking socket, for a few ms at most; `own` is its SO_SNDTIMEO, which it keeps.
 * 0, -errno, or -EINPROGRESS or -EINTR where the kernel goes on connecting. */
int s5a_connect_patiently(int fd, const struct s5a_sockaddr *to, struct timeval own,
                          uint64_t deadline);
/* Until `fd` shows one of `events` or an error: 1; 0 at `until` (ms); -EINTR; -errno. Handlers run
 * at once where all of the program's are of one kind, else within 10 ms. */
int s5a_wait_patiently(int fd, short events, uint64_t until);
/* Right after a call has failed with EINTR: would it have been for good? Where the program has
 * handlers of both kinds nobody can tell; then yes. */
bool s5a_is_interrupted(void);
