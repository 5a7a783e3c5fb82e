/* Signals that come while a program connects. */
#pragma once

#include <signal.h>

#include "tests/preload/habit.h"

/* How many habit_count_signal has seen. */
extern volatile sig_atomic_t habit_alarms, habit_other_signals;
/* A handler. */
void habit_count_signal(int number);
void habit_handle(int number, void (*handler)(int), int flags);
/* SIGALRM each `ms`, so that one comes in the call, however long it takes to begin; 0: no more. */
void habit_set_timer(int ms);
