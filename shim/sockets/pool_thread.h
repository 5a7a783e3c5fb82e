/* The thread that fills a pool and keeps its sessions alive. For pool*.c alone; under the lock but for
 * s5a_pool_thread_start. */
#pragma once

#include <stdbool.h>

/* True where there was none and there is to be one: then s5a_pool_thread_start, without the lock but
 * within a shield. */
bool s5a_pool_thread_claim(void);
void s5a_pool_thread_start(void);
/* Something was taken out. */
void s5a_pool_thread_wake(void);
/* True once in the child of a fork, which has none. */
bool s5a_pool_thread_is_parents(void);
