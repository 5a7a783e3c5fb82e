/* Connections that come to a listener at a proxy over method 81. */
#include "shim/inbound/binding_relay.h"

#include "shim/engine/apart.h"
#include "shim/lock.h"

/* The session's connection, which is the caller's then. */
static int take_session(struct s5a_binding *x)
{
    int session = s5a_attempt_socket(&x->attempt);
    if (session == x->own)
        x->own = -1;
    else
        x->attempt.standin = -1;
    return session;
}

int s5a_binding_relay(struct s5a_binding *x)
{
    const struct s5a_apart what = { .config = x->attempt.config,
                                    .proxy = x->attempt.proxy,
                                    .domain = (sa_family_t)x->domain,
                                    .peer = x->peer,
                                    .local = x->at };
    struct s5a_wire *wire = s5a_attempt_take_wire(&x->attempt);
    int session = take_session(x);
    x->is_busy = true;
    s5a_unlock_shielded();
    int outer = s5a_apart_relay(&what, session, wire);
    s5a_lock_shielded();
    x->is_busy = false;
    return outer;
}
