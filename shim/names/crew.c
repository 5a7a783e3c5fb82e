/* Threads of the shim's own, so many and no more. */
#include "shim/names/crew.h"

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#include "shim/thread.h"

enum { STACK = 256 * 1024 };

/* In one step, so that nobody is left out. Those that a parent's count is about are not here. */
static bool join(struct s5a_crew *crew, unsigned most)
{
    uint64_t home = (uint64_t)getpid() << 32, now = atomic_load(&crew->members), count;
    do {
        count = now >> 32 == home >> 32 ? (uint32_t)now : 0;
        if (count >= most)
            return false;
    } while (!atomic_compare_exchange_weak(&crew->members, &now, home | (count + 1)));
    return true;
}

int s5a_crew_start(struct s5a_crew *crew, unsigned most, void *(*work)(void *), void *context)
{
    if (!join(crew, most))
        return -EAGAIN;
    int failed = s5a_thread_start(work, context, STACK);
    if (failed != 0)
        s5a_crew_leave(crew);
    return failed;
}

void s5a_crew_leave(struct s5a_crew *crew)
{
    atomic_fetch_sub(&crew->members, 1);
}
