/* Carrying bytes between a gate that stays and the socket behind it: where another process may hold
 * the gate, or a thread may sleep in a blocking call on it. Half-closes are passed on, nothing is
 * stored: what one side does not take stays in the other's kernel buffer. All under the lock. */
#pragma once

#include "shim/engine/pending.h"

/* Opens the gate and begins. */
void s5a_carry_begin(struct s5a_pending *p);
/* Moves what can be moved now. False once both directions have ended, or nobody holds the gate and
 * all that was written into it is on its way. */
bool s5a_carry(struct s5a_pending *p);

struct s5a_carry_events {
    uint32_t own, inner; /* epoll's */
};

/* What to wait for. */
struct s5a_carry_events s5a_carry_wants(const struct s5a_pending *p);
/* Of a gate that nobody holds any more: what is left in it goes to the socket. */
void s5a_carry_rest(struct s5a_pending *p);
