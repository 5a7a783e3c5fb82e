/* Crews: threads of the shim's own that wait for others on the program's behalf, a bounded number of them at once.
 * The child of a fork has none of its parent's. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

struct s5a_crew {
    /* Whose threads (a pid, in the upper half) and how many; 0: nobody was ever at it. */
    _Atomic uint64_t members;
};

/* `work(context)` in another thread, with all signals blocked; it calls s5a_crew_leave at its end. 0; or
 * -EAGAIN where there are no threads to be had, or `most` at it already. */
int s5a_crew_start(struct s5a_crew *crew, unsigned most, void *(*work)(void *), void *context);
void s5a_crew_leave(struct s5a_crew *crew);
