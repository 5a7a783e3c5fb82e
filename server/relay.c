/* A relay and its two sides. */
#include "server/relay.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "server/tcp.h"

static void close_sides(struct s5ad_relay *relay, bool reset)
{
    relay->over = true;
    for (int i = 0; i < 2; i++) {
        struct s5ad_relay_side *side = &relay->side[i];
        if (reset && side->watch.fd >= 0)
            s5ad_tcp_reset_on_close(side->watch.fd);
        s5ad_watch_close(relay->loop, &side->watch);
        s5ad_flow_wipe(&side->flow);
    }
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
    return side->flow.state == S5AD_FLOW_DONE;
}

static int watch_side(struct s5ad_relay *relay, int i)
{
    struct s5ad_relay_side *side = &relay->side[i], *other = &relay->side[1 - i];
    uint32_t events = 0;
    if (side->flow.state == S5AD_FLOW_HUNGRY)
        events |= EPOLLIN;
    if (other->flow.state == S5AD_FLOW_BLOCKED)
        events |= EPOLLOUT;
    return s5ad_watch_set(relay->loop, &side->watch, events);
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
}

static bool pump(struct s5ad_relay *relay, int i)
{
    int error = s5ad_flow_pump(&relay->side[i].flow, relay->loop->scratch);
    if (error == 0)
        return true;
    /* Writing failed perhaps, with bytes still unread that the other side sent before its reset. */
    (void)s5ad_flow_pump(&relay->side[1 - i].flow, relay->loop->scratch);
    end(relay, error);
    return false;
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
    struct s5ad_flow *flow = &relay->side[i].flow;
    if (flow->state == S5AD_FLOW_HUNGRY) {
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

void s5ad_relay_start(struct s5ad_relay *relay, struct s5ad_loop *loop, struct s5ad_watch *client,
                      struct s5ad_watch *target, struct s5a_span early, s5ad_relay_ended_fn *ended)
{
    *relay = (struct s5ad_relay){ .loop = loop, .ended = ended };
    struct s5ad_relay_side *a = &relay->side[S5AD_RELAY_CLIENT];
    struct s5ad_relay_side *b = &relay->side[S5AD_RELAY_TARGET];
    a->watch.ready = on_client;
    b->watch.ready = on_target;
    s5ad_watch_take(&a->watch, client);
    s5ad_watch_take(&b->watch, target);
    s5ad_flow_init(&a->flow, a->watch.fd, b->watch.fd);
    s5ad_flow_init(&b->flow, b->watch.fd, a->watch.fd);
    int error = s5ad_flow_prime(&a->flow, early);
    if (error < 0) {
        end(relay, error);
        return;
    }
    if (pump(relay, S5AD_RELAY_CLIENT))
        settle(relay);
}
