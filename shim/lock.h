/* The one lock of the shim's state. Inside, all signals are blocked and the thread cannot be
 * cancelled, so no handler can longjmp away with it or come back to it; a fork waits for it.
 * Never held across a call that may block on the network, and no malloc under it: an allocator's
 * own locks must not meet ours in a fork. */
#pragma once

#include <signal.h>
#include <stdbool.h>

struct s5a_locked {
    sigset_t signals;
    int cancel_state;
};

void s5a_lock(struct s5a_locked *locked);
void s5a_unlock(const struct s5a_locked *locked);

/* Signals and cancellation alone: what is begun inside is finished. The lock may be taken within,
 * by the shorter calls below. */
void s5a_shield(struct s5a_locked *locked);
void s5a_unshield(const struct s5a_locked *locked);

/* The lock within a shield, and in threads of the shim's own, whose signals are blocked for good. */
void s5a_lock_shielded(void);
void s5a_unlock_shielded(void);

/* Does the calling thread hold it? What libc or client code calls under the lock may be one of our
 * own exports, which then must not take it again. */
bool s5a_lock_is_mine(void);

/* Under the lock: lets others have it until s5a_lock_wake is called. May return without. */
void s5a_lock_wait(void);
void s5a_lock_wake(void);

/* In a child that libc does not know of: who waited is in the parent alone. Under the lock. */
void s5a_lock_forget_waiters(void);

/* Are called under the lock around each fork of this process, in the parent and in the child. Always the same ones;
 * with the lock or without. */
void s5a_lock_at_fork(void (*parent)(void), void (*child)(void));
