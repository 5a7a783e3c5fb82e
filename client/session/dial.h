/* Dialling: connects a socket to a proxy and drives the session over it. */
#pragma once

#include "client/session/io.h"
#include "client/session/resolve.h"
#include "client/session/session.h"
#include "client/session/wires.h"

/* Connects `fd` within `deadline` (ms, s5a_now), whether it is blocking or not, in the calling
 * thread, and leaves its flags and SO_SNDTIMEO as they were. 0 or -errno, the kernel's own,
 * ETIMEDOUT at the deadline or when the program's own SO_SNDTIMEO has passed (blocking sockets):
 * then the kernel still tries, and the socket needs dissolving before another use. Signal handlers
 * run; EINTR does not end it. */
S5A_MUST_USE int s5a_dial_connect(const struct s5a_io *io, int fd, const struct s5a_sockaddr *to,
                                  uint64_t deadline);

/* A session under way over a connected socket. */
struct s5a_dial {
    const struct s5a_io *io;
    int fd;
    struct s5a_session *session; /* borrowed */
    struct s5a_wire *below; /* borrowed: in whose records its bytes go; NULL: by the connection */
    bool is_trial;
    bool is_selected;
    uint64_t limit; /* ms: when s5a_dial_step is to be called though nothing has come */
};

/* A trial is a pipelined session with a proxy that may throw early bytes away: TIMED_OUT already
 * where the selection takes longer than S5A_PIPELINE_SELECTION_MS, or the reply longer than
 * S5A_PIPELINE_TRIAL_MS behind it. */
void s5a_dial_begin(struct s5a_dial *d, const struct s5a_io *io, int fd, struct s5a_wire *below,
                    struct s5a_session *session, bool is_trial);
/* Takes what has come (`ready`: the socket shows something) and sends what is to be sent, without
 * waiting and without reading a byte beyond the session, or beyond the record that holds its last. A
 * connection cut under it counts as end of file. Sends with MSG_NOSIGNAL. True once the session is over. */
bool s5a_dial_step(struct s5a_dial *d, bool ready);
/* What to poll for until the next step. */
short s5a_dial_events(const struct s5a_dial *d);

/* Drives a session to its end in the calling thread. 0, or -s5a_session_errno. */
S5A_MUST_USE int s5a_dial_session(const struct s5a_io *io, int fd, struct s5a_session *session);
S5A_MUST_USE int s5a_dial_trial(const struct s5a_io *io, int fd, struct s5a_session *session);
