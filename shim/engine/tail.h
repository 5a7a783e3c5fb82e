/* Reading the shim's end of a pair so that one byte always stays in it: when that end is closed then,
 * the kernel shows the program a connection that was reset, as it does for no other reason.
 *
 * What stays is known: the first `*tail` bytes there have been read before, one but at the beginning. An
 * end to be watched edge-triggered, since there always is something to read. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

/* Reads what was not read before, up to what the `count` places hold (at most S5A_TAIL_PLACES); in
 * `*behind` what is left. The number of bytes; 0: the writing side has ended, and there is nothing
 * more; -EAGAIN, or -errno. */
enum { S5A_TAIL_PLACES = 16, S5A_TAIL_MAX = 2 };
ssize_t s5a_tail_read(int inner, unsigned *tail, const struct iovec *places, int count,
                      size_t *behind);
/* How many bytes were not read yet. */
size_t s5a_tail_waiting(int inner, unsigned tail);
/* Has the writing side ended, and everything been read? */
bool s5a_tail_is_end(int inner, unsigned tail);
/* Before the end is closed without a reset. */
void s5a_tail_drop(int inner, unsigned *tail);
