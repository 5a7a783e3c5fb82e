/* The one lock of the shim's state. */
#include "shim/lock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static _Atomic pthread_t owner; /* 0: nobody */
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static void (*_Atomic at_fork_in_parent)(void);
static void (*_Atomic at_fork_in_child)(void);

static void take(void)
{
    pthread_mutex_lock(&mutex);
    atomic_store_explicit(&owner, pthread_self(), memory_order_relaxed);
}

static void release(void)
{
    atomic_store_explicit(&owner, 0, memory_order_relaxed);
    pthread_mutex_unlock(&mutex);
}

static void before_fork(void)
{
    take();
}

static void after_fork_in_parent(void)
{
    void (*then)(void) = atomic_load_explicit(&at_fork_in_parent, memory_order_relaxed);
    if (then != NULL)
        then();
    release();
}

void s5a_lock_forget_waiters(void)
{
    changed = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
}

static void after_fork_in_child(void)
{
    s5a_lock_forget_waiters();
    void (*then)(void) = atomic_load_explicit(&at_fork_in_child, memory_order_relaxed);
    if (then != NULL)
        then();
    release();
}

/* At start, before there are threads: between a first use that registers the handlers and a fork
 * in another thread nothing could keep the child from inheriting a locked mutex. Whoever uses the
 * lock before our constructor, which is in a library's constructor, comes first. */
__attribute__((constructor)) static void handle_fork(void)
{
    static atomic_bool is_handled __attribute__((section(".data")));
    if (!atomic_load_explicit(&is_handled, memory_order_relaxed) &&
        !atomic_exchange(&is_handled, true))
        pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

void s5a_shield(struct s5a_locked *locked)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &locked->signals);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &locked->cancel_state);
}

void s5a_unshield(const struct s5a_locked *locked)
{
    pthread_setcancelstate(locked->cancel_state, NULL);
    pthread_sigmask(SIG_SETMASK, &locked->signals, NULL);
}

void s5a_lock_shielded(void)
{
    handle_fork();
    take();
}

void s5a_unlock_shielded(void)
{
    release();
}

void s5a_lock(struct s5a_locked *locked)
{
    s5a_shield(locked);
    s5a_lock_shielded();
}

void s5a_unlock(const struct s5a_locked *locked)
{
    s5a_unlock_shielded();
    s5a_unshield(locked);
}

bool s5a_lock_is_mine(void)
{
    return atomic_load_explicit(&owner, memory_order_relaxed) == pthread_self();
}

void s5a_lock_wait(void)
{
    atomic_store_explicit(&owner, 0, memory_order_relaxed);
    pthread_cond_wait(&changed, &mutex);
    atomic_store_explicit(&owner, pthread_self(), memory_order_relaxed);
}

void s5a_lock_wake(void)
{
    pthread_cond_broadcast(&changed);
}

void s5a_lock_at_fork(void (*parent)(void), void (*child)(void))
{
    atomic_store_explicit(&at_fork_in_parent, parent, memory_order_relaxed);
    atomic_store_explicit(&at_fork_in_child, child, memory_order_relaxed);
}
