/* The one lock of the shim's state. */
#include "shim/lock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void before_fork(void)
{
    pthread_mutex_lock(&mutex);
}

static void after_fork(void)
{
    pthread_mutex_unlock(&mutex);
}

static void enter(struct s5a_locked *locked)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &locked->signals);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &locked->cancel_state);
    pthread_mutex_lock(&mutex);
}

static void leave(const struct s5a_locked *locked)
{
    pthread_mutex_unlock(&mutex);
    pthread_setcancelstate(locked->cancel_state, NULL);
    pthread_sigmask(SIG_SETMASK, &locked->signals, NULL);
}

/* At start, before there are threads: between a first use that registers the handlers and a fork
 * in another thread nothing could keep the child from inheriting a locked mutex. Whoever uses the
 * lock before our constructor, which is in a library's constructor, comes first. */
__attribute__((constructor)) static void handle_fork(void)
{
    static atomic_bool is_handled __attribute__((section(".data")));
    if (!atomic_load_explicit(&is_handled, memory_order_relaxed) &&
        !atomic_exchange(&is_handled, true))
        pthread_atfork(before_fork, after_fork, after_fork);
}

void s5a_lock(struct s5a_locked *locked)
{
    handle_fork();
    enter(locked);
}

void s5a_unlock(const struct s5a_locked *locked)
{
    leave(locked);
}
