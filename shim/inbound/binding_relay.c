/* Connections that come to a listener at a proxy over method 81. */
#include "shim/inbound/binding_relay.h"

#include <arpa/inet.h>
#include <errno.h>

#include "shim/engine/carry.h"
#include "shim/engine/engine.h"
#include "shim/engine/gate.h"
#include "shim/engine/private.h"
#include "shim/engine/relay.h"
#include "shim/lock.h"
#include "shim/real.h"

/* Both ends under private numbers; not under the lock. */
static int make_gate(struct s5a_gate *gate)
{
    int failed = s5a_gate_make(gate);
    if (failed != 0)
        return failed;
    gate->inner = s5a_private_move(gate->inner);
    gate->outer = s5a_private_move(gate->outer);
    if (gate->inner >= 0 && gate->outer >= 0)
        return 0;
    failed = gate->inner < 0 ? gate->inner : gate->outer;
    s5a_private_close(gate->inner);
    s5a_private_close(gate->outer);
    return failed;
}

/* What of the attempt is asked for while it is carried. */
static void describe(struct s5a_pending *p, const struct s5a_binding *x)
{
    struct s5a_attempt *a = &p->attempt;
    a->kind = (struct s5a_socket_kind){ x->domain, SOCK_STREAM, IPPROTO_TCP };
    a->config = x->attempt.config;
    a->proxy = x->attempt.proxy;
    a->named.as_given = x->peer;
    a->own = a->standin = -1;
    a->stage = S5A_ATTEMPT_FIND;
    p->local = x->at;
}

static bool know(struct s5a_pending *p, const struct s5a_binding *x)
{
    struct s5a_peer peer = { .kind = S5A_PEER_GATE,
                             .address = x->peer,
                             .local = x->at,
                             .facade = (uint8_t)x->domain,
                             .port = ntohs(x->at.v4.sin_port),
                             .detail = p->slot };
    return s5a_peers_put_cookie(p->gate, &peer);
}

/* The session's connection goes from the attempt to the pending. */
static int take_session(struct s5a_binding *x)
{
    int session = s5a_attempt_socket(&x->attempt);
    if (session == x->own)
        x->own = -1;
    else
        x->attempt.standin = -1;
    return session;
}

static void begin(struct s5a_pending *p, struct s5a_binding *x, const struct s5a_gate *gate)
{
    p->filler = gate->filler;
    p->inner = gate->inner;
    p->own = take_session(x);
    p->number = gate->outer;
    p->is_shared = p->is_told = true;
    p->socket = 0;
    s5a_carry_begin(p);
    p->number = -1;
    s5a_engine_push(p);
}

static int relay_locked(struct s5a_binding *x, const struct s5a_gate *gate)
{
    struct s5a_pending *p = s5a_pending_take();
    if (p == NULL)
        return -ENOMEM;
    p->gate = gate->cookie;
    describe(p, x);
    struct s5a_wire *wire = s5a_attempt_take_wire(&x->attempt);
    p->relay = s5a_relay_new(wire);
    if (p->relay == NULL)
        s5a_wire_free(wire);
    if (p->relay == NULL || !know(p, x)) {
        s5a_pending_end(p);
        return -ENOMEM;
    }
    begin(p, x, gate);
    return 0;
}

int s5a_binding_relay(struct s5a_binding *x)
{
    struct s5a_gate gate;
    x->is_busy = true;
    s5a_unlock_shielded();
    int failed = make_gate(&gate);
    s5a_lock_shielded();
    x->is_busy = false;
    if (failed != 0)
        return failed;
    failed = relay_locked(x, &gate);
    if (failed == 0)
        return gate.outer;
    s5a_private_close(gate.inner);
    s5a_private_close(gate.outer);
    return failed;
}
