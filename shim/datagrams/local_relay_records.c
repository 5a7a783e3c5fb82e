/* The flow of datagrams in stream over a session in records. */
#include "shim/datagrams/local_relay_flow.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "shim/engine/lent.h"
#include "shim/real.h"

enum { PLACES = 8, PIECES = 16 };

/* ---- to the program ---- */

static bool take_payload(struct s5a_local_relay *x, const struct iovec *piece)
{
    const uint8_t *at = piece->iov_base;
    for (size_t left = piece->iov_len; left > 0;) {
        size_t room = sizeof x->incoming - x->filled;
        size_t some = left < room ? left : room;
        memcpy(x->incoming + x->filled, at, some);
        x->filled += some;
        at += some;
        left -= some;
        if (!s5a_local_relay_deliver_stream(x))
            return false;
    }
    return true;
}

static bool open_records(struct s5a_local_relay *x)
{
    struct iovec pieces[PIECES];
    struct s5a_tol_inlet *inlet = &x->tol.in;
    int count;
    while ((count = s5a_tol_inlet_payload(inlet, pieces, PIECES)) > 0)
        for (int i = 0; i < count; i++) {
            if (!take_payload(x, &pieces[i]))
                return false;
            s5a_tol_inlet_gave(inlet, pieces[i].iov_len);
        }
    return s5a_tol_inlet_state(inlet) == S5A_TOL_INLET_OPEN;
}

static bool lend_in(struct s5a_tol_inlet *inlet)
{
    uint8_t *buffer = s5a_tol_inlet_has_buffer(inlet) ? NULL : s5a_lent_take(S5A_LENT_IN);
    if (buffer != NULL)
        s5a_tol_inlet_lend(inlet, buffer);
    return s5a_tol_inlet_has_buffer(inlet);
}

static bool in(struct s5a_local_relay *x)
{
    struct s5a_tol_inlet *inlet = &x->tol.in;
    bool is_good = lend_in(inlet);
    for (int i = 0; i < S5A_LOCAL_RELAY_ROUNDS && is_good; i++) {
        size_t room;
        uint8_t *to = s5a_tol_inlet_room(inlet, &room);
        ssize_t got = to == NULL ? -1 : S5A_REAL(recv)(x->way.controls[0], to, room, MSG_DONTWAIT);
        if (got < 0 && (to == NULL || errno == EAGAIN || errno == EINTR))
            break;
        if (got > 0)
            s5a_tol_inlet_took(inlet, (size_t)got);
        else
            s5a_tol_inlet_fin(inlet);
        is_good = open_records(x);
    }
    s5a_lent_give(S5A_LENT_IN, s5a_tol_inlet_reclaim(inlet, false));
    return is_good;
}

/* ---- from the program ---- */

/* False where there is no room for it: it is lost. */
static bool put(struct s5a_local_relay *x, size_t len, uint64_t now)
{
    struct iovec places[PLACES];
    int count = s5a_tol_outlet_room(&x->tol.out, places, PLACES);
    size_t room = 0, at = 0;
    for (int i = 0; i < count; i++)
        room += places[i].iov_len;
    if (room < len)
        return false;
    for (int i = 0; at < len; at += places[i++].iov_len) {
        if (places[i].iov_len > len - at)
            places[i].iov_len = len - at;
        memcpy(places[i].iov_base, x->datagram + at, places[i].iov_len);
    }
    s5a_tol_outlet_took(&x->tol.out, len, 0, now);
    return true;
}

/* False: the connection is broken. */
static bool write_records(struct s5a_local_relay *x, uint64_t now)
{
    struct iovec pieces[PIECES];
    struct msghdr message = { .msg_iov = pieces };
    int count;
    x->out_full = false;
    while ((count = s5a_tol_outlet_output(&x->tol.out, now, pieces, PIECES)) > 0) {
        message.msg_iovlen = (size_t)count;
        ssize_t sent = S5A_REAL(sendmsg)(x->way.controls[0], &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0) {
            x->out_full = errno == EAGAIN;
            return errno == EAGAIN || errno == EINTR;
        }
        s5a_tol_outlet_sent(&x->tol.out, (size_t)sent);
    }
    return !s5a_tol_outlet_failed(&x->tol.out);
}

static bool lend_out(struct s5a_tol_outlet *outlet)
{
    uint8_t *buffer = s5a_tol_outlet_has_buffer(outlet) ? NULL : s5a_lent_take(S5A_LENT_OUT);
    if (buffer != NULL)
        s5a_tol_outlet_lend(outlet, buffer);
    return s5a_tol_outlet_has_buffer(outlet);
}

static bool out(struct s5a_local_relay *x, bool is_read, uint64_t now)
{
    bool is_good = lend_out(&x->tol.out) && write_records(x, now);
    for (int i = 0; i < S5A_LOCAL_RELAY_ROUNDS && is_good && is_read && !x->out_full; i++) {
        size_t len = s5a_local_relay_receive(x, x->datagram);
        if (len == 0)
            break;
        (void)!put(x, len, now);
        is_good = write_records(x, now);
    }
    s5a_lent_give(S5A_LENT_OUT, s5a_tol_outlet_reclaim(&x->tol.out, false));
    return is_good;
}

static uint64_t deadline(const struct s5a_local_relay *x)
{
    return x->out_full ? UINT64_MAX : s5a_tol_outlet_deadline(&x->tol.out);
}

/* ---- life ---- */

static bool take_early(struct s5a_local_relay *x, struct s5a_span early)
{
    struct s5a_span none = { NULL, 0 };
    if (early.len == 0)
        return true;
    return lend_in(&x->tol.in) && s5a_tol_inlet_prime(&x->tol.in, early, none) && open_records(x);
}

void s5a_local_flow_take_wire(struct s5a_local_relay *x, uint64_t now)
{
    struct s5a_wire *wire = x->way.wire;
    s5a_tol_link_move(&x->tol.link, &wire->link);
    s5a_tol_outlet_init(&x->tol.out, &x->tol.link, now);
    s5a_tol_inlet_init(&x->tol.in, &x->tol.link);
    /* what is wrong shows at the next turn */
    (void)!take_early(x, s5a_buffer_peek(&wire->early));
    s5a_wire_free(wire);
    x->way.wire = NULL;
}

static void end(struct s5a_local_relay *x)
{
    s5a_lent_give(S5A_LENT_OUT, s5a_tol_outlet_reclaim(&x->tol.out, true));
    s5a_lent_give(S5A_LENT_IN, s5a_tol_inlet_reclaim(&x->tol.in, true));
    s5a_tol_link_wipe(&x->tol.link);
}

const struct s5a_local_flow s5a_local_flow_records = { in, out, deadline, end };
