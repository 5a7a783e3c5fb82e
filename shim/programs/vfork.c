/* How a vfork child is told from its parent without any state of our own. */
#include "shim/programs/vfork.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

/* libc keeps the thread's number in its descriptor and fork() puts the new one there, but vfork()
 * cannot: the memory is the parent's. The thread's CPU clock is that number, negated and shifted
 * (the kernel's encoding of CPU clocks). */
bool s5a_in_vfork_child(void)
{
    clockid_t clock;
    if (pthread_getcpuclockid(pthread_self(), &clock) != 0)
        return false;
    return ~(clock >> 3) != gettid();
}
