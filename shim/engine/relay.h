/* A relay over TOL: bytes of a gate that has stayed go in records to the proxy, and come in them
 * (architecture, section 5; profile, section 4). The pair is the program's socket to all that it does;
 * what is not sent yet is bounded by one buffer in each direction, lent while it is needed (lent.h). */
#pragma once

#include "client/session/wire.h"
#include "shim/engine/pending.h"

/* Secret: the keys of both directions. NULL where memory is out, and nothing has happened; else the
 * wire is freed. Any thread, under the lock. */
struct s5a_relay *s5a_relay_new(struct s5a_wire *wire);
/* Wipes it; NULL is fine. Not while it moves bytes. Under the lock. */
void s5a_relay_free(struct s5a_relay *relay);
/* In the child of a fork: overwrites the keys of all, whatever another thread was doing with them. */
void s5a_relay_forget_all(void);

/* What s5a_carry does, for `p` with a relay. */
bool s5a_relay_carry(struct s5a_pending *p);
/* What s5a_carry_limit says. */
uint64_t s5a_relay_limit(const struct s5a_pending *p);
/* Bytes of the program's that are in the relay. Any thread. */
size_t s5a_relay_waiting(const struct s5a_relay *relay);
