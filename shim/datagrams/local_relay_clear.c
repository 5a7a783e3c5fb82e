/* The flow of datagrams in stream over a session in clear. */
#include "shim/datagrams/local_relay_flow.h"

#include <errno.h>
#include <sys/socket.h>

#include "shim/real.h"

static bool in(struct s5a_local_relay *x)
{
    x->delivered = 0;
    for (int i = 0; i < S5A_LOCAL_RELAY_ROUNDS && x->delivered < S5A_LOCAL_RELAY_DELIVERED; i++) {
        size_t left = sizeof x->incoming - x->filled;
        size_t room = left < S5A_LOCAL_RELAY_READ ? left : S5A_LOCAL_RELAY_READ;
        ssize_t got =
            S5A_REAL(recv)(x->way.controls[0], x->incoming + x->filled, room, MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return true;
        if (got <= 0)
            return false;
        x->filled += (size_t)got;
        if (!s5a_local_relay_deliver_stream(x))
            return false;
    }
    return true;
}

/* False: the connection is broken. */
static bool write_out(struct s5a_local_relay *x)
{
    x->out_full = false;
    while (x->unsent > 0) {
        ssize_t sent = S5A_REAL(send)(x->way.controls[0], x->outgoing + x->unsent_at, x->unsent,
                                      MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0) {
            x->out_full = errno == EAGAIN;
            return errno == EAGAIN || errno == EINTR;
        }
        x->unsent_at += (size_t)sent;
        x->unsent -= (size_t)sent;
    }
    x->unsent_at = 0;
    return true;
}

/* Those that are there, and are few enough. */
static void gather(struct s5a_local_relay *x)
{
    size_t len = 1;
    while (len > 0 && x->unsent + S5A_LOCAL_RELAY_MESSAGE_MAX <= sizeof x->outgoing) {
        len = s5a_local_relay_receive(x, x->outgoing + x->unsent);
        x->unsent += len;
    }
}

static bool out(struct s5a_local_relay *x, bool is_read, uint64_t now)
{
    (void)now;
    bool is_good = write_out(x);
    for (int i = 0; i < S5A_LOCAL_RELAY_ROUNDS && is_good && is_read && x->unsent == 0; i++) {
        gather(x);
        if (x->unsent == 0)
            break;
        is_good = write_out(x);
    }
    return is_good;
}

static uint64_t deadline(const struct s5a_local_relay *x)
{
    (void)x;
    return UINT64_MAX;
}

static void end(struct s5a_local_relay *x)
{
    (void)x;
}

const struct s5a_local_flow s5a_local_flow_clear = { in, out, deadline, end };
