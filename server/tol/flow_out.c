/* From the target to the client: bytes in, shaped records out. */
#include <errno.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "server/tol/flows.h"

enum { ROUNDS = 4 /* a flow's share of one wake-up */ };

static struct s5ad_tol_flows *flows_of(struct s5ad_flow *flow)
{
    return S5AD_OWNER(flow, struct s5ad_tol_flows, out.flow);
}

/* True where all that is due is sent; false where the client takes no more, or failed: `error`. */
static bool push(struct s5ad_tol_flows *f, int *error)
{
    struct iovec iov[S5A_TOL_IOV_MAX];
    struct msghdr message = { .msg_iov = iov };
    int count;
    while ((count = s5a_tol_outlet_output(&f->out.outlet, f->loop->now, iov, S5A_TOL_IOV_MAX)) >
           0) {
        message.msg_iovlen = (size_t)count;
        ssize_t n = sendmsg(f->out.flow.to, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0) {
            *error = errno == EAGAIN || errno == EINTR ? 0 : -errno;
            return false;
        }
        s5a_tol_outlet_sent(&f->out.outlet, (size_t)n);
    }
    return true;
}

static size_t room_of(const struct iovec *iov, int count)
{
    size_t room = 0;
    for (int i = 0; i < count; i++)
        room += iov[i].iov_len;
    return room;
}

/* Bytes that wait behind a read that filled its room: shaping pauses where they are many. */
static size_t behind(int fd)
{
    int waiting = 0;
    return ioctl(fd, FIONREAD, &waiting) == 0 && waiting > 0 ? (size_t)waiting : 0;
}

/* Bytes read, 0 where there is no room or nothing more; -EAGAIN, or another -errno. */
static ssize_t pull(struct s5ad_tol_flows *f)
{
    struct iovec iov[S5A_TOL_IOV_MAX];
    struct msghdr message = { .msg_iov = iov };
    int count = f->out.eof ? 0 : s5a_tol_outlet_room(&f->out.outlet, iov, S5A_TOL_IOV_MAX);
    if (count == 0)
        return -EAGAIN;
    message.msg_iovlen = (size_t)count;
    ssize_t n = recvmsg(f->out.flow.from, &message, MSG_DONTWAIT);
    if (n < 0)
        return -errno;
    if (n == 0 && f->out.flow.is_cut)
        return -ECONNRESET;
    if (n == 0) {
        f->out.eof = true;
        s5a_tol_outlet_eof(&f->out.outlet, f->loop->now);
        return 0;
    }
    f->out.flow.bytes += (uint64_t)n;
    size_t more = (size_t)n == room_of(iov, count) ? behind(f->out.flow.from) : 0;
    s5a_tol_outlet_took(&f->out.outlet, (size_t)n, more, f->loop->now);
    return more > 0 ? n : 0;
}

static bool has_room(struct s5ad_tol_flows *f)
{
    struct iovec iov;
    return !f->out.eof && s5a_tol_outlet_room(&f->out.outlet, &iov, 1) > 0;
}

/* All that is due is sent. */
static int rest(struct s5ad_tol_flows *f)
{
    struct s5ad_flow *flow = &f->out.flow;
    if (s5a_tol_outlet_failed(&f->out.outlet))
        return -EOVERFLOW;
    flow->deadline = s5a_tol_outlet_deadline(&f->out.outlet);
    flow->state = has_room(f) ? S5AD_FLOW_HUNGRY : S5AD_FLOW_WAITING;
    if (!s5a_tol_outlet_done(&f->out.outlet))
        return 0;
    shutdown(flow->to, SHUT_WR); /* ENOTCONN: it was reset, which its own events tell better */
    flow->state = S5AD_FLOW_DONE;
    flow->deadline = S5AD_FLOW_NEVER;
    return 0;
}

/* The client takes no more, or failed. */
static int block(struct s5ad_tol_flows *f, int error)
{
    f->out.flow.state = S5AD_FLOW_BLOCKED;
    f->out.flow.deadline = S5AD_FLOW_NEVER;
    return error;
}

static int run(struct s5ad_tol_flows *f)
{
    bool more = true;
    for (int round = 0;; round++) {
        int error = 0;
        if (!push(f, &error))
            return block(f, error);
        ssize_t n = more && round < ROUNDS ? pull(f) : -EAGAIN;
        if (n == -EAGAIN || n == -EINTR)
            return rest(f);
        if (n < 0)
            return (int)n;
        more = n > 0;
    }
}

static int pump(struct s5ad_flow *flow, uint8_t *scratch)
{
    (void)scratch;
    struct s5ad_tol_flows *f = flows_of(flow);
    if (flow->state == S5AD_FLOW_DONE)
        return 0;
    if (!s5a_tol_outlet_has_buffer(&f->out.outlet)) {
        uint8_t *buffer = s5ad_tol_pool_take(f->pool);
        if (!buffer)
            return -ENOMEM;
        s5a_tol_outlet_lend(&f->out.outlet, buffer);
    }
    int error = run(f);
    s5ad_tol_pool_give(f->pool, s5a_tol_outlet_reclaim(&f->out.outlet, false));
    return error;
}

/* Both flows end together: s5ad_tol_flows_free. */
static void wipe(struct s5ad_flow *flow)
{
    (void)flow;
}

const struct s5ad_flow_kind s5ad_tol_flow_out = { .pump = pump, .wipe = wipe };
