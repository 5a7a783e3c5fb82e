/* The one lock of the shim's state. Inside, all signals are blocked and the thread cannot be
 * cancelled, so no handler can longjmp away with it or come back to it; a fork waits for it.
 * Never held across a call that may block on the network. */
#pragma once

#include <signal.h>

struct s5a_locked {
    sigset_t signals;
    int cancel_state;
};

void s5a_lock(struct s5a_locked *locked);
void s5a_unlock(const struct s5a_locked *locked);
