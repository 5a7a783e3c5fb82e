/* Dialling: connects a socket to a proxy and drives the session over it, in the calling thread. */
#pragma once

#include "client/io.h"
#include "client/resolve.h"
#include "client/session.h"

/* Connects `fd` within `deadline` (ms, s5a_now), whether it is blocking or not, and leaves its
 * flags and SO_SNDTIMEO as they were. 0 or -errno, the kernel's own, ETIMEDOUT at the deadline.
 * Signal handlers run; EINTR does not end it. */
S5A_MUST_USE int s5a_dial_connect(const struct s5a_io *io, int fd, const struct s5a_sockaddr *to,
                                  uint64_t deadline);
/* Drives the session to its end over the connected `fd` without reading a byte beyond it. 0, or
 * -s5a_session_errno; a connection cut under it counts as end of file. Sends with MSG_NOSIGNAL. */
S5A_MUST_USE int s5a_dial_session(const struct s5a_io *io, int fd, struct s5a_session *session);
