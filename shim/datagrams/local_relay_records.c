/* The flow of datagrams in stream over a session in records. */
#include "shim/datagrams/local_relay_flow.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

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
    int count;
    while ((count = s5a_tol_layers_payload(x->top, pieces, PIECES)) > 0)
        for (int i = 0; i < count; i++) {
            if (!take_payload(x, &pieces[i]))
                return false;
            s5a_tol_inlet_gave(&x->top->in, pieces[i].iov_len);
        }
    return s5a_tol_inlet_state(&x->top->in) == S5A_TOL_INLET_OPEN;
}

static bool in(struct s5a_local_relay *x)
{
    bool is_good = x->top != NULL && s5a_record_layers_lend_in(x->top);
    x->delivered = 0;
    for (int i = 0;
         i < S5A_LOCAL_RELAY_ROUNDS && is_good && x->delivered < S5A_LOCAL_RELAY_DELIVERED; i++) {
        size_t room;
        uint8_t *to = s5a_tol_inlet_room(&x->low->in, &room);
        ssize_t got = to == NULL ? -1 : S5A_REAL(recv)(x->way.controls[0], to, room, MSG_DONTWAIT);
        if (got < 0 && (to == NULL || errno == EAGAIN || errno == EINTR))
            break;
        if (got > 0)
            s5a_tol_inlet_took(&x->low->in, (size_t)got);
        else
            s5a_tol_inlet_fin(&x->low->in);
        is_good = open_records(x);
    }
    s5a_record_layers_reclaim_in(x->top);
    return is_good;
}

/* ---- from the program ---- */

/* False where there is no room for it: it is lost. */
static bool put(struct s5a_local_relay *x, size_t len, uint64_t now)
{
    struct iovec places[PLACES];
    int count = s5a_tol_outlet_room(&x->top->out, places, PLACES);
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
    s5a_tol_outlet_took(&x->top->out, len, 0, now);
    return true;
}

/* False: the connection is broken. */
static bool write_records(struct s5a_local_relay *x, uint64_t now)
{
    struct iovec pieces[PIECES];
    struct msghdr message = { .msg_iov = pieces };
    int count;
    x->out_full = false;
    while ((count = s5a_tol_layers_output(x->top, now, pieces, PIECES)) > 0) {
        message.msg_iovlen = (size_t)count;
        ssize_t sent = S5A_REAL(sendmsg)(x->way.controls[0], &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0) {
            x->out_full = errno == EAGAIN;
            return errno == EAGAIN || errno == EINTR;
        }
        s5a_tol_layers_sent(x->top, (size_t)sent);
    }
    return !s5a_tol_layers_failed(x->top);
}

static bool out(struct s5a_local_relay *x, bool is_read, uint64_t now)
{
    bool is_good = x->top != NULL && s5a_record_layers_lend_out(x->top) && write_records(x, now);
    for (int i = 0; i < S5A_LOCAL_RELAY_ROUNDS && is_good && is_read && !x->out_full; i++) {
        size_t len = s5a_local_relay_receive(x, x->datagram);
        if (len == 0)
            break;
        (void)!put(x, len, now);
        is_good = write_records(x, now);
    }
    s5a_record_layers_reclaim_out(x->top);
    return is_good;
}

static uint64_t deadline(const struct s5a_local_relay *x)
{
    if (x->top == NULL)
        return 0;
    return x->out_full ? UINT64_MAX : s5a_tol_layers_deadline(x->top);
}

/* ---- life ---- */

/* What is wrong shows at the next turn. */
static void take_early(struct s5a_local_relay *x)
{
    if (s5a_record_layers_lend_in(x->top))
        (void)!open_records(x);
    s5a_record_layers_reclaim_in(x->top);
}

void s5a_local_flow_take_wire(struct s5a_local_relay *x)
{
    x->top = s5a_record_layers_new(x->way.wire);
    if (x->top == NULL)
        return;
    x->way.wire = NULL;
    x->low = s5a_tol_layers_lowest(x->top);
    take_early(x);
}

static void end(struct s5a_local_relay *x)
{
    s5a_record_layers_free(x->top);
    x->top = x->low = NULL;
}

const struct s5a_local_flow s5a_local_flow_records = { in, out, deadline, end };
