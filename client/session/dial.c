/* Driving a session over a socket, with as few system calls as a deadline allows. */
#include "client/session/dial.h"

#include <errno.h>

#include "client/session/dial_wait.h"
#include "client/session/pipeline.h"
#include "client/session/session_login.h"

enum { READS = 64 }; /* in a step: others wait for theirs */

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

/* ---- what goes ---- */

/* What is to be sent by the connection now. */
static struct s5a_span output(const struct s5a_dial *d)
{
    struct s5a_span said = s5a_session_output(d->session);
    if (d->below == NULL)
        return said;
    if (said.len > 0)
        s5a_session_sent(d->session, s5a_wires_put(d->below, said));
    return s5a_wires_output(d->below);
}

static void sent(const struct s5a_dial *d, size_t len)
{
    if (d->below != NULL)
        s5a_wires_sent(d->below, len);
    else
        s5a_session_sent(d->session, len);
}

static void send_output(struct s5a_dial *d)
{
    for (;;) {
        struct s5a_span out = output(d);
        if (out.len == 0)
            return;
        ssize_t put = d->io->send(d->fd, out.at, out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (put > 0)
            sent(d, (size_t)put);
        else if (put < 0 && errno == EAGAIN)
            return;
        else if (put == 0 || errno != EINTR)
            sent(d, out.len); /* cut; what it said before is to be read */
    }
}

/* ---- what comes ---- */

static void fail_below(const struct s5a_dial *d, enum s5a_status status)
{
    if (status == S5A_PROXY_CLOSED) /* the end record is an end of file to the session above */
        s5a_session_eof(d->session);
    else if (status != S5A_OK)
        s5a_session_fail(d->session, status);
}

/* What records below have brought, as far as the session takes it. */
static void raise(const struct s5a_dial *d)
{
    enum s5a_status status = S5A_OK;
    while (d->below != NULL && status == S5A_OK && !s5a_session_over(d->session)) {
        struct s5a_span come = { NULL, 0 };
        size_t want = s5a_session_want(d->session);
        status = s5a_wires_come(d->below, &come);
        size_t len = come.len < want ? come.len : want;
        if (status == S5A_OK && len == 0)
            return;
        if (len > 0)
            s5a_session_feed(d->session, come.at, len);
        s5a_wires_took(d->below, len);
    }
    fail_below(d, status);
}

static void feed(const struct s5a_dial *d, struct s5a_span bytes)
{
    if (d->below == NULL) {
        s5a_session_feed(d->session, bytes.at, bytes.len);
        return;
    }
    fail_below(d, s5a_wires_feed(d->below, bytes));
    raise(d);
}

/* Reads once; true where more is likely to be there already. */
static bool receive(struct s5a_dial *d)
{
    uint8_t bytes[S5A_SESSION_IN_CAP];
    size_t want = d->below == NULL ? s5a_session_want(d->session) : s5a_wires_want(d->below);
    if (want > sizeof bytes)
        want = sizeof bytes;
    ssize_t got = d->io->recv(d->fd, bytes, want, MSG_DONTWAIT);
    if (got > 0)
        feed(d, (struct s5a_span){ bytes, (size_t)got });
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        s5a_session_eof(d->session);
    return got > 0 && (size_t)got == want && s5a_session_output(d->session).len == 0;
}

/* ---- steps ---- */

/* When to give up: in a trial sooner than the deadline. */
static void set_limit(struct s5a_dial *d, uint64_t patience)
{
    uint64_t deadline = s5a_session_deadline(d->session);
    uint64_t end = d->is_trial ? s5a_now() + patience : deadline;
    d->limit = end < deadline ? end : deadline;
}

void s5a_dial_begin(struct s5a_dial *d, const struct s5a_io *io, int fd, struct s5a_wire *below,
                    struct s5a_session *session, bool is_trial)
{
    *d = (struct s5a_dial){
        .io = io, .fd = fd, .session = session, .below = below, .is_trial = is_trial
    };
    set_limit(d, S5A_PIPELINE_SELECTION_MS);
}

bool s5a_dial_step(struct s5a_dial *d, bool ready)
{
    raise(d); /* what the session before has left over */
    for (int i = 0; i < READS && ready && !s5a_session_over(d->session); i++)
        ready = receive(d);
    send_output(d);
    if (d->is_trial && !d->is_selected && s5a_session_method(d->session) >= 0) {
        d->is_selected = true;
        set_limit(d, S5A_PIPELINE_TRIAL_MS);
    }
    if (!s5a_session_over(d->session) && s5a_now() >= d->limit) /* dummies do not put it off */
        s5a_session_expire(d->session, s5a_session_deadline(d->session));
    return s5a_session_over(d->session);
}

short s5a_dial_events(const struct s5a_dial *d)
{
    bool waits = s5a_session_output(d->session).len > 0 ||
                 (d->below != NULL && s5a_wires_output(d->below).len > 0);
    return waits ? POLLIN | POLLOUT : POLLIN;
}

static int drive(const struct s5a_io *io, int fd, struct s5a_session *session, bool is_trial)
{
    struct s5a_dial d;
    bool ready = false;
    s5a_dial_begin(&d, io, fd, NULL, session, is_trial);
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
