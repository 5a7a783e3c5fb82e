/* Dialling: connects a socket to a proxy and drives the session over it, in the calling thread. */
#pragma once

#include <sys/time.h>

#include "client/session/io.h"
#include "client/session/resolve.h"
#include "client/session/session.h"

/* Connects `fd` within `deadline` (ms, s5a_now), whether it is blocking or not, and leaves its
 * flags and SO_SNDTIMEO as they were. 0 or -errno, the kernel's own, ETIMEDOUT at the deadline or
 * when the program's own SO_SNDTIMEO has passed (blocking sockets): then the kernel still tries, and
 * the socket needs dissolving before another use. Signal handlers run; EINTR does not end it. */
S5A_MUST_USE int s5a_dial_connect(const struct s5a_io *io, int fd, const struct s5a_sockaddr *to,
                                  uint64_t deadline);
/* The same, one system call less, where the SO_SNDTIMEO of `fd` is known to be `own`. */
S5A_MUST_USE int s5a_dial_connect_known(const struct s5a_io *io, int fd,
                                        const struct s5a_sockaddr *to, uint64_t deadline,
                                        struct timeval own);
/* Drives the session to its end over the connected `fd` without reading a byte beyond it. 0, or
 * -s5a_session_errno; a connection cut under it counts as end of file. Sends with MSG_NOSIGNAL. */
S5A_MUST_USE int s5a_dial_session(const struct s5a_io *io, int fd, struct s5a_session *session);
/* The same for a pipelined session with a proxy that may throw early bytes away: TIMED_OUT already
 * where the selection takes longer than S5A_PIPELINE_SELECTION_MS, or the reply longer than
 * S5A_PIPELINE_TRIAL_MS behind it. */
S5A_MUST_USE int s5a_dial_trial(const struct s5a_io *io, int fd, struct s5a_session *session);
