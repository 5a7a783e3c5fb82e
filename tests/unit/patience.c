/* Waiting as the kernel waits: handlers, restarting or not, and time-outs. */
#include "shim/sockets/patience.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "client/clock.h"
#include "shim/sockets/handlers.h"
#include "tests/unit/sanitizer.h"

enum { LONG = 20000, SHORT = 60 }; /* ms */

TestSuite(patience);

static volatile sig_atomic_t handled;

static void handle(int number)
{
    handled += number != 0;
}

static void catch (int number, int flags)
{
    struct sigaction action = { .sa_handler = handle, .sa_flags = flags };
    cr_assert_eq(sigaction(number, &action, NULL), 0);
}

static void alarm_in(int ms)
{
    struct itimerval in = { .it_value = { 0, ms * 1000 } };
    cr_assert_eq(setitimer(ITIMER_REAL, &in, NULL), 0);
}

/* Something to wait for, which does not come but from another thread. */
static int ends[2];

static void make_ends(void)
{
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
}

/* ---- handlers ---- */

Test(patience, handlers_are_told_apart)
{
    struct s5a_handlers handlers;
    catch (SIGUSR1, SA_RESTART);
    catch (SIGUSR2, 0);
    cr_assert_neq(signal(SIGPIPE, SIG_IGN), SIG_ERR);
    s5a_handlers_find(&handlers);
    cr_assert(handlers.has_restarting && handlers.has_ending);
    cr_assert_eq(sigismember(&handlers.restarting, SIGUSR1), 1);
    cr_assert_eq(sigismember(&handlers.ending, SIGUSR1), 0);
    cr_assert_eq(sigismember(&handlers.ending, SIGUSR2), 1);
    cr_assert_eq(sigismember(&handlers.restarting, SIGPIPE), 0);
    cr_assert_eq(sigismember(&handlers.ending, SIGPIPE), 0);
}

Test(patience, blocked_signal_that_waits_is_seen)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    catch (SIGUSR1, 0);
    cr_assert_eq(sigprocmask(SIG_BLOCK, &set, NULL), 0);
    cr_assert_not(s5a_is_signalled(&set));
    raise(SIGUSR1);
    cr_assert(s5a_is_signalled(&set));
}

/* ---- waiting with signals let in ---- */

static int wait_patiently(uint64_t ms, bool is_bounded)
{
    return s5a_wait_patiently(ends[0], POLLIN, s5a_now() + ms, is_bounded);
}

Test(patience, what_shows_ends_it_and_so_does_the_time)
{
    make_ends();
    cr_assert_eq(wait_patiently(SHORT, false), 0);
    cr_assert_eq(write(ends[1], "x", 1), 1);
    cr_assert_eq(wait_patiently(LONG, false), 1);
}

Test(patience, handler_that_restarts_does_not_end_it)
{
    make_ends();
    catch (SIGALRM, SA_RESTART);
    alarm_in(10);
    cr_assert_eq(wait_patiently(SHORT, false), 0);
    cr_assert_eq(handled, 1);
}

Test(patience, handler_that_does_not_restart_ends_it)
{
    make_ends();
    catch (SIGALRM, 0);
    alarm_in(10);
    cr_assert_eq(wait_patiently(LONG, false), -EINTR);
    cr_assert_eq(handled, 1);
}

Test(patience, with_both_kinds_each_does_as_it_says)
{
    make_ends();
    catch (SIGALRM, SA_RESTART);
    catch (SIGVTALRM, 0);
    alarm_in(10);
    cr_assert_eq(wait_patiently(SHORT, false), 0);
    cr_assert_eq(handled, 1);
    catch (SIGALRM, 0);
    catch (SIGVTALRM, SA_RESTART);
    alarm_in(10);
    cr_assert_eq(wait_patiently(LONG, false), -EINTR);
}

Test(patience, any_handler_ends_a_bounded_one)
{
    make_ends();
    catch (SIGALRM, SA_RESTART);
    alarm_in(10);
    cr_assert_eq(wait_patiently(LONG, true), -EINTR);
}

/* ---- waiting with signals held back ---- */

static int wait_alertly(uint64_t ms, bool *is_ended)
{
    sigset_t all, normal;
    sigfillset(&all);
    *is_ended = false;
    pthread_sigmask(SIG_SETMASK, &all, &normal);
    int waited = s5a_wait_alertly(ends[0], POLLIN, s5a_now() + ms, &normal, is_ended);
    int handled_within = handled;
    pthread_sigmask(SIG_SETMASK, &normal, NULL);
    cr_assert_eq(handled_within, 0);
    return waited;
}

Test(patience, alert_wait_sees_what_shows_and_its_time)
{
    bool is_ended;
    make_ends();
    cr_assert_eq(wait_alertly(SHORT, &is_ended), 0);
    catch (SIGUSR1, 0);
    cr_assert_eq(wait_alertly(SHORT, &is_ended), 0);
    cr_assert_eq(write(ends[1], "x", 1), 1);
    cr_assert_eq(wait_alertly(LONG, &is_ended), 1);
    cr_assert_not(is_ended);
}

static void alert_wait_ends(int flags, bool ended)
{
    bool is_ended;
    make_ends();
    catch (SIGALRM, flags);
    alarm_in(20);
    handled = 0;
    cr_assert_eq(wait_alertly(LONG, &is_ended), -EINTR);
    cr_assert_eq(is_ended, ended);
    cr_assert_eq(handled, 1); /* once the mask was restored */
}

Test(patience, alert_wait_ends_before_the_handler_runs)
{
    alert_wait_ends(0, true);
    alert_wait_ends(SA_RESTART, false);
}

Test(patience, alert_wait_does_not_mind_what_the_program_blocks)
{
    sigset_t set;
    bool is_ended;
    make_ends();
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    catch (SIGALRM, 0);
    cr_assert_eq(sigprocmask(SIG_BLOCK, &set, NULL), 0);
    alarm_in(10);
    cr_assert_eq(wait_alertly(SHORT, &is_ended), 0);
}

#if !LAB_SANITIZED

static void *be_cancelled(void *unused)
{
    bool is_ended;
    (void)wait_alertly(LONG, &is_ended);
    return unused;
}

static int lowest_number(void)
{
    int fd = dup(0);
    close(fd);
    return fd;
}

Test(patience, cancelled_alert_wait_leaves_no_descriptor)
{
    pthread_t thread;
    void *result;
    int before;
    make_ends();
    catch (SIGUSR1, 0);
    before = lowest_number();
    cr_assert_eq(pthread_create(&thread, NULL, be_cancelled, NULL), 0);
    poll(NULL, 0, 2 * 10); /* until it waits with its descriptor; sooner is right as well */
    pthread_cancel(thread);
    pthread_join(thread, &result);
    cr_assert(result == PTHREAD_CANCELED);
    cr_assert_eq(lowest_number(), before);
    cr_assert_eq(fcntl(1024, F_GETFD), -1);
}

#endif
