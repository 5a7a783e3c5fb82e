/* The one lock of the shim's state. */
#include "shim/lock.h"

#include <pthread.h>
#include <stdbool.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static bool fork_is_handled; /* under the mutex */

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

/* Outside the mutex, because a fork in another thread holds libc's list of handlers while it waits
 * for the mutex. Registered twice by two first users it would lock twice: the flag decides. */
static void handle_fork(struct s5a_locked *locked)
{
    fork_is_handled = true;
    leave(locked);
    pthread_atfork(before_fork, after_fork, after_fork);
    enter(locked);
}

void s5a_lock(struct s5a_locked *locked)
{
    enter(locked);
    if (!fork_is_handled)
        handle_fork(locked);
}

void s5a_unlock(const struct s5a_locked *locked)
{
    leave(locked);
}
