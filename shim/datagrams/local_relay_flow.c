/* The flow of an association in stream. */
#include "shim/datagrams/local_relay_flow.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "shim/engine/lent.h"
#include "shim/real.h"

enum {
    ROUNDS = 16, /* of one direction, before others have their turn */
    PLACES = 8,
    PIECES = 16,
};

/* ---- to the program ---- */

/* Whole messages go; what is dropped by the kernel is lost, as datagrams may be. */
static bool pass_messages(struct s5a_local_relay *x)
{
    struct s5a_reader r;
    struct s5a_span message;
    enum s5a_status status;
    s5a_reader_init(&r, x->message, x->filled);
    while ((status = s5a_udp_stream_decode(&r, &message)) == S5A_OK)
        (void)S5A_REAL(send)(x->local, message.at, message.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    size_t left = s5a_reader_left(&r);
    memmove(x->message, x->message + x->filled - left, left);
    x->filled = left;
    return status == S5A_INCOMPLETE;
}

static bool take_payload(struct s5a_local_relay *x, const struct iovec *piece)
{
    const uint8_t *at = piece->iov_base;
    for (size_t left = piece->iov_len; left > 0;) {
        size_t room = sizeof x->message - x->filled;
        size_t some = left < room ? left : room;
        memcpy(x->message + x->filled, at, some);
        x->filled += some;
        at += some;
        left -= some;
        if (!pass_messages(x))
            return false;
    }
    return true;
}

static bool open_records(struct s5a_local_relay *x)
{
    struct iovec pieces[PIECES];
    int count;
    while ((count = s5a_tol_inlet_payload(&x->in, pieces, PIECES)) > 0)
        for (int i = 0; i < count; i++) {
            if (!take_payload(x, &pieces[i]))
                return false;
            s5a_tol_inlet_gave(&x->in, pieces[i].iov_len);
        }
    return s5a_tol_inlet_state(&x->in) == S5A_TOL_INLET_OPEN;
}

static bool lend_in(struct s5a_local_relay *x)
{
    uint8_t *buffer = s5a_tol_inlet_has_buffer(&x->in) ? NULL : s5a_lent_take(S5A_LENT_IN);
    if (buffer != NULL)
        s5a_tol_inlet_lend(&x->in, buffer);
    return s5a_tol_inlet_has_buffer(&x->in);
}

bool s5a_local_relay_flow_in(struct s5a_local_relay *x)
{
    bool is_good = lend_in(x);
    for (int i = 0; i < ROUNDS && is_good; i++) {
        size_t room;
        uint8_t *to = s5a_tol_inlet_room(&x->in, &room);
        ssize_t got = to == NULL ? -1 : S5A_REAL(recv)(x->control, to, room, MSG_DONTWAIT);
        if (got < 0 && (to == NULL || errno == EAGAIN || errno == EINTR))
            break;
        if (got > 0)
            s5a_tol_inlet_took(&x->in, (size_t)got);
        else
            s5a_tol_inlet_fin(&x->in);
        is_good = open_records(x);
    }
    s5a_lent_give(S5A_LENT_IN, s5a_tol_inlet_reclaim(&x->in, false));
    return is_good;
}

/* ---- from the program ---- */

/* False where there is no room for it: it is lost. */
static bool put(struct s5a_local_relay *x, size_t len, uint64_t now)
{
    struct iovec places[PLACES];
    int count = s5a_tol_outlet_room(&x->out, places, PLACES);
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
    s5a_tol_outlet_took(&x->out, len, 0, now);
    return true;
}

/* False: the connection is broken. */
static bool write_records(struct s5a_local_relay *x, uint64_t now)
{
    struct iovec pieces[PIECES];
    struct msghdr message = { .msg_iov = pieces };
    int count;
    x->out_full = false;
    while ((count = s5a_tol_outlet_output(&x->out, now, pieces, PIECES)) > 0) {
        message.msg_iovlen = (size_t)count;
        ssize_t sent = S5A_REAL(sendmsg)(x->control, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0) {
            x->out_full = errno == EAGAIN;
            return errno == EAGAIN || errno == EINTR;
        }
        s5a_tol_outlet_sent(&x->out, (size_t)sent);
    }
    return !s5a_tol_outlet_failed(&x->out);
}

static bool lend_out(struct s5a_local_relay *x)
{
    uint8_t *buffer = s5a_tol_outlet_has_buffer(&x->out) ? NULL : s5a_lent_take(S5A_LENT_OUT);
    if (buffer != NULL)
        s5a_tol_outlet_lend(&x->out, buffer);
    return s5a_tol_outlet_has_buffer(&x->out);
}

bool s5a_local_relay_flow_out(struct s5a_local_relay *x, bool is_read, uint64_t now)
{
    bool is_good = lend_out(x) && write_records(x, now);
    for (int i = 0; i < ROUNDS && is_good && is_read && !x->out_full; i++) {
        ssize_t got = S5A_REAL(recv)(x->local, x->datagram + S5A_LOCAL_RELAY_LEN,
                                     S5A_LOCAL_RELAY_DATAGRAM_MAX, MSG_DONTWAIT);
        if (got < 0)
            break;
        x->datagram[0] = (uint8_t)(got >> 8);
        x->datagram[1] = (uint8_t)got;
        (void)!put(x, S5A_LOCAL_RELAY_LEN + (size_t)got, now);
        is_good = write_records(x, now);
    }
    s5a_lent_give(S5A_LENT_OUT, s5a_tol_outlet_reclaim(&x->out, false));
    return is_good;
}

bool s5a_local_relay_flow_early(struct s5a_local_relay *x, struct s5a_span early)
{
    struct s5a_span none = { NULL, 0 };
    if (early.len == 0)
        return true;
    return lend_in(x) && s5a_tol_inlet_prime(&x->in, early, none) && open_records(x);
}
