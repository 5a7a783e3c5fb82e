/* The state directory: what outlives a process (the map of names, what was learnt of proxies). */
#pragma once

#include <stddef.h>

#include "protocol/attributes.h"

/* Makes `dir` (and its parents) with 0700 where it is missing and opens `name` in it for reading
 * and writing, 0600, created where missing, CLOEXEC. Refused (-EPERM) where directory or file
 * belong to another user or can be written by others, are links or not regular. fd or -errno. */
S5A_MUST_USE int s5a_state_open(const char *dir, const char *name);
/* The same, locked (LOCK_SH or LOCK_EX of flock); -ETIMEDOUT where another process keeps the lock
 * for more than some seconds: it may have been stopped in the middle. */
S5A_MUST_USE int s5a_state_open_locked(const char *dir, const char *name, int lock);
/* Lets the lock go and closes. By hand, for a child of fork may hold a copy of `fd`. */
void s5a_state_close_locked(int fd);
