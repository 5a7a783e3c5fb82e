/* The monotonic clock. Apart from client/session/io, so that who needs the time alone does not link the
 * table of libc's functions. */
#include "client/clock.h"

#include <limits.h>
#include <time.h>

uint64_t s5a_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int s5a_left(uint64_t deadline, uint64_t now)
{
    if (now >= deadline)
        return 0;
    return deadline - now < INT_MAX ? (int)(deadline - now) : INT_MAX;
}
