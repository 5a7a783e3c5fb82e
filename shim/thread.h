/* Threads of the shim's own: nobody joins them, and they have all signals blocked for good. */
#pragma once

#include <stddef.h>

/* `work(context)` in a thread with a stack of so many bytes; 0: of as many as threads have by default. 0, or
 * -EAGAIN where none is to be had. Not under the lock: it takes memory. */
int s5a_thread_start(void *(*work)(void *), void *context, size_t stack);
