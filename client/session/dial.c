/* Driving a session over a socket, in the calling thread and with as few system calls as a deadline
 * allows. */
#include "client/session/dial.h"

#include <errno.h>

#include "client/session/dial_wait.h"
#include "client/session/pipeline.h"

int s5a_dial_wait(const struct s5a_io *io, int fd, short events, uint64_t deadline)
{
    struct pollfd one = { .fd = fd, .events = events };
    for (;;) {
        int left = s5a_left(deadline, s5a_now());
        int ready = io->poll(&one, 1, left);
        if (ready > 0)
            return 1;
        if (ready == 0 && left == 0)
            return 0;
        if (ready < 0 && errno != EINTR)
            return -errno;
    }
}

static void send_output(const struct s5a_io *io, int fd, struct s5a_session *session)
{
    for (;;) {
        struct s5a_span out = s5a_session_output(session);
        if (out.len == 0)
            return;
        ssize_t sent = io->send(fd, out.at, out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0)
            s5a_session_sent(session, (size_t)sent);
        else if (sent < 0 && errno == EAGAIN)
            return;
        else if (sent == 0 || errno != EINTR)
            s5a_session_sent(session, out.len); /* cut; what it said before is still to be read */
    }
}

/* Reads once; true where more is likely to be there already. */
static bool receive(const struct s5a_io *io, int fd, struct s5a_session *session)
{
    uint8_t bytes[S5A_SESSION_IN_CAP];
    size_t want = s5a_session_want(session);
    ssize_t got = io->recv(fd, bytes, want < sizeof bytes ? want : sizeof bytes, MSG_DONTWAIT);
    if (got > 0)
        s5a_session_feed(session, bytes, (size_t)got);
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        s5a_session_eof(session);
    return got > 0 && (size_t)got == want && s5a_session_output(session).len == 0;
}

/* When to give up: in a trial sooner than the deadline. */
static uint64_t limit(const struct s5a_session *session, bool trial, uint64_t patience)
{
    uint64_t deadline = s5a_session_deadline(session);
    uint64_t end = trial ? s5a_now() + patience : deadline;
    return end < deadline ? end : deadline;
}

static int wait_session(const struct s5a_io *io, int fd, struct s5a_session *session, uint64_t end)
{
    short events = s5a_session_output(session).len > 0 ? POLLIN | POLLOUT : POLLIN;
    int ready = s5a_dial_wait(io, fd, events, end);
    if (ready == 0)
        s5a_session_expire(session, s5a_session_deadline(session));
    else if (ready < 0)
        s5a_session_eof(session);
    return ready;
}

static int drive(const struct s5a_io *io, int fd, struct s5a_session *session, bool trial)
{
    uint64_t end = limit(session, trial, S5A_PIPELINE_SELECTION_MS);
    bool selected = false;
    bool ready = false;
    while (!s5a_session_over(session)) {
        send_output(io, fd, session);
        if (!ready && wait_session(io, fd, session, end) <= 0)
            break;
        ready = receive(io, fd, session);
        if (trial && !selected && s5a_session_method(session) >= 0) {
            selected = true;
            end = limit(session, trial, S5A_PIPELINE_TRIAL_MS);
        }
    }
    return -s5a_session_errno(session);
}

int s5a_dial_session(const struct s5a_io *io, int fd, struct s5a_session *session)
{
    return drive(io, fd, session, false);
}

int s5a_dial_trial(const struct s5a_io *io, int fd, struct s5a_session *session)
{
    return drive(io, fd, session, true);
}
