/* One direction of a relay. */
#include "server/flow.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/loop.h"

enum {
    ROUNDS = 4, /* a flow's share of one wake-up */
    PIPE_SIZE = 256 * 1024,
};

void s5ad_flow_init(struct s5ad_flow *flow, int from, int to)
{
    *flow = (struct s5ad_flow){ .from = from, .to = to, .pipe = { -1, -1 } };
}

static void close_pipe(struct s5ad_flow *flow)
{
    for (int end = 0; end < 2; end++)
        if (flow->pipe[end] >= 0)
            close(flow->pipe[end]);
    flow->pipe[0] = flow->pipe[1] = -1;
}

void s5ad_flow_wipe(struct s5ad_flow *flow)
{
    close_pipe(flow);
    free(flow->held);
    flow->held = NULL;
}

static int hold(struct s5ad_flow *flow, const uint8_t *bytes, size_t len)
{
    flow->held = malloc(len);
    if (!flow->held)
        return -ENOMEM;
    memcpy(flow->held, bytes, len);
    flow->held_from = 0;
    flow->held_to = len;
    return 0;
}

int s5ad_flow_prime(struct s5ad_flow *flow, struct s5a_span early)
{
    return early.len ? hold(flow, early.at, early.len) : 0;
}

/* Bytes taken, 0 where none are now, or -errno. */
static ssize_t give(const struct s5ad_flow *flow, const uint8_t *bytes, size_t len)
{
    ssize_t n = send(flow->to, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    return n;
}

static int push_held(struct s5ad_flow *flow)
{
    ssize_t n = give(flow, flow->held + flow->held_from, flow->held_to - flow->held_from);
    if (n < 0)
        return (int)n;
    flow->bytes += (uint64_t)n;
    flow->held_from += (size_t)n;
    if (flow->held_from == flow->held_to) {
        free(flow->held);
        flow->held = NULL;
    }
    return 0;
}

static int push_pipe(struct s5ad_flow *flow)
{
    ssize_t n = splice(flow->pipe[0], NULL, flow->to, NULL, flow->in_pipe,
                       SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    flow->bytes += (uint64_t)n;
    flow->in_pipe -= (size_t)n;
    return 0;
}

static bool is_holding(const struct s5ad_flow *flow)
{
    return flow->held || flow->in_pipe > 0;
}

static bool has_pipe(const struct s5ad_flow *flow)
{
    return flow->pipe[0] >= 0;
}

static void try_pipe(struct s5ad_flow *flow)
{
    if (flow->no_pipe || pipe2(flow->pipe, O_CLOEXEC | O_NONBLOCK) < 0)
        flow->no_pipe = true;
    else
        fcntl(flow->pipe[1], F_SETPIPE_SZ, PIPE_SIZE); /* as large as may be */
}

/* The pulls: bytes read, 0 at the end, -EAGAIN where there is nothing now, other -errno. */
static ssize_t pull_copy(struct s5ad_flow *flow, uint8_t *scratch)
{
    ssize_t n = recv(flow->from, scratch, S5AD_SCRATCH_LEN, MSG_DONTWAIT);
    if (n <= 0)
        return n < 0 ? -errno : 0;
    ssize_t given = give(flow, scratch, (size_t)n);
    if (given < 0)
        return given;
    flow->bytes += (uint64_t)given;
    int error = given < n ? hold(flow, scratch + given, (size_t)(n - given)) : 0;
    if (error < 0)
        return error;
    if (n == S5AD_SCRATCH_LEN)
        try_pipe(flow);
    return n;
}

static ssize_t pull_splice(struct s5ad_flow *flow)
{
    ssize_t n =
        splice(flow->from, NULL, flow->pipe[1], NULL, PIPE_SIZE, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
    if (n > 0)
        flow->in_pipe += (size_t)n;
    return n < 0 ? -errno : n;
}

static ssize_t pull(struct s5ad_flow *flow, uint8_t *scratch)
{
    if (!has_pipe(flow))
        return pull_copy(flow, scratch);
    ssize_t n = pull_splice(flow);
    if (n != -EINVAL)
        return n;
    flow->no_pipe = true;
    close_pipe(flow);
    return pull_copy(flow, scratch);
}

static int pass_end_on(struct s5ad_flow *flow)
{
    /* ENOTCONN: `to` was reset, which its own events tell better. */
    shutdown(flow->to, SHUT_WR);
    flow->state = S5AD_FLOW_DONE;
    close_pipe(flow);
    return 0;
}

int s5ad_flow_pump(struct s5ad_flow *flow, uint8_t *scratch)
{
    if (flow->state == S5AD_FLOW_DONE)
        return 0;
    for (int round = 0; round < ROUNDS; round++) {
        int error = flow->held ? push_held(flow) : flow->in_pipe > 0 ? push_pipe(flow) : 0;
        if (error < 0)
            return error;
        flow->state = is_holding(flow) ? S5AD_FLOW_BLOCKED : S5AD_FLOW_HUNGRY;
        if (flow->state == S5AD_FLOW_BLOCKED)
            return 0;
        ssize_t n = pull(flow, scratch);
        if (n == -EAGAIN || n == -EINTR)
            return 0;
        if (n < 0)
            return (int)n;
        if (n == 0)
            return pass_end_on(flow); /* nothing is held: see above */
        if (n < S5AD_SCRATCH_LEN && !has_pipe(flow))
            break; /* that was all there is: the next event says when there is more */
    }
    flow->state = is_holding(flow) ? S5AD_FLOW_BLOCKED : S5AD_FLOW_HUNGRY;
    return 0;
}
