/* Signals that come while a program connects. */
#include "tests/preload/habit_signals.h"

#include <sys/time.h>

volatile sig_atomic_t habit_alarms, habit_other_signals;

void habit_count_signal(int number)
{
    if (number == SIGALRM)
        habit_alarms = habit_alarms + 1;
    else
        habit_other_signals = habit_other_signals + 1;
}

void habit_handle(int number, void (*handler)(int), int flags)
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
    CHECK(sigaction(number, &action, NULL) == 0);
}

void habit_set_timer(int ms)
{
    struct itimerval timer = { { 0, ms * 1000 }, { 0, ms * 1000 } };
    CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
}
