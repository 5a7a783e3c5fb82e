/* Waiting as a blocking system call of the kernel waits: a signal handler with SA_RESTART does not
 * end it, one without does (signal(7)). Here `fd` is waited for until it shows one of `events` or an
 * error: 1; 0 at `until` (ms); -errno. */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* Handlers run, and may jump away: at once where all of the program's are of one kind, else within
 * 10 ms. -EINTR where one has ended the wait; `is_bounded`: each does, as in calls that the program's
 * own time-out bounds. */
int s5a_wait_patiently(int fd, short events, uint64_t until, bool is_bounded);

/* With all signals blocked; `normal` is the program's mask. -EINTR, and `*is_ended` where the call is
 * not to be gone on with, as soon as a handler is to run, which it does once the caller restores the
 * mask. For the first few ms signals are not looked at. A cancellation point. */
int s5a_wait_alertly(int fd, short events, uint64_t until, const sigset_t *normal, bool *is_ended);
