/* Whether a one-shot registration with epoll has fired, asked of the kernel. */
#pragma once

#include <stdbool.h>

/* True where the registration of `fd` in the epoll set is there and disarmed (EPOLLONESHOT). Reads
 * /proc; false where that cannot be read. */
bool s5a_oneshot_has_fired(int set, int fd);
