/* From the client to the target: records in, bytes out. */
#include <errno.h>
#include <sys/socket.h>

#include "server/tol/flows.h"

enum {
    ROUNDS = 4,       /* a flow's share of one wake-up */
    LINGER_MS = 2000, /* that the client's FIN may come behind its end record */
    PIECES = S5A_TOL_IN_SPANS,
};

static struct s5ad_tol_flows *flows_of(struct s5ad_flow *flow)
{
    return S5AD_OWNER(flow, struct s5ad_tol_flows, in.flow);
}

/* True where all that was opened is gone; false where the target takes no more, or failed: `error`. */
static bool push(struct s5ad_tol_flows *f, int *error)
{
    struct iovec iov[PIECES];
    struct msghdr message = { .msg_iov = iov };
    int count;
    while ((count = s5a_tol_inlet_payload(&f->in.inlet, iov, PIECES)) > 0) {
        message.msg_iovlen = (size_t)count;
        ssize_t n = sendmsg(f->in.flow.to, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0) {
            *error = errno == EAGAIN || errno == EINTR ? 0 : -errno;
            return false;
        }
        f->in.flow.bytes += (uint64_t)n;
        s5a_tol_inlet_gave(&f->in.inlet, (size_t)n);
    }
    return true;
}

/* True where there is more to open, perhaps the end. */
static bool pull(struct s5ad_tol_flows *f)
{
    size_t room;
    uint8_t *space = s5a_tol_inlet_room(&f->in.inlet, &room);
    if (room == 0)
        return false;
    ssize_t n = recv(f->in.flow.from, space, room, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n > 0)
        s5a_tol_inlet_took(&f->in.inlet, (size_t)n);
    else
        s5a_tol_inlet_fin(&f->in.inlet); /* a reset is a cut as well as a FIN is */
    return true;
}

/* Behind the end record nothing but a FIN may come; it is not waited for for ever. */
static int on_ended(struct s5ad_tol_flows *f)
{
    struct s5ad_flow *flow = &f->in.flow;
    uint8_t byte;
    if (f->in.ended == 0) {
        shutdown(flow->to, SHUT_WR); /* ENOTCONN: it was reset, which its own events tell better */
        f->in.ended = f->loop->now;
    }
    flow->deadline = f->in.ended + LINGER_MS;
    ssize_t n = recv(flow->from, &byte, 1, MSG_DONTWAIT);
    if (n > 0)
        return -EBADMSG;
    bool waits = n < 0 && (errno == EAGAIN || errno == EINTR);
    flow->state = S5AD_FLOW_HUNGRY;
    if (waits && f->loop->now < flow->deadline)
        return 0;
    flow->state = S5AD_FLOW_DONE;
    flow->deadline = S5AD_FLOW_NEVER;
    return 0;
}

/* What follows what was given: 0 goes on, or the error that ends it. */
static int follow(struct s5ad_tol_flows *f)
{
    switch (s5a_tol_inlet_state(&f->in.inlet)) {
    case S5A_TOL_INLET_CUT:
        return -ECONNRESET;
    case S5A_TOL_INLET_BAD:
        return -EBADMSG;
    default:
        return 0;
    }
}

static int run(struct s5ad_tol_flows *f)
{
    int error = 0;
    for (int round = 0; round <= ROUNDS; round++) {
        if (!push(f, &error)) {
            f->in.flow.state = S5AD_FLOW_BLOCKED;
            return error;
        }
        error = follow(f);
        if (error < 0)
            return error;
        if (s5a_tol_inlet_state(&f->in.inlet) == S5A_TOL_INLET_ENDED)
            return on_ended(f);
        if (round == ROUNDS || !pull(f))
            break;
    }
    f->in.flow.state = S5AD_FLOW_HUNGRY;
    return 0;
}

static int pump(struct s5ad_flow *flow, uint8_t *scratch)
{
    (void)scratch;
    struct s5ad_tol_flows *f = flows_of(flow);
    if (flow->state == S5AD_FLOW_DONE)
        return 0;
    if (!s5a_tol_inlet_has_buffer(&f->in.inlet)) {
        uint8_t *buffer = s5ad_tol_pool_take(f->pool);
        if (!buffer)
            return -ENOMEM;
        s5a_tol_inlet_lend(&f->in.inlet, buffer);
    }
    int error = run(f);
    s5ad_tol_pool_give(f->pool, s5a_tol_inlet_reclaim(&f->in.inlet, false));
    return error;
}

/* Both flows end together: s5ad_tol_flows_free. */
static void wipe(struct s5ad_flow *flow)
{
    (void)flow;
}

const struct s5ad_flow_kind s5ad_tol_flow_in = { .pump = pump, .wipe = wipe };
