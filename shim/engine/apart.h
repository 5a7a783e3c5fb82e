/* Relays that no connect() has begun: a session's records on one side, and on the other one end of a pair that
 * is handed to whoever is to have the stream (relay.h). */
#pragma once

#include "shim/engine/gate.h"
#include "shim/engine/relay.h"

/* What stands behind it; all copied. */
struct s5a_apart {
    const struct s5a_config *config;
    const struct s5a_proxy *proxy;
    sa_family_t domain; /* of the TCP socket that the pair's end seems to be */
    union s5a_inet peer, local;
};

/* Both ends under private numbers. 0 or -errno with nothing left open. Not under the lock. */
S5A_MUST_USE int s5a_apart_make_gate(struct s5a_gate *gate);
/* The engine serves `session`, a private number, behind the gate from now on, whose outer end is the
 * caller's; the engine is reserved. 0; -ENOMEM: nothing was taken but the wire, which is freed. Under the lock. */
S5A_MUST_USE int s5a_apart_begin(const struct s5a_apart *what, int session, struct s5a_wire *wire,
                                 const struct s5a_gate *gate);
