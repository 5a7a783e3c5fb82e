/* The engine's turns at what is carried. */
#include "shim/engine/carrier.h"

#include "shim/engine/carry.h"
#include "shim/engine/watch.h"
#include "shim/lock.h"

static uint32_t more; /* the list of slots that have more to be moved; 0: none. Under the lock */

bool s5a_carrier_has_more(void)
{
    return more != 0;
}

void s5a_carrier_forget(void)
{
    more = 0;
}

static void list(struct s5a_pending *p)
{
    if (p->is_listed)
        return;
    p->is_listed = true;
    p->next_more = more;
    more = p->slot;
}

/* The gate is watched for edges, and what is there by now is no edge. */
void s5a_carrier_begin(struct s5a_pending *p)
{
    p->own_shows = p->inner_shows = true;
    s5a_watch_carried(p);
    list(p);
}

static bool carry_unlocked(struct s5a_pending *p)
{
    p->is_busy = true;
    s5a_unlock_shielded();
    bool goes_on = s5a_carry(p);
    s5a_lock_shielded();
    p->is_busy = false;
    s5a_lock_wake();
    return goes_on && !p->is_dropped;
}

uint64_t s5a_carrier_turn(struct s5a_pending *p)
{
    if (!carry_unlocked(p)) {
        s5a_pending_end(p);
        return UINT64_MAX;
    }
    s5a_watch_carried(p);
    if (p->has_more)
        list(p);
    return s5a_carry_limit(p);
}

static void note_own(struct s5a_pending *p, uint32_t events)
{
    p->own_shows |= (events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0;
    p->is_cut |= (events & (EPOLLERR | EPOLLHUP)) != 0;
}

static void note_inner(struct s5a_pending *p, uint32_t events)
{
    p->inner_shows |= (events & (EPOLLIN | EPOLLHUP)) != 0;
    p->inner_ends |= (events & (EPOLLRDHUP | EPOLLHUP)) != 0;
    p->is_hung_up |= (events & EPOLLHUP) != 0;
    if (p->is_hung_up)
        s5a_watch_no_gate(p);
}

uint64_t s5a_carrier_event(struct s5a_pending *p, const struct epoll_event *event)
{
    if (s5a_watch_is_inner(event))
        note_inner(p, event->events);
    else
        note_own(p, event->events);
    return s5a_carrier_turn(p);
}

/* What has still more is put into a new list. A slot that was given back and taken anew meanwhile has
 * a turn that it does not need. */
uint64_t s5a_carrier_more(void)
{
    uint64_t soonest = UINT64_MAX;
    uint32_t slot = more;
    more = 0;
    while (slot != 0) {
        struct s5a_pending *p = s5a_pending_at(slot);
        slot = p->next_more;
        p->is_listed = false;
        if (p->state != S5A_PENDING_CARRIED || p->is_busy)
            continue;
        uint64_t limit = s5a_carrier_turn(p);
        soonest = limit < soonest ? limit : soonest;
    }
    return soonest;
}
