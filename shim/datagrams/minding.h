/* Associations that the engine minds: where the proxy ends the connection that one lives by, another
 * is made at once, and where that fails the program is told (telling.h). A program that only waits
 * for datagrams would never learn of it (architecture, section 8). */
#pragma once

#include <sys/epoll.h>

#include "shim/datagrams/associations.h"

/* Sees to it that the association, which stands, is minded by the engine of this process. Without the
 * lock, within a shield. Where no engine can be had, sending calls look after it. */
void s5a_mind(const struct s5a_association *known);

/* ---- under the lock ---- */

/* The same where the engine runs already; `own` is open. */
void s5a_minding_begin(struct s5a_association *own);
/* Before its connection is closed; `own` is open. */
void s5a_minding_end(struct s5a_association *own);
/* Its connection has ended. By the engine; the lock is given back meanwhile. */
void s5a_minding_lost(const struct s5a_association *known);
/* In the child of a fork: it is the parent's. */
void s5a_minding_forget(void);

/* For the engine. */
unsigned s5a_minding_count(void);
void s5a_minding_handle(const struct epoll_event *event);
