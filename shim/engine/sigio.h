/* Signal-driven readiness (O_ASYNC): it is registered with a description, so an exchange would lose
 * it. */
#pragma once

/* Gives `to` the owner and signal of `from` (F_SETOWN, F_SETSIG). */
void s5a_sigio_copy(int from, int to);
/* The signal that the kernel sends when a connect() has come to its end, for `fd` with `flags`;
 * nothing without O_ASYNC. */
void s5a_sigio_raise(int fd, int flags);
