/* Threads that sleep in a blocking call on a descriptor, asked of the kernel. */
#pragma once

#include <stdbool.h>

/* Does a thread of this process sleep in a call that reads or writes `fd`? Where the kernel does not
 * tell, yes. Reads a small file for each thread. */
bool s5a_sleepers_any(int fd);
