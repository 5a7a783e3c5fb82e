/* Times for dialling, and what may come between: signals, a poll() that fails. */
#pragma once

#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/time.h>

enum { LONG = 20000, SHORT = 60 }; /* ms */

static volatile sig_atomic_t lab_alarms;

static inline void lab_count_alarm(int number)
{
    (void)number;
    lab_alarms++;
}

static inline void lab_storm(bool on, int flags)
{
    struct sigaction action = { .sa_handler = lab_count_alarm, .sa_flags = flags };
    struct itimerval every = { { 0, on ? 2000 : 0 }, { 0, on ? 2000 : 0 } };
    cr_assert_eq(sigaction(SIGALRM, &action, NULL), 0);
    lab_alarms = on ? 0 : lab_alarms;
    cr_assert_eq(setitimer(ITIMER_REAL, &every, NULL), 0);
}

/* The signals of the tests are for the thread that dials. */
static inline void lab_block_alarms(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static inline int lab_broken_poll(struct pollfd *fds, nfds_t count, int timeout)
{
    (void)fds, (void)count, (void)timeout;
    errno = ENOMEM;
    return -1;
}
