/* Carrying bytes between a gate that stays and the socket behind it: where another process may hold
 * the gate, or a thread may sleep in a blocking call on it. Half-closes are passed on, a connection that
 * breaks is reset, nothing is stored: what one side does not take stays in the other's kernel buffer. */
#pragma once

#include "shim/engine/pending.h"

/* Opens the gate and begins. Under the lock. */
void s5a_carry_begin(struct s5a_pending *p);
/* Moves what can be moved now; not under the lock, and who calls is busy with it. False once both directions have ended, or nobody holds the gate and
 * all that was written into it is on its way. */
bool s5a_carry(struct s5a_pending *p);

struct s5a_carry_events {
    uint32_t own, inner; /* epoll's */
};

/* When to be called though nothing has come: ms, UINT64_MAX never. */
uint64_t s5a_carry_limit(const struct s5a_pending *p);
/* What to wait for. */
struct s5a_carry_events s5a_carry_wants(const struct s5a_pending *p);
/* Bytes of the program's that the socket has not been given yet. Under the lock. */
size_t s5a_carry_waiting(const struct s5a_pending *p);
/* Of a gate that nobody holds any more: what is left in it goes to the socket. */
void s5a_carry_rest(struct s5a_pending *p);
