/* Both directions of a relay. */
#include "shim/engine/relay_flow.h"

#include <errno.h>
#include <poll.h>

#include "shim/engine/relay_slots.h"
#include "shim/engine/tail.h"
#include "shim/real.h"

enum { ROUNDS = 8 }; /* of one direction, before others have their turn */

enum flow { FLOW_DRY, FLOW_FULL, FLOW_MORE, FLOW_BROKEN };

static bool is_passing(int error)
{
    return error == EAGAIN || error == EINTR;
}

bool s5a_relay_is_aborted(const struct s5a_pending *p)
{
    struct linger linger = { 0, 0 };
    socklen_t len = sizeof linger;
    struct pollfd inner = { .fd = p->inner };
    return S5A_REAL(getsockopt)(p->own, SOL_SOCKET, SO_LINGER, &linger, &len) == 0 &&
           linger.l_onoff != 0 && linger.l_linger == 0 &&
           (p->is_hung_up || (poll(&inner, 1, 0) == 1 && (inner.revents & POLLHUP) != 0));
}

static ssize_t write_pieces(int to, struct iovec *pieces, int count)
{
    struct msghdr message = { .msg_iov = pieces, .msg_iovlen = (size_t)count };
    return S5A_REAL(sendmsg)(to, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* ---- from the program ---- */

static enum flow read_plain(struct s5a_pending *p, uint64_t now)
{
    struct s5a_tol_outlet *out = &p->relay->top->out;
    struct iovec places[S5A_TAIL_PLACES];
    size_t behind = 0;
    int count = s5a_tol_outlet_room(out, places, S5A_TAIL_PLACES);
    if (count == 0)
        return FLOW_FULL;
    ssize_t got = s5a_tail_read(p->inner, &p->tail, places, count, &behind);
    if (got == 0 && s5a_relay_is_aborted(p))
        return FLOW_BROKEN;
    if (got == 0)
        s5a_tol_outlet_eof(out, now);
    else if (got > 0)
        s5a_tol_outlet_took(out, (size_t)got, behind, now);
    p->inner_shows = got > 0 && (behind > 0 || p->inner_ends);
    if (got < 0 && !is_passing((int)-got))
        return FLOW_BROKEN;
    return p->inner_shows ? FLOW_MORE : FLOW_DRY;
}

static enum flow write_records(struct s5a_pending *p, uint64_t now)
{
    struct s5a_tol_layer *top = p->relay->top;
    struct iovec pieces[S5A_TOL_IOV_MAX];
    int count;
    while ((count = s5a_tol_layers_output(top, now, pieces, S5A_TOL_IOV_MAX)) > 0) {
        ssize_t sent = write_pieces(p->own, pieces, count);
        if (sent < 0)
            return is_passing(errno) ? FLOW_FULL : FLOW_BROKEN;
        s5a_tol_layers_sent(top, (size_t)sent);
    }
    return s5a_tol_layers_failed(top) ? FLOW_BROKEN : FLOW_DRY;
}

static enum flow flow_out(struct s5a_pending *p, uint64_t now)
{
    for (int i = 0; i < ROUNDS; i++) {
        enum flow written = write_records(p, now);
        p->out_full = written == FLOW_FULL;
        if (written != FLOW_DRY)
            return written;
        if (!p->inner_shows)
            return FLOW_DRY;
        enum flow got = read_plain(p, now);
        if (got == FLOW_FULL || got == FLOW_BROKEN)
            return got;
    }
    return p->inner_shows ? FLOW_MORE : write_records(p, now);
}

bool s5a_relay_flow_out(struct s5a_pending *p, uint64_t now, bool has_news)
{
    struct s5a_tol_layer *top = p->relay->top;
    bool is_due = has_news || p->inner_shows || s5a_record_layers_busy_out(top) ||
                  now >= s5a_tol_layers_deadline(top);
    if (p->out_ended || !is_due)
        return true;
    if (!s5a_record_layers_lend_out(top)) {
        p->has_more = true;
        return true;
    }
    enum flow flow = flow_out(p, now);
    p->has_more |= flow == FLOW_MORE;
    s5a_record_layers_reclaim_out(top);
    return flow != FLOW_BROKEN;
}

/* ---- from the proxy ---- */

static size_t length_of(const struct iovec *pieces, int count)
{
    size_t len = 0;
    for (int i = 0; i < count; i++)
        len += pieces[i].iov_len;
    return len;
}

/* What nobody wants any more is taken all the same, so that the end of it is seen. */
static enum flow write_plain(struct s5a_pending *p)
{
    struct s5a_tol_layer *top = p->relay->top;
    struct iovec pieces[S5A_TOL_IN_SPANS];
    int count;
    while ((count = s5a_tol_layers_payload(top, pieces, S5A_TOL_IN_SPANS)) > 0) {
        ssize_t sent = (ssize_t)length_of(pieces, count);
        if (!p->relay->is_refused)
            sent = write_pieces(p->inner, pieces, count);
        if (sent < 0 && is_passing(errno))
            return FLOW_FULL;
        p->relay->is_refused |= sent < 0;
        s5a_tol_inlet_gave(&top->in, sent < 0 ? 0 : (size_t)sent);
    }
    return FLOW_DRY;
}

/* A read that does not fill its room has met the end of what is there; what comes after it shows
 * again. */
static void read_records(struct s5a_pending *p)
{
    size_t room;
    uint8_t *to = s5a_tol_inlet_room(&p->relay->low->in, &room);
    if (to == NULL)
        return;
    ssize_t got = S5A_REAL(recv)(p->own, to, room, MSG_DONTWAIT);
    if (got > 0)
        s5a_tol_inlet_took(&p->relay->low->in, (size_t)got);
    else if (got == 0 || !is_passing(errno))
        s5a_tol_inlet_fin(&p->relay->low->in);
    p->own_shows = got > 0 && ((size_t)got == room || p->is_cut);
}

static enum flow flow_in(struct s5a_pending *p)
{
    for (int i = 0; i < ROUNDS; i++) {
        enum flow written = write_plain(p);
        p->in_full = written == FLOW_FULL;
        if (written == FLOW_FULL || !p->own_shows)
            return written;
        read_records(p);
    }
    enum flow written = write_plain(p);
    p->in_full = written == FLOW_FULL;
    return written == FLOW_DRY && p->own_shows ? FLOW_MORE : written;
}

static bool is_good(enum s5a_tol_inlet_state state)
{
    return state == S5A_TOL_INLET_OPEN || state == S5A_TOL_INLET_ENDED;
}

bool s5a_relay_flow_in(struct s5a_pending *p)
{
    struct s5a_tol_layer *top = p->relay->top;
    if (p->in_ended)
        return !p->is_cut || p->out_ended;
    if (!p->own_shows && !s5a_record_layers_busy_in(top))
        return true;
    if (!s5a_record_layers_lend_in(top)) {
        p->has_more = true;
        return true;
    }
    p->has_more |= flow_in(p) == FLOW_MORE;
    s5a_record_layers_reclaim_in(top);
    return is_good(s5a_tol_layers_state(top));
}
