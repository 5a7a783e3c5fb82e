/* Connections that come to a listener at a proxy over method 81. */
#include "shim/inbound/binding_relay.h"

#include "shim/engine/apart.h"
#include "shim/engine/private.h"
#include "shim/lock.h"

/* The session's connection is the engine's now. */
static void let_go(struct s5a_binding *x, int session)
{
    if (session == x->own)
        x->own = -1;
    else
        x->attempt.standin = -1;
}

static int relay_locked(struct s5a_binding *x, const struct s5a_gate *gate)
{
    struct s5a_apart what = { .config = x->attempt.config,
                              .proxy = x->attempt.proxy,
                              .domain = (sa_family_t)x->domain,
                              .peer = x->peer,
                              .local = x->at };
    int session = s5a_attempt_socket(&x->attempt);
    int failed = s5a_apart_begin(&what, session, s5a_attempt_take_wire(&x->attempt), gate);
    if (failed == 0)
        let_go(x, session);
    return failed;
}

int s5a_binding_relay(struct s5a_binding *x)
{
    struct s5a_gate gate;
    x->is_busy = true;
    s5a_unlock_shielded();
    int failed = s5a_apart_make_gate(&gate);
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
