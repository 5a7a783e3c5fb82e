/* The engine: one thread of the process that drives what goes on behind gates (architecture,
 * section 6). Started by the first connect that needs it, with all signals blocked; ends when it has
 * had nothing to do for some seconds. */
#pragma once

#include "shim/engine/pending.h"

/* Sees to it that the engine runs, and goes on running until s5a_engine_unreserve. 0, or -EAGAIN,
 * -EMFILE … where it cannot be had. Within a shield (lock.h), without the lock. */
int s5a_engine_reserve(void);
void s5a_engine_unreserve(void);

/* ---- under the lock ---- */

/* Hands it over. */
void s5a_engine_push(struct s5a_pending *p);
/* Tells the engine to look at the slots again. */
void s5a_engine_ring(void);
/* Takes the socket out of what the engine waits for: to be done before its description goes back to
 * the program. */
void s5a_engine_unwatch(struct s5a_pending *p);
