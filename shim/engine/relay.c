/* Relays over TOL: beginning, end, and what they wait for. */
#include "shim/engine/relay.h"

#include <errno.h>
#include <linux/sockios.h>

#include "client/clock.h"
#include "shim/engine/relay_flow.h"
#include "shim/engine/relay_slots.h"
#include "shim/engine/tail.h"
#include "shim/real.h"
#include "shim/sockets/sockets.h"

enum {
    PATIENCE_MS = 120000, /* without progress, for what a program has left behind */
    LOOK_MS = 20,
};

struct s5a_relay *s5a_relay_new(struct s5a_wire *wire)
{
    struct s5a_relay *relay = s5a_relay_slot_take();
    if (relay == NULL)
        return NULL;
    relay->top = s5a_record_layers_new(wire);
    if (relay->top == NULL) {
        s5a_relay_slot_give(relay);
        return NULL;
    }
    relay->low = s5a_tol_layers_lowest(relay->top);
    return relay;
}

void s5a_relay_free(struct s5a_relay *relay)
{
    if (relay == NULL)
        return;
    s5a_record_layers_free(relay->top);
    s5a_relay_slot_give(relay);
}

size_t s5a_relay_waiting(const struct s5a_relay *relay)
{
    return atomic_load_explicit(&relay->waiting, memory_order_relaxed);
}

/* ---- after the program has let go of it ---- */

/* By the kernel's rule: who closes a connection with bytes to be read in it resets it, and what was not
 * sent by then is lost. */
static void reset(const struct s5a_pending *p)
{
    const struct linger now = { 1, 0 };
    (void)S5A_REAL(setsockopt)(p->own, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

static void note_letting_go(struct s5a_pending *p)
{
    if (p->relay->is_let_go)
        return;
    p->relay->is_let_go = true;
    p->relay->is_unread = s5a_socket_option(p->inner, SOL_SOCKET, SO_ERROR, 0) == ECONNRESET;
}

static bool is_confirmed(const struct s5a_pending *p)
{
    int unconfirmed = 0;
    return S5A_REAL(ioctl)(p->own, SIOCOUTQ, &unconfirmed) != 0 || unconfirmed == 0;
}

/* Closing a socket with bytes to be read in it throws away what it has not sent, so that is waited for
 * first. */
static bool is_let_go(struct s5a_pending *p, uint64_t now)
{
    struct s5a_relay *relay = p->relay;
    if (relay->patience == 0)
        relay->patience = now + PATIENCE_MS;
    if (relay->is_unread && p->out_full) {
        reset(p);
        return true;
    }
    if (now >= relay->patience || (p->out_ended && is_confirmed(p)))
        return true;
    relay->look = p->out_ended ? now + LOOK_MS : relay->patience;
    return false;
}

/* ---- turns ---- */

static bool is_over(struct s5a_pending *p, uint64_t now)
{
    if (p->out_ended && p->in_ended)
        return true;
    return p->is_hung_up && is_let_go(p, now);
}

/* What comes is read on until the last layer's end: closing before it would be a reset. */
static void end_direction(struct s5a_pending *p)
{
    struct s5a_relay *relay = p->relay;
    if (s5a_tol_layers_done(relay->top) && !p->out_ended) {
        p->out_ended = true;
        (void)S5A_REAL(shutdown)(p->own, SHUT_WR);
    }
    if (s5a_tol_inlet_state(&relay->top->in) == S5A_TOL_INLET_ENDED && !relay->is_ended) {
        relay->is_ended = true;
        (void)S5A_REAL(shutdown)(p->inner, SHUT_WR);
    }
    p->in_ended |= relay->is_ended && s5a_tol_inlet_state(&relay->low->in) != S5A_TOL_INLET_OPEN;
}

bool s5a_relay_carry(struct s5a_pending *p)
{
    struct s5a_relay *relay = p->relay;
    uint64_t now = s5a_now();
    if (p->is_hung_up)
        note_letting_go(p);
    if (p->is_hung_up && s5a_relay_is_aborted(p))
        return false;
    size_t before = s5a_relay_waiting(relay);
    uint64_t received = s5a_record_layers_received(relay->top);
    bool is_good = s5a_relay_flow_in(p);
    bool has_news = s5a_record_layers_are_scheduled(relay->top) &&
                    s5a_record_layers_received(relay->top) != received;
    is_good = is_good && s5a_relay_flow_out(p, now, has_news);
    size_t waiting = s5a_tol_layers_pending(relay->top);
    atomic_store_explicit(&relay->waiting, waiting, memory_order_relaxed);
    if (waiting != before)
        relay->patience = 0;
    if (!is_good)
        return false;
    end_direction(p);
    if (!is_over(p, now))
        return true;
    s5a_tail_drop(p->inner, &p->tail); /* an end, and no reset */
    return false;
}

uint64_t s5a_relay_limit(const struct s5a_pending *p)
{
    uint64_t limit = p->out_full ? UINT64_MAX : s5a_tol_layers_deadline(p->relay->top);
    if (p->is_hung_up && p->relay->look < limit)
        limit = p->relay->look;
    return limit;
}
