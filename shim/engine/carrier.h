/* The engine's turns at what is carried (carry.h). All under the lock, which is let go of while bytes
 * are moved. Results are when it is to be looked at again though nothing has come, in ms; UINT64_MAX:
 * never. */
#pragma once

#include <sys/epoll.h>

#include "shim/engine/pending.h"

/* From now on it is carried: in any thread. */
void s5a_carrier_begin(struct s5a_pending *p);
/* One turn; its slot may be given back. The engine's thread. */
uint64_t s5a_carrier_turn(struct s5a_pending *p);
uint64_t s5a_carrier_event(struct s5a_pending *p, const struct epoll_event *event);
/* A turn more for all that had more to be moved than a turn moves. */
uint64_t s5a_carrier_more(void);
bool s5a_carrier_has_more(void);
/* In the child of a fork, where nothing of it is ours. */
void s5a_carrier_forget(void);
