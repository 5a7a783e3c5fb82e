/* Relays that no connect() has begun. */
#include "shim/engine/apart.h"

#include <arpa/inet.h>
#include <errno.h>

#include "shim/engine/carry.h"
#include "shim/engine/engine.h"
#include "shim/engine/gate.h"
#include "shim/engine/private.h"
#include "shim/lock.h"

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
static void describe(struct s5a_pending *p, const struct s5a_apart *what)
{
    struct s5a_attempt *a = &p->attempt;
    a->kind = (struct s5a_socket_kind){ what->domain, SOCK_STREAM, IPPROTO_TCP };
    a->config = what->config;
    a->proxy = what->proxy;
    a->named.as_given = what->peer;
    a->own = a->standin = -1;
    a->stage = S5A_ATTEMPT_FIND;
    p->local = what->local;
}

static bool know(struct s5a_pending *p, const struct s5a_apart *what)
{
    struct s5a_peer peer = { .kind = S5A_PEER_GATE,
                             .address = what->peer,
                             .local = what->local,
                             .facade = (uint8_t)what->domain,
                             .port = ntohs(what->local.v4.sin_port),
                             .detail = p->slot };
    return s5a_peers_put_cookie(p->gate, &peer);
}

static void begin(struct s5a_pending *p, int session, const struct s5a_gate *gate)
{
    p->filler = gate->filler;
    p->inner = gate->inner;
    p->own = session;
    p->number = gate->outer;
    p->is_shared = p->is_told = true;
    p->socket = 0;
    s5a_carry_begin(p);
    p->number = -1;
    s5a_engine_push(p);
}

/* The wire is taken. */
static int relay_locked(const struct s5a_apart *what, int session, struct s5a_wire *wire,
                        const struct s5a_gate *gate)
{
    struct s5a_pending *p = s5a_pending_take();
    struct s5a_relay *relay = p != NULL ? s5a_relay_new(wire) : NULL;
    if (relay == NULL)
        s5a_wire_free(wire);
    if (p == NULL)
        return -ENOMEM;
    p->gate = gate->cookie;
    p->relay = relay;
    describe(p, what);
    if (relay == NULL || !know(p, what)) {
        s5a_pending_end(p);
        return -ENOMEM;
    }
    begin(p, session, gate);
    return 0;
}

/* The pair's end, or -errno with the session as before. */
static int relay(const struct s5a_apart *what, int session, struct s5a_wire *wire)
{
    struct s5a_gate gate;
    int failed = make_gate(&gate);
    if (failed != 0) {
        s5a_wire_free(wire);
        return failed;
    }
    s5a_lock_shielded();
    failed = relay_locked(what, session, wire, &gate);
    s5a_unlock_shielded();
    if (failed == 0)
        return gate.outer;
    s5a_private_close(gate.inner);
    s5a_private_close(gate.outer);
    return failed;
}

int s5a_apart_relay(const struct s5a_apart *what, int session, struct s5a_wire *wire)
{
    int outer = relay(what, session, wire);
    if (outer < 0)
        s5a_private_close(session);
    return outer;
}
