/* Associations in the making, by the engine. */
#include "shim/datagrams/associate.h"
#include "shim/datagrams/associating.h"

#include <errno.h>

#include "shim/datagrams/minding.h"
#include "shim/datagrams/local_relay.h"
#include "shim/engine/watch.h"
#include "shim/lock.h"

static void watch(struct s5a_associating *x)
{
    int fd = s5a_attempt_socket(&x->attempt);
    uint32_t events = (uint32_t)s5a_attempt_events(&x->attempt);
    uint64_t data = s5a_watch_data(S5A_WATCHED_ASSOCIATING, x->number, 0);
    s5a_watched_follow(&x->watched, fd, x->attempt.dials, events, data);
}

static uint64_t limit_of(const struct s5a_associating *x)
{
    return x->attempt.stage == S5A_ATTEMPT_FIND ? 0 : s5a_attempt_limit(&x->attempt);
}

/* The lock is given back meanwhile. */
static int step(struct s5a_associating *x, bool ready)
{
    x->is_busy = true;
    s5a_unlock_shielded();
    int result = s5a_associating_step(x, ready);
    s5a_lock_shielded();
    x->is_busy = false;
    return result;
}

static void go_on(struct s5a_associating *x, bool ready)
{
    int result = step(x, ready);
    if (result == -EINPROGRESS)
        watch(x);
    else
        (void)s5a_associating_conclude(x, result);
}

void s5a_associating_handle(const struct epoll_event *event)
{
    struct s5a_associating *x = s5a_associating_at(s5a_watch_number(event));
    if (x != NULL && x->is_handed && !x->is_busy)
        go_on(x, true);
}

uint64_t s5a_associating_expire(uint64_t now)
{
    uint64_t soonest = s5a_local_relay_expire(now);
    for (size_t i = 0; i < S5A_ASSOCIATING_MAX && s5a_associating_count() != 0; i++) {
        struct s5a_associating *x = s5a_associating_at(i);
        if (x == NULL || !x->is_handed || x->is_busy)
            continue;
        if (limit_of(x) <= now)
            go_on(x, false);
        if (s5a_associating_at(i) == x && limit_of(x) < soonest)
            soonest = limit_of(x);
    }
    return soonest;
}

void s5a_associating_hand_over(struct s5a_associating *x)
{
    x->is_handed = true;
    x->is_busy = false;
    if (x->attempt.stage != S5A_ATTEMPT_FIND)
        watch(x);
    s5a_watch_ring();
}
