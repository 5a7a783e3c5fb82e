/* Relays that no connect() has begun: a session's records on one side, and on the other one end of a pair that
 * is handed to whoever is to have the stream (relay.h). */
#pragma once

#include "shim/engine/relay.h"

/* What stands behind it; all copied. */
struct s5a_apart {
    const struct s5a_config *config;
    const struct s5a_proxy *proxy;
    sa_family_t domain; /* of the TCP socket that the pair's end seems to be */
    union s5a_inet peer, local;
};

/* The engine, which is reserved, serves `session`, a private number, from now on. The private number of the pair's
 * end, which is the caller's; or -errno. Session and wire are taken in any case. Within a shield, without the
 * lock. */
S5A_MUST_USE int s5a_apart_relay(const struct s5a_apart *what, int session, struct s5a_wire *wire);
