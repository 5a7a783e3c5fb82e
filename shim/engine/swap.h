/* Exchanging what is under the program's descriptor numbers: FD_CLOEXEC stays with each number, its
 * epoll registrations go along. All under the lock. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Puts the gate under `number`, where that leads to the socket of that cookie, and, where the program
 * has made other numbers of that, under all of those. How many numbers there were. */
unsigned s5a_swap_in(int number, uint64_t socket, int gate);
/* Puts a socket back in the place of a gate of that cookie, or of another socket. `is_settled`: it
 * will not be exchanged any more. */
unsigned s5a_swap_out(int number, uint64_t cookie, int with, bool is_settled);
