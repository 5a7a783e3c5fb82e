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

/* Does it run, in this process? A fork that libc does not know of (clone, _Fork) leaves the child with
 * the state of an engine and without its thread. */
bool s5a_engine_is_here(void);
/* Is it the engine's own thread that asks? Without the lock, too. */
bool s5a_engine_is_caller(void);
/* Hands over what has been begun elsewhere: nobody is busy with it. The engine is reserved. */
void s5a_engine_push(struct s5a_pending *p);
/* Nothing is pending any more: where it sleeps for longer than an idle one does, it looks again. */
void s5a_engine_rest(void);
/* Asks for a turn, at the end of which s5a_keeper_serve is called. */
void s5a_engine_call(void);
/* Sees to it that a fork leaves gates to the parent. Cheap; before the first one is made. Without the lock, too. */
void s5a_engine_expect_forks(void);
