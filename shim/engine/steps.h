/* What the engine does for connects that are pending and for bytes that it carries: a step at each
 * event, and where one's time has come. All under the lock; a step gives it back meanwhile. */
#pragma once

#include <stdint.h>
#include <sys/epoll.h>

#include "shim/engine/pending.h"

/* Before the engine's first turn. */
void s5a_steps_init(void);
/* ms: no slot has to be looked at earlier, but for an event. */
uint64_t s5a_steps_due(void);
/* From s5a_watch_wait. */
void s5a_steps_handle(const struct epoll_event *event);
/* Those whose time has come. */
void s5a_steps_expire(void);
/* What has been begun elsewhere: nobody is busy with it. */
void s5a_steps_take(struct s5a_pending *p);
