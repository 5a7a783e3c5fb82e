/* Dialling, in the calling thread and with as few system calls as a deadline allows. */
#include "client/dial.h"

#include <errno.h>
#include <sys/time.h>

#include "client/pipeline.h"

/* ---- connecting ---- */

/* A blocking connect() is bounded by SO_SNDTIMEO, which a non-blocking one ignores; so there is no
 * need to know which it is, nor to change its flags under other threads. */
struct send_timeout {
    struct timeval own; /* as the program set it; 0: none */
    bool changed;
};

static uint64_t timeval_ms(struct timeval at)
{
    return (uint64_t)at.tv_sec * 1000 + (uint64_t)at.tv_usec / 1000;
}

static bool is_set(struct timeval at)
{
    return at.tv_sec != 0 || at.tv_usec != 0;
}

static void bound_connect(const struct s5a_io *io, int fd, struct send_timeout *timeout, int left)
{
    struct timeval bound = { left / 1000, left % 1000 * 1000 };
    if (is_set(timeout->own) && timeval_ms(timeout->own) <= (uint64_t)left)
        return;
    if (io->setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &bound, sizeof bound) == 0)
        timeout->changed = true;
}

static void restore(const struct s5a_io *io, int fd, const struct send_timeout *timeout)
{
    if (timeout->changed)
        io->setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout->own, sizeof timeout->own);
}

/* 1 when the socket shows one of `events` or an error, 0 at the deadline, -errno. */
static int wait_for(const struct s5a_io *io, int fd, short events, uint64_t deadline)
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

/* 0, an errno that ends it, or EINPROGRESS or EINTR: ask again later. `again` tells a connection of
 * ours that is under way from a socket that was in use before. Asking connect() itself for the
 * outcome, not SO_ERROR, leaves the socket as a blocking connect() would. */
static int try(const struct s5a_io *io, int fd, const struct s5a_sockaddr *to, bool again)
{
    if (io->connect(fd, (const struct sockaddr *)&to->at, to->len) == 0)
        return 0;
    if (again && errno == EISCONN)
        return 0;
    return again && errno == EALREADY ? EINPROGRESS : errno;
}

/* The end of a blocking connect(), which is what EINTR shows; EINPROGRESS alone may be either. */
static uint64_t blocking_end(const struct send_timeout *timeout, uint64_t start, uint64_t deadline)
{
    uint64_t end = start + timeval_ms(timeout->own);
    return is_set(timeout->own) && end < deadline ? end : deadline;
}

static bool own_timeout_passed(const struct send_timeout *timeout, uint64_t start)
{
    enum { TICK = 10 }; /* ms: the kernel counts in ticks */
    return is_set(timeout->own) && s5a_now() + TICK >= start + timeval_ms(timeout->own);
}

static int connect_within(const struct s5a_io *io, int fd, const struct s5a_sockaddr *to,
                          uint64_t deadline, struct send_timeout *timeout)
{
    bool local = to->at.ss_family == AF_UNIX; /* waits for room in the backlog, never in progress */
    uint64_t start = s5a_now();
    int left = s5a_left(deadline, start);
    for (bool again = false; left > 0; again = true) {
        bound_connect(io, fd, timeout, left);
        int error = try(io, fd, to, again);
        left = s5a_left(deadline, s5a_now());
        if (error == EAGAIN && local && left == 0)
            return -ETIMEDOUT;
        if (error != EINPROGRESS && error != EINTR)
            return -error;
        if (own_timeout_passed(timeout, start))
            return -ETIMEDOUT;
        if (error == EINTR)
            deadline = blocking_end(timeout, start, deadline);
        int ready = local ? 1 : wait_for(io, fd, POLLOUT, deadline);
        if (ready <= 0)
            return ready < 0 ? ready : -ETIMEDOUT;
        left = s5a_left(deadline, s5a_now());
    }
    return -ETIMEDOUT;
}

int s5a_dial_connect(const struct s5a_io *io, int fd, const struct s5a_sockaddr *to,
                     uint64_t deadline)
{
    struct send_timeout timeout = { { 0, 0 }, false };
    socklen_t len = sizeof timeout.own;
    if (io->getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout.own, &len) != 0)
        return -errno;
    int result = connect_within(io, fd, to, deadline, &timeout);
    restore(io, fd, &timeout);
    return result;
}

/* ---- the session ---- */

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

/* Reads once; true where the rest of the same message is likely to be there already. */
static bool receive(const struct s5a_io *io, int fd, struct s5a_session *session)
{
    uint8_t bytes[S5A_SESSION_IN_CAP];
    size_t want = s5a_session_want(session);
    enum s5a_session_state state = session->state;
    ssize_t got = io->recv(fd, bytes, want < sizeof bytes ? want : sizeof bytes, MSG_DONTWAIT);
    if (got > 0)
        s5a_session_feed(session, bytes, (size_t)got);
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        s5a_session_eof(session);
    return got > 0 && (size_t)got == want && session->state == state;
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
    int ready = wait_for(io, fd, events, end);
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
