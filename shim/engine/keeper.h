/* The keeper: where a process ends or executes another program while others still hold gates of
 * its, a process of its own carries the engine on until they are done, as the kernel carries on
 * with sockets (architecture, section 5). It is no child that the program could wait for. */
#pragma once

#include <stdbool.h>

/* Before an exec of this process, or its end: hands over to a keeper what is to outlive it, and
 * waits until that stands. Costs a look at a counter where nothing is pending. Preserves errno. */
void s5a_keeper_before_exec(void);
void s5a_keeper_before_exit(void);
/* Before abort(): not where it is the shim itself that breaks down. */
void s5a_keeper_before_abort(void);
/* Before daemon(), whose child goes on with everything. */
void s5a_keeper_before_daemon(void);
/* Before another process starts a program from this one's descriptors (posix_spawn, system, a vfork
 * child): what it inherits is shared from now on. Preserves errno. */
void s5a_keeper_before_spawn(void);

/* For the engine, under the lock, between two turns: does what the others ask for. Returns in the
 * keeper, too, and ends it once nothing is left to do. */
void s5a_keeper_serve(void);
