/* The open descriptors of the process, asked of the kernel: nothing that the program did behind
 * the shim's back can be missed. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Return false to stop. */
typedef bool s5a_descriptor_fn(int fd, void *context);

/* Calls `fn` for each open descriptor. Allocates nothing. Where /proc is not there it tries the
 * numbers below 65536. */
void s5a_descriptors_each(s5a_descriptor_fn *fn, void *context);

/* The kernel's number of the socket behind `fd` (SO_COOKIE): the same for all duplicates, in all
 * processes, never given twice. 0: not a socket. */
uint64_t s5a_socket_cookie(int fd);
