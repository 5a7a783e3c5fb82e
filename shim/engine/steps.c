/* Steps of pending connects. */
#include "shim/engine/steps.h"

#include <errno.h>

#include "shim/engine/carrier.h"
#include "shim/engine/carry.h"
#include "shim/engine/conclude.h"
#include "shim/engine/watch.h"
#include "shim/inbound/expected.h"
#include "shim/lock.h"

static uint64_t soonest; /* under the lock */

void s5a_steps_init(void)
{
    soonest = UINT64_MAX;
}

uint64_t s5a_steps_due(void)
{
    return soonest;
}

/* The lock is held at both ends, and not in between. */
static int attempt_unlocked(struct s5a_pending *p, bool ready)
{
    p->is_busy = true;
    s5a_unlock_shielded();
    int result = s5a_attempt_step(&p->attempt, ready);
    if (result != -EINPROGRESS)
        s5a_attempt_report(&p->attempt, result);
    if (result == 0)
        s5a_expected_note(&p->attempt);
    s5a_lock_shielded();
    p->is_busy = false;
    s5a_lock_wake();
    return result;
}

/* The first step of all may ask the system's resolver, so it is due at once. */
static uint64_t limit_of(const struct s5a_pending *p)
{
    if (p->state == S5A_PENDING_CARRIED)
        return s5a_carry_limit(p);
    return p->attempt.stage == S5A_ATTEMPT_FIND ? 0 : s5a_attempt_limit(&p->attempt);
}

static void look_again(uint64_t limit)
{
    if (limit < soonest)
        soonest = limit;
}

static void go_on(struct s5a_pending *p, int result)
{
    if (result != -EINPROGRESS) {
        if (s5a_conclude(p, result) && p->state == S5A_PENDING_CARRIED)
            s5a_carrier_begin(p);
        return;
    }
    if (p->attempt.stage != S5A_ATTEMPT_FIND)
        s5a_watch_attempt(p);
    look_again(limit_of(p));
}

static void step(struct s5a_pending *p, bool ready)
{
    int result = attempt_unlocked(p, ready);
    if (p->is_dropped)
        s5a_pending_end(p);
    else
        go_on(p, result);
}

void s5a_steps_handle(const struct epoll_event *event)
{
    struct s5a_pending *p = s5a_watch_subject(event);
    bool is_inner = s5a_watch_is_inner(event);
    bool hung_up = is_inner && (event->events & EPOLLHUP) != 0;
    if (p == NULL || p->is_busy)
        return;
    if (p->state == S5A_PENDING_CARRIED)
        look_again(s5a_carrier_event(p, event));
    else if (p->state == S5A_PENDING_CONNECTING && !is_inner)
        step(p, true);
    else if (hung_up)
        s5a_conclude_hangup(p);
}

static bool is_live(const struct s5a_pending *p)
{
    return p->state == S5A_PENDING_CONNECTING || p->state == S5A_PENDING_CARRIED;
}

void s5a_steps_expire(void)
{
    uint64_t now = s5a_now();
    look_again(s5a_carrier_more());
    if (now < soonest)
        return;
    soonest = UINT64_MAX;
    for (uint32_t slot = 1; s5a_pending_at(slot) != NULL; slot++) {
        struct s5a_pending *p = s5a_pending_at(slot);
        if (!is_live(p) || p->is_busy)
            continue;
        if (limit_of(p) > now)
            look_again(limit_of(p));
        else if (p->state == S5A_PENDING_CARRIED)
            look_again(s5a_carrier_turn(p));
        else
            step(p, false);
    }
}

void s5a_steps_take(struct s5a_pending *p)
{
    if (p->is_dropped) {
        s5a_pending_end(p);
        return;
    }
    s5a_watch_gate(p);
    if (p->state == S5A_PENDING_CARRIED)
        s5a_carrier_begin(p);
    else if (p->state == S5A_PENDING_CONNECTING)
        go_on(p, p->result);
}
