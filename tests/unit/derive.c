/* Derivations of passwords, one at a time. */
#include "client/login/derive.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/clock.h"
#include "tests/unit/span.h"

static const struct s5a_challenge cheap = { .ops = 2, .mem_kib = 19456, .salt = { 1 } };
static const struct s5a_challenge dear = { .ops = 8, .mem_kib = 262144, .salt = { 2 } };
static struct s5a_secret password;

static void *derive(void *challenge)
{
    static struct s5a_key salted[2];
    enum s5a_status status =
        s5a_derive_salted(&salted[challenge == &dear], &password, challenge, UINT64_MAX);
    return (void *)(uintptr_t)status;
}

static pthread_t begin(const struct s5a_challenge *challenge)
{
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, derive, (void *)(uintptr_t)challenge), 0);
    return thread;
}

static enum s5a_status end(pthread_t thread)
{
    void *status;
    cr_assert_eq(pthread_join(thread, &status), 0);
    return (enum s5a_status)(uintptr_t)status;
}

Test(derive, same_input_same_key)
{
    struct s5a_key one, two;
    cr_assert(s5a_secret_set(&password, SPAN("correct horse")));
    cr_assert_eq(s5a_derive_salted(&one, &password, &cheap, UINT64_MAX), S5A_OK);
    cr_assert_eq(s5a_derive_salted(&two, &password, &cheap, 0), S5A_OK, "nobody to wait for");
    cr_assert(memcmp(&one, &two, sizeof one) == 0);
}

Test(derive, threads_take_turns)
{
    pthread_t a = begin(&cheap), b = begin(&cheap), c = begin(&cheap);
    cr_assert_eq(end(a), S5A_OK);
    cr_assert_eq(end(b), S5A_OK);
    cr_assert_eq(end(c), S5A_OK);
}

/* Until the other thread is at it, this one derives too, and leaves it time to begin. */
static enum s5a_status wait_for_refusal(uint64_t deadline)
{
    struct s5a_key salted;
    enum s5a_status status;
    while ((status = s5a_derive_salted(&salted, &password, &cheap, 0)) == S5A_OK &&
           s5a_now() < deadline)
        usleep(20000);
    return status;
}

Test(derive, waiting_ends_at_the_deadline)
{
    pthread_t other = begin(&dear);
    cr_assert_eq(wait_for_refusal(s5a_now() + 30000), S5A_TIMED_OUT);
    cr_assert_eq(end(other), S5A_OK);
}

Test(derive, child_of_fork_does_not_wait_for_a_thread_that_it_does_not_have)
{
    struct s5a_key salted;
    int status;
    pthread_t other = begin(&dear);
    cr_assert_eq(wait_for_refusal(s5a_now() + 30000), S5A_TIMED_OUT);
    pid_t child = fork();
    if (child == 0)
        _exit((int)s5a_derive_salted(&salted, &password, &cheap, 0));
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0);
    cr_assert_eq(end(other), S5A_OK);
}
