/* A flow in clear. */
#include "server/flow_clear.h"

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

static struct s5ad_flow_clear *clear_of(struct s5ad_flow *flow)
{
    return S5AD_OWNER(flow, struct s5ad_flow_clear, flow);
}

static void close_pipe(struct s5ad_flow_clear *c)
{
    for (int end = 0; end < 2; end++)
        if (c->pipe[end] >= 0)
            close(c->pipe[end]);
    c->pipe[0] = c->pipe[1] = -1;
}

static void wipe(struct s5ad_flow *flow)
{
    struct s5ad_flow_clear *c = clear_of(flow);
    close_pipe(c);
    free(c->held);
    c->held = NULL;
}

static int hold(struct s5ad_flow_clear *c, const uint8_t *bytes, size_t len)
{
    c->held = malloc(len);
    if (!c->held)
        return -ENOMEM;
    memcpy(c->held, bytes, len);
    c->held_from = 0;
    c->held_to = len;
    return 0;
}

int s5ad_flow_clear_prime(struct s5ad_flow_clear *c, struct s5a_span early)
{
    return early.len ? hold(c, early.at, early.len) : 0;
}

/* Bytes taken, 0 where none are now, or -errno. */
static ssize_t give(const struct s5ad_flow_clear *c, const uint8_t *bytes, size_t len)
{
    ssize_t n = send(c->flow.to, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    return n;
}

static int push_held(struct s5ad_flow_clear *c)
{
    ssize_t n = give(c, c->held + c->held_from, c->held_to - c->held_from);
    if (n < 0)
        return (int)n;
    c->flow.bytes += (uint64_t)n;
    c->held_from += (size_t)n;
    if (c->held_from == c->held_to) {
        free(c->held);
        c->held = NULL;
    }
    return 0;
}

static int push_pipe(struct s5ad_flow_clear *c)
{
    ssize_t n =
        splice(c->pipe[0], NULL, c->flow.to, NULL, c->in_pipe, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    c->flow.bytes += (uint64_t)n;
    c->in_pipe -= (size_t)n;
    return 0;
}

static bool is_holding(const struct s5ad_flow_clear *c)
{
    return c->held || c->in_pipe > 0;
}

static bool has_pipe(const struct s5ad_flow_clear *c)
{
    return c->pipe[0] >= 0;
}

static void try_pipe(struct s5ad_flow_clear *c)
{
    if (c->no_pipe || pipe2(c->pipe, O_CLOEXEC | O_NONBLOCK) < 0)
        c->no_pipe = true;
    else
        fcntl(c->pipe[1], F_SETPIPE_SZ, PIPE_SIZE); /* as large as may be */
}

/* The pulls: bytes read, 0 at the end, -EAGAIN where there is nothing now, other -errno. */
static ssize_t pull_copy(struct s5ad_flow_clear *c, uint8_t *scratch)
{
    ssize_t n = recv(c->flow.from, scratch, S5AD_SCRATCH_LEN, MSG_DONTWAIT);
    if (n <= 0)
        return n < 0 ? -errno : 0;
    ssize_t given = give(c, scratch, (size_t)n);
    if (given < 0)
        return given;
    c->flow.bytes += (uint64_t)given;
    int error = given < n ? hold(c, scratch + given, (size_t)(n - given)) : 0;
    if (error < 0)
        return error;
    if (n == S5AD_SCRATCH_LEN)
        try_pipe(c);
    return n;
}

static ssize_t pull_splice(struct s5ad_flow_clear *c)
{
    ssize_t n =
        splice(c->flow.from, NULL, c->pipe[1], NULL, PIPE_SIZE, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
    if (n > 0)
        c->in_pipe += (size_t)n;
    return n < 0 ? -errno : n;
}

static ssize_t pull(struct s5ad_flow_clear *c, uint8_t *scratch)
{
    if (!has_pipe(c))
        return pull_copy(c, scratch);
    ssize_t n = pull_splice(c);
    if (n != -EINVAL)
        return n;
    c->no_pipe = true;
    close_pipe(c);
    return pull_copy(c, scratch);
}

static int pass_end_on(struct s5ad_flow_clear *c)
{
    /* ENOTCONN: `to` was reset, which its own events tell better. */
    shutdown(c->flow.to, SHUT_WR);
    c->flow.state = S5AD_FLOW_DONE;
    close_pipe(c);
    return 0;
}

static void judge(struct s5ad_flow_clear *c)
{
    c->flow.state = is_holding(c) ? S5AD_FLOW_BLOCKED : S5AD_FLOW_HUNGRY;
}

static int pump(struct s5ad_flow *flow, uint8_t *scratch)
{
    struct s5ad_flow_clear *c = clear_of(flow);
    if (flow->state == S5AD_FLOW_DONE)
        return 0;
    for (int round = 0; round < ROUNDS; round++) {
        int error = c->held ? push_held(c) : c->in_pipe > 0 ? push_pipe(c) : 0;
        if (error < 0)
            return error;
        judge(c);
        if (flow->state == S5AD_FLOW_BLOCKED)
            return 0;
        ssize_t n = pull(c, scratch);
        if (n == -EAGAIN || n == -EINTR)
            return 0;
        if (n < 0)
            return (int)n;
        if (n == 0) /* nothing is held: see above */
            return flow->is_cut ? -ECONNRESET : pass_end_on(c);
        if (n < S5AD_SCRATCH_LEN && !has_pipe(c))
            break; /* that was all there is: the next event says when there is more */
    }
    judge(c);
    return 0;
}

static const struct s5ad_flow_kind kind = { .pump = pump, .wipe = wipe };

void s5ad_flow_clear_init(struct s5ad_flow_clear *c, int from, int to)
{
    *c = (struct s5ad_flow_clear){
        .flow = { .kind = &kind, .from = from, .to = to, .deadline = S5AD_FLOW_NEVER },
        .pipe = { -1, -1 },
    };
}
