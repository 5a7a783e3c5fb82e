/* The engine: its turns and its thread. */
#include "shim/engine/engine.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "shim/datagrams/associate.h"
#include "shim/engine/carrier.h"
#include "shim/engine/carry.h"
#include "shim/engine/conclude.h"
#include "shim/engine/keeper.h"
#include "shim/engine/private.h"
#include "shim/engine/watch.h"
#include "shim/inbound/binding.h"
#include "shim/inbound/binding_engine.h"
#include "shim/lock.h"
#include "shim/names/lookup_lines.h"
#include "shim/sockets/pool.h"

enum {
    IDLE_MS = 5000,
    EVENTS = 64,
    STACK = 256 * 1024, /* the system's resolver runs on it, for proxies by name */
};

/* Under the lock. */
static struct {
    enum { STOPPED, STARTING, RUNNING } state;
    pid_t home; /* of its thread */
    unsigned reserved;
    bool is_asleep;   /* in epoll_wait() */
    uint64_t soonest; /* ms: no slot has to be looked at earlier, but for an event */
    uint64_t others;  /* the same of associations in the making, and of listeners */
} engine;

/* ---- steps; the lock is held at both ends, and not in between ---- */

static int attempt_unlocked(struct s5a_pending *p, bool ready)
{
    p->is_busy = true;
    s5a_unlock_shielded();
    int result = s5a_attempt_step(&p->attempt, ready);
    if (result != -EINPROGRESS)
        s5a_attempt_report(&p->attempt, result);
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
    if (limit < engine.soonest)
        engine.soonest = limit;
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

static void handle(const struct epoll_event *event)
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

/* Slots whose time has come. */
static bool is_live(const struct s5a_pending *p)
{
    return p->state == S5A_PENDING_CONNECTING || p->state == S5A_PENDING_CARRIED;
}

static void expire(void)
{
    uint64_t now = s5a_now();
    if (now < engine.soonest)
        return;
    engine.soonest = UINT64_MAX;
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

/* ---- turns ---- */

static bool is_idle(void)
{
    return s5a_pending_count() == 0 && s5a_associating_count() == 0 && s5a_binding_count() == 0;
}

static int wait_unlocked(struct epoll_event *events)
{
    uint64_t soonest = engine.others;
    if (engine.soonest < soonest)
        soonest = engine.soonest;
    int ms = soonest == UINT64_MAX ? -1 : s5a_left(soonest, s5a_now());
    if (is_idle())
        ms = IDLE_MS;
    if (s5a_carrier_has_more())
        ms = 0;
    engine.is_asleep = true;
    s5a_unlock_shielded();
    int count = s5a_watch_wait(events, EVENTS, ms);
    s5a_lock_shielded();
    engine.is_asleep = false;
    return count;
}

static uint64_t expire_others(void)
{
    uint64_t associations = s5a_associating_expire(s5a_now());
    uint64_t listeners = s5a_binding_expire(s5a_now());
    return associations < listeners ? associations : listeners;
}

static void turn(void)
{
    struct epoll_event events[EVENTS];
    int count = wait_unlocked(events);
    for (int i = 0; i < count; i++)
        if (!s5a_associating_handle(&events[i]) && !s5a_binding_handle(&events[i]))
            handle(&events[i]);
    look_again(s5a_carrier_more());
    expire();
    engine.others = expire_others();
    if (count == 0 && is_idle() && engine.reserved == 0)
        engine.state = STOPPED;
}

static _Thread_local bool is_engine;

bool s5a_engine_is_caller(void)
{
    return is_engine;
}

static void *run(void *unused)
{
    is_engine = true;
    s5a_lock_shielded();
    while (engine.state == STARTING) /* until who starts it has seen that it does */
        s5a_lock_wait();
    while (engine.state == RUNNING) {
        turn();
        s5a_keeper_serve();
    }
    s5a_watch_close();
    s5a_lock_wake();
    s5a_unlock_shielded();
    return unused;
}

void s5a_engine_rest(void)
{
    if (engine.state == RUNNING && engine.is_asleep)
        s5a_watch_ring();
}

void s5a_engine_call(void)
{
    s5a_watch_ring();
}

/* From the thread that has begun it: the engine's set takes it from there, and the engine itself is
 * woken only where it would sleep too long. */
void s5a_engine_push(struct s5a_pending *p)
{
    uint64_t soonest = engine.soonest;
    if (p->is_dropped) {
        s5a_pending_end(p);
        return;
    }
    s5a_watch_gate(p);
    if (p->state == S5A_PENDING_CARRIED)
        s5a_carrier_begin(p);
    else if (p->state == S5A_PENDING_CONNECTING)
        go_on(p, p->result);
    if (engine.soonest < soonest || s5a_carrier_has_more())
        s5a_watch_ring();
}

bool s5a_engine_is_here(void)
{
    return engine.state == RUNNING && engine.home == getpid();
}

/* ---- the thread ---- */

/* Within a shield, so the thread begins with its signals blocked. */
static int start_thread(void)
{
    pthread_attr_t attributes;
    pthread_t started;
    if (pthread_attr_init(&attributes) != 0)
        return -EAGAIN;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK);
    int failed = pthread_create(&started, &attributes, run, NULL);
    pthread_attr_destroy(&attributes);
    return failed == 0 ? 0 : -EAGAIN;
}

static void mark_shared(void)
{
    for (uint32_t slot = 1; s5a_pending_at(slot) != NULL; slot++)
        s5a_pending_at(slot)->is_shared = true;
}

static void forget_all(void)
{
    engine.state = STOPPED; /* first: there is no bell any more */
    s5a_associating_forget();
    s5a_association_forget();
    s5a_binding_forget();
    s5a_pool_forget();
    s5a_lookup_forget();
    s5a_private_forget();
    s5a_pending_forget();
    s5a_carrier_forget();
    engine.reserved = 0;
}

void s5a_engine_expect_forks(void)
{
    s5a_lock_at_fork(mark_shared, forget_all);
}

/* `state` is STARTING: nobody else is here, and the lock is not held, since what this calls may
 * allocate. */
static int start(void)
{
    engine.soonest = engine.others = UINT64_MAX;
    int failed = s5a_watch_open();
    if (failed != 0)
        return failed;
    failed = start_thread();
    if (failed != 0)
        s5a_watch_close();
    return failed;
}

int s5a_engine_reserve(void)
{
    int failed = 0;
    s5a_lock_shielded();
    s5a_engine_expect_forks();
    if (engine.state != STOPPED && engine.home != getpid())
        forget_all();
    while (engine.state == STARTING)
        s5a_lock_wait();
    engine.reserved++;
    if (engine.state == STOPPED) {
        engine.state = STARTING;
        engine.home = getpid();
        s5a_unlock_shielded();
        failed = start();
        s5a_lock_shielded();
        engine.state = failed == 0 ? RUNNING : STOPPED;
        engine.reserved -= failed != 0;
        s5a_lock_wake();
    }
    s5a_unlock_shielded();
    return failed;
}

void s5a_engine_unreserve(void)
{
    s5a_lock_shielded();
    engine.reserved--;
    s5a_unlock_shielded();
}
