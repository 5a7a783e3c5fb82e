/* The lock: one at a time, deaf to signals, whole in a forked child. */
#include "shim/lock.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/sanitizer.h"

enum { THREADS = 8, TURNS = 2000 };

TestSuite(lock);

static unsigned counted;

static void *count(void *unused)
{
    struct s5a_locked locked;
    for (int i = 0; i < TURNS; i++) {
        s5a_lock(&locked);
        counted++;
        s5a_unlock(&locked);
    }
    return unused;
}

Test(lock, one_thread_has_it_at_a_time)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, count, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    cr_assert_eq(counted, THREADS * TURNS);
}

static volatile sig_atomic_t handled;

static void handle(int number)
{
    handled = number;
}

Test(lock, signals_wait_until_it_is_given_back)
{
    struct s5a_locked locked;
    cr_assert_neq(signal(SIGUSR1, handle), SIG_ERR);
    s5a_lock(&locked);
    cr_assert(s5a_lock_is_mine());
    raise(SIGUSR1);
    cr_assert_eq(handled, 0);
    s5a_unlock(&locked);
    cr_assert_eq(handled, SIGUSR1);
    cr_assert_not(s5a_lock_is_mine());
}

#if !LAB_SANITIZED

static void *cancel_in_it(void *unused)
{
    struct s5a_locked locked;
    s5a_lock(&locked);
    pthread_cancel(pthread_self());
    pthread_testcancel();
    counted++;
    s5a_unlock(&locked);
    pthread_testcancel();
    counted += 100;
    return unused;
}

Test(lock, cancellation_waits_until_it_is_given_back)
{
    pthread_t thread;
    void *result;
    cr_assert_eq(pthread_create(&thread, NULL, cancel_in_it, NULL), 0);
    pthread_join(thread, &result);
    cr_assert(result == PTHREAD_CANCELED);
    cr_assert_eq(counted, 1);
}

#endif

static bool is_told; /* under the lock */

static void *tell(void *unused)
{
    struct s5a_locked locked;
    s5a_lock(&locked);
    is_told = true;
    s5a_lock_wake();
    s5a_unlock(&locked);
    return unused;
}

Test(lock, who_waits_is_woken_with_it)
{
    pthread_t thread;
    struct s5a_locked locked;
    s5a_lock(&locked);
    cr_assert_eq(pthread_create(&thread, NULL, tell, NULL), 0);
    while (!is_told)
        s5a_lock_wait();
    cr_assert(s5a_lock_is_mine());
    s5a_unlock(&locked);
    pthread_join(thread, NULL);
}

static int in_parent, in_child;

static void note_parent(void)
{
    in_parent += s5a_lock_is_mine() ? 1 : 100;
}

static void note_child(void)
{
    in_child += s5a_lock_is_mine() ? 1 : 100;
}

/* However often another thread takes it. */
Test(lock, forked_child_has_it_free)
{
    pthread_t thread;
    s5a_lock_at_fork(note_parent, note_child);
    cr_assert_eq(pthread_create(&thread, NULL, count, NULL), 0);
    for (int i = 0; i < 20; i++) {
        struct s5a_locked locked;
        int status;
        pid_t child = fork();
        if (child == 0) {
            alarm(20);
            s5a_lock(&locked);
            s5a_unlock(&locked);
            _exit(in_child == 1 ? 0 : 1);
        }
        cr_assert_eq(waitpid(child, &status, 0), child);
        cr_assert_eq(status, 0);
    }
    pthread_join(thread, NULL);
    cr_assert_eq(in_parent, 20);
}
