/* How a connect behind a gate ends for the program. All under the lock. */
#pragma once

#include "shim/engine/pending.h"

/* The attempt is over: 0, the program gets its connected socket (or the gate is CARRIED from now
 * on); -errno, it gets its socket back with the error in it. True where somebody has to look after
 * the gate still, else the slot is given back. */
bool s5a_conclude(struct s5a_pending *p, int result);
/* Nobody holds the gate any more. */
void s5a_conclude_hangup(struct s5a_pending *p);
/* The program breaks it off and goes on to use its socket: as the kernel leaves one whose connect()
 * was broken off, ECONNRESET in it. Not while it is busy. */
void s5a_conclude_disconnect(struct s5a_pending *p);
