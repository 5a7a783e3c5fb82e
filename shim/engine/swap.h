/* Exchanging what is under the program's descriptor numbers. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Puts the description `with` under `number`, where that leads to the socket of that cookie, and,
 * where the program has made other numbers of it, under all of those. FD_CLOEXEC stays with each
 * number, its epoll registrations go along (`settled`: for the last time). Under the lock.
 * Returns how many numbers there were. */
unsigned s5a_swap(int number, uint64_t cookie, int with, bool settled);
