/* Driving a session over a socket, with as few system calls as a deadline allows. */
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

static void send_output(struct s5a_dial *d)
{
    for (;;) {
        struct s5a_span out = s5a_session_output(d->session);
        if (out.len == 0)
            return;
        ssize_t sent = d->io->send(d->fd, out.at, out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0)
            s5a_session_sent(d->session, (size_t)sent);
        else if (sent < 0 && errno == EAGAIN)
            return;
        else if (sent == 0 || errno != EINTR)
            s5a_session_sent(d->session, out.len); /* cut; what it said before is to be read */
    }
}

/* Reads once; true where more is likely to be there already. */
static bool receive(struct s5a_dial *d)
{
    uint8_t bytes[S5A_SESSION_IN_CAP];
    size_t want = s5a_session_want(d->session);
    if (want > sizeof bytes)
        want = sizeof bytes;
    ssize_t got = d->io->recv(d->fd, bytes, want, MSG_DONTWAIT);
    if (got > 0)
        s5a_session_feed(d->session, bytes, (size_t)got);
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        s5a_session_eof(d->session);
    return got > 0 && (size_t)got == want && s5a_session_output(d->session).len == 0;
}

/* When to give up: in a trial sooner than the deadline. */
static void set_limit(struct s5a_dial *d, uint64_t patience)
{
    uint64_t deadline = s5a_session_deadline(d->session);
    uint64_t end = d->is_trial ? s5a_now() + patience : deadline;
    d->limit = end < deadline ? end : deadline;
}

void s5a_dial_begin(struct s5a_dial *d, const struct s5a_io *io, int fd,
                    struct s5a_session *session, bool is_trial)
{
    *d = (struct s5a_dial){ .io = io, .fd = fd, .session = session, .is_trial = is_trial };
    set_limit(d, S5A_PIPELINE_SELECTION_MS);
}

bool s5a_dial_step(struct s5a_dial *d, bool ready)
{
    if (!ready && s5a_now() >= d->limit)
        s5a_session_expire(d->session, s5a_session_deadline(d->session));
    while (ready && !s5a_session_over(d->session))
        ready = receive(d);
    send_output(d);
    if (d->is_trial && !d->is_selected && s5a_session_method(d->session) >= 0) {
        d->is_selected = true;
        set_limit(d, S5A_PIPELINE_TRIAL_MS);
    }
    return s5a_session_over(d->session);
}

short s5a_dial_events(const struct s5a_dial *d)
{
    return s5a_session_output(d->session).len > 0 ? POLLIN | POLLOUT : POLLIN;
}

static int drive(const struct s5a_io *io, int fd, struct s5a_session *session, bool is_trial)
{
    struct s5a_dial d;
    bool ready = false;
    s5a_dial_begin(&d, io, fd, session, is_trial);
    while (!s5a_dial_step(&d, ready)) {
        int waited = s5a_dial_wait(io, fd, s5a_dial_events(&d), d.limit);
        if (waited < 0)
            s5a_session_eof(session);
        ready = waited > 0;
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
