/* The flow of datagrams to the relay of a proxy. */
#include "shim/datagrams/local_relay_flow.h"

#include <errno.h>
#include <sys/socket.h>

#include "shim/real.h"

/* An error is about one that was sent before. */
static bool in(struct s5a_local_relay *x)
{
    for (int i = 0; i < S5A_LOCAL_RELAY_ROUNDS; i++) {
        ssize_t got =
            S5A_REAL(recv)(x->way.outer, x->incoming, S5A_LOCAL_RELAY_DATAGRAM_MAX, MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN)
            break;
        if (got > 0)
            s5a_local_relay_deliver(x, (struct s5a_span){ x->incoming, (size_t)got });
    }
    return true;
}

static bool out(struct s5a_local_relay *x, bool is_read, uint64_t now)
{
    (void)now;
    for (int i = 0; i < S5A_LOCAL_RELAY_ROUNDS && is_read; i++) {
        size_t len = s5a_local_relay_receive(x, x->datagram);
        if (len == 0)
            break;
        (void)S5A_REAL(send)(x->way.outer, x->datagram + S5A_LOCAL_RELAY_LEN,
                             len - S5A_LOCAL_RELAY_LEN, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    return true;
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

const struct s5a_local_flow s5a_local_flow_datagrams = { in, out, deadline, end };
