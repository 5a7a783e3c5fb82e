/* Bytes between two sockets. */
#include "shim/sockets/pump.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "shim/real.h"
#include "shim/sockets/io_real.h"

enum { PIECE = 16384 };

struct way {
    int from, to;
    struct s5a_span left; /* to be sent */
    bool has_ended;       /* nothing more will come */
    bool is_done;         /* and that has been said */
    uint8_t bytes[PIECE];
};

static bool is_passing(int error)
{
    return error == EAGAIN || error == EINTR;
}

/* These are false where the connection is broken. */
static bool take(struct way *w)
{
    ssize_t got = s5a_io_real()->recv(w->from, w->bytes, sizeof w->bytes, MSG_DONTWAIT);
    w->has_ended = got == 0;
    w->left = (struct s5a_span){ w->bytes, got > 0 ? (size_t)got : 0 };
    return got >= 0 || is_passing(errno);
}

static bool give(struct way *w)
{
    ssize_t sent = s5a_io_real()->send(w->to, w->left.at, w->left.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0)
        w->left = (struct s5a_span){ w->left.at + sent, w->left.len - (size_t)sent };
    return sent >= 0 || is_passing(errno);
}

static bool move(struct way *w)
{
    if (w->left.len == 0 && !w->has_ended && !take(w))
        return false;
    if (w->left.len > 0 && !give(w))
        return false;
    if (w->has_ended && w->left.len == 0 && !w->is_done) {
        w->is_done = true;
        (void)S5A_REAL(shutdown)(w->to, SHUT_WR);
    }
    return true;
}

/* One that is waited for in no way must not be asked about: it would tell of its end again and again. */
static void ask(struct pollfd *out, const struct way *from, const struct way *to)
{
    out->events = (short)((from->left.len == 0 && !from->has_ended ? POLLIN : 0) |
                          (to->left.len > 0 ? POLLOUT : 0));
    out->fd = out->events != 0 ? from->from : -1;
}

static bool wait_for(const struct way *out, const struct way *in)
{
    struct pollfd both[2];
    ask(&both[0], out, in);
    ask(&both[1], in, out);
    return s5a_io_real()->poll(both, 2, -1) > 0 || errno == EINTR;
}

static void reset_at_close(int fd)
{
    const struct linger now = { .l_onoff = 1 };
    (void)S5A_REAL(setsockopt)(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

void s5a_pump(int a, int b, struct s5a_span first)
{
    struct way out = { .from = a, .to = b, .left = first }, in = { .from = b, .to = a };
    for (;;) {
        bool is_whole = move(&out) && move(&in);
        if (is_whole && out.is_done && in.is_done)
            return;
        if (!is_whole || !wait_for(&out, &in))
            break;
    }
    reset_at_close(a);
}
