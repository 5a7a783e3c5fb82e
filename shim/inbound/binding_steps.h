/* What becomes of a listener at a proxy, one step after the other (binding.h): by the engine. The lock is held at both
 * ends, and may be given back meanwhile; afterwards there may be no such listener any more. */
#pragma once

#include "shim/inbound/binding.h"

/* ASKING, WAITING: goes on; `ready`: the socket shows something. */
void s5a_binding_step(struct s5a_binding *x, bool ready);
/* RESTING: the proxy is asked again, if the program still listens. */
void s5a_binding_ask_again(struct s5a_binding *x);
/* ARRIVED: into the program's queue. */
void s5a_binding_hand(struct s5a_binding *x);
/* HANDED: out of it. */
void s5a_binding_handed(struct s5a_binding *x);
void s5a_binding_finish(struct s5a_binding *x);
