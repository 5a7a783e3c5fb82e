/* Connections that come to a listener at a proxy over method 81: what the program is handed is one
 * end of a pair, which the engine serves as it does after a connect() (shim/engine/relay.h). */
#pragma once

#include "shim/inbound/binding.h"

/* For `x`, whose peer has come by a session in records; the lock is given back meanwhile. The private
 * number of the program's end, the session is the engine's from then on; or -errno. */
int s5a_binding_relay(struct s5a_binding *x);
