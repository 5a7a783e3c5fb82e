/* A relay and its two sides. */
#include "server/relay.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "server/tcp.h"
#include "server/tol/flows.h"

static void close_sides(struct s5ad_relay *relay, bool reset)
{
    s5ad_timer_clear(&relay->loop->timers, &relay->timer);
    for (int i = 0; i < 2; i++) {
        struct s5ad_relay_side *side = &relay->side[i];
        if (reset && side->watch.fd >= 0)
            s5ad_tcp_reset_on_close(side->watch.fd);
        s5ad_watch_close(relay->loop, &side->watch);
        side->bytes = side->flow->bytes;
        side->flow->kind->wipe(side->flow);
    }
    s5ad_tol_flows_free(relay->tol);
    relay->tol = NULL;
}

void s5ad_relay_cut(struct s5ad_relay *relay)
{
    close_sides(relay, true);
}

static void end(struct s5ad_relay *relay, int error)
{
    close_sides(relay, error < 0);
    relay->ended(relay, error);
}

static bool is_done(const struct s5ad_relay_side *side)
{
    return side->flow->state == S5AD_FLOW_DONE;
}

static int watch_side(struct s5ad_relay *relay, int i)
{
    struct s5ad_relay_side *side = &relay->side[i], *other = &relay->side[1 - i];
    uint32_t events = 0;
    if (side->flow->state == S5AD_FLOW_HUNGRY)
        events |= EPOLLIN;
    if (other->flow->state == S5AD_FLOW_BLOCKED)
        events |= EPOLLOUT;
    return s5ad_watch_set(relay->loop, &side->watch, events);
}

static void set_timer(struct s5ad_relay *relay)
{
    uint64_t a = relay->side[0].flow->deadline, b = relay->side[1].flow->deadline;
    uint64_t due = a < b ? a : b;
    if (due == S5AD_FLOW_NEVER)
        s5ad_timer_clear(&relay->loop->timers, &relay->timer);
    else if (!relay->timer.set || relay->timer.due != due)
        s5ad_timer_set(&relay->loop->timers, &relay->timer, due);
}

static void settle(struct s5ad_relay *relay)
{
    if (is_done(&relay->side[0]) && is_done(&relay->side[1])) {
        end(relay, 0);
        return;
    }
    for (int i = 0; i < 2; i++) {
        int error = watch_side(relay, i);
        if (error < 0) {
            end(relay, error);
            return;
        }
    }
    set_timer(relay);
}

static int pump_flow(struct s5ad_relay *relay, int i)
{
    struct s5ad_flow *flow = relay->side[i].flow;
    return flow->kind->pump(flow, relay->loop->scratch);
}

static bool pump(struct s5ad_relay *relay, int i)
{
    int error = pump_flow(relay, i);
    if (error == 0)
        return true;
    /* Writing failed perhaps, with bytes still unread that the other side sent before its reset.
     * EPIPE: it had ended its direction before that. */
    relay->side[1 - i].flow->is_cut = error != -EPIPE;
    (void)pump_flow(relay, 1 - i);
    end(relay, error);
    return false;
}

static void on_deadline(struct s5ad_timer *timer)
{
    struct s5ad_relay *relay = S5AD_OWNER(timer, struct s5ad_relay, timer);
    for (int i = 0; i < 2; i++)
        if (relay->side[i].flow->deadline <= relay->loop->now && !pump(relay, i))
            return;
    settle(relay);
}

static int error_of(int fd)
{
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    return error ? -error : -ECONNRESET;
}

/* EPOLLERR: reset. What the side sent before is passed on first, as far as the other takes it. */
static void on_failed_side(struct s5ad_relay *relay, int i)
{
    if (relay->side[i].flow->state == S5AD_FLOW_HUNGRY) {
        if (pump(relay, i))
            settle(relay); /* the error is still there, and comes again as long as bytes do */
        return;
    }
    end(relay, error_of(relay->side[i].watch.fd));
}

static void on_side(struct s5ad_relay *relay, int i, uint32_t events)
{
    struct s5ad_relay_side *side = &relay->side[i];
    if (events & EPOLLERR) {
        on_failed_side(relay, i);
        return;
    }
    /* Both its directions are closed while the other still sends: nobody reads that any more. */
    bool gone = events & EPOLLHUP && is_done(side);
    if (gone) {
        end(relay, 0);
        return;
    }
    /* Closed by its peer while its bytes wait for the other side: that would be told for ever. */
    if (events & EPOLLHUP && side->watch.events == 0) {
        s5ad_watch_clear(relay->loop, &side->watch);
        return;
    }
    bool in = events & (EPOLLIN | EPOLLHUP), out = events & EPOLLOUT;
    if ((!in || pump(relay, i)) && (!out || pump(relay, 1 - i)))
        settle(relay);
}

static void on_client(struct s5ad_watch *watch, uint32_t events)
{
    on_side(S5AD_OWNER(watch, struct s5ad_relay, side[S5AD_RELAY_CLIENT].watch), S5AD_RELAY_CLIENT,
            events);
}

static void on_target(struct s5ad_watch *watch, uint32_t events)
{
    on_side(S5AD_OWNER(watch, struct s5ad_relay, side[S5AD_RELAY_TARGET].watch), S5AD_RELAY_TARGET,
            events);
}

static void take_sides(struct s5ad_relay *relay, struct s5ad_watch *client,
                       struct s5ad_watch *target)
{
    struct s5ad_watch *a = &relay->side[S5AD_RELAY_CLIENT].watch;
    struct s5ad_watch *b = &relay->side[S5AD_RELAY_TARGET].watch;
    a->ready = on_client;
    b->ready = on_target;
    relay->timer.fire = on_deadline;
    s5ad_watch_take(a, client);
    s5ad_watch_take(b, target);
}

void s5ad_relay_start(struct s5ad_relay *relay, struct s5ad_loop *loop, struct s5ad_watch *client,
                      struct s5ad_watch *target, struct s5a_span early, s5ad_relay_ended_fn *ended)
{
    *relay = (struct s5ad_relay){ .loop = loop, .ended = ended };
    take_sides(relay, client, target);
    for (int i = 0; i < 2; i++) {
        s5ad_flow_clear_init(&relay->clear[i], relay->side[i].watch.fd,
                             relay->side[1 - i].watch.fd);
        relay->side[i].flow = &relay->clear[i].flow;
    }
    int error = s5ad_flow_clear_prime(&relay->clear[S5AD_RELAY_CLIENT], early);
    if (error < 0)
        end(relay, error);
    else if (pump(relay, S5AD_RELAY_CLIENT))
        settle(relay);
}

void s5ad_relay_start_tol(struct s5ad_relay *relay, struct s5ad_loop *loop,
                          struct s5ad_watch *client, struct s5ad_watch *target,
                          struct s5ad_tol_flows *flows, s5ad_relay_ended_fn *ended)
{
    *relay = (struct s5ad_relay){ .loop = loop, .ended = ended, .tol = flows };
    take_sides(relay, client, target);
    s5ad_tol_flows_connect(flows, relay->side[S5AD_RELAY_CLIENT].watch.fd,
                           relay->side[S5AD_RELAY_TARGET].watch.fd);
    relay->side[S5AD_RELAY_CLIENT].flow = &flows->in.flow;
    relay->side[S5AD_RELAY_TARGET].flow = &flows->out.flow;
    if (pump(relay, S5AD_RELAY_CLIENT) && pump(relay, S5AD_RELAY_TARGET))
        settle(relay);
}
