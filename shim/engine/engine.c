/* The engine: its turns and its thread. */
#include "shim/engine/engine.h"

#include <errno.h>
#include <unistd.h>

#include "shim/datagrams/associate.h"
#include "shim/datagrams/local_relay.h"
#include "shim/datagrams/minding.h"
#include "shim/engine/carrier.h"
#include "shim/engine/keeper.h"
#include "shim/engine/private.h"
#include "shim/engine/steps.h"
#include "shim/engine/watch.h"
#include "shim/inbound/binding.h"
#include "shim/inbound/binding_engine.h"
#include "shim/lock.h"
#include "shim/names/lookup_lines.h"
#include "shim/sockets/pool.h"
#include "shim/thread.h"

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
    bool is_asleep;  /* in epoll_wait() */
    uint64_t others; /* ms: no association in the making or listener is due earlier */
} engine;

/* ---- turns ---- */

static bool is_idle(void)
{
    return s5a_pending_count() == 0 && s5a_associating_count() == 0 && s5a_binding_count() == 0;
}

static int wait_unlocked(struct epoll_event *events)
{
    uint64_t steps = s5a_steps_due();
    uint64_t soonest = steps < engine.others ? steps : engine.others;
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

static void handle(const struct epoll_event *event)
{
    switch (s5a_watch_whose(event)) {
    case S5A_WATCHED_PENDING:
        s5a_steps_handle(event);
        break;
    case S5A_WATCHED_BINDING:
        s5a_binding_handle(event);
        break;
    case S5A_WATCHED_ASSOCIATING:
        s5a_associating_handle(event);
        break;
    case S5A_WATCHED_MINDING:
        s5a_minding_handle(event);
        break;
    case S5A_WATCHED_LOCAL_RELAY:
        s5a_local_relay_handle(event);
        break;
    }
}

static void turn(void)
{
    struct epoll_event events[EVENTS];
    int count = wait_unlocked(events);
    for (int i = 0; i < count; i++)
        handle(&events[i]);
    s5a_steps_expire();
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
    uint64_t due = s5a_steps_due();
    s5a_steps_take(p);
    if (s5a_steps_due() < due || s5a_carrier_has_more())
        s5a_watch_ring();
}

bool s5a_engine_is_here(void)
{
    return engine.state == RUNNING && engine.home == getpid();
}

/* ---- the thread ---- */

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
    engine.others = UINT64_MAX;
    s5a_steps_init();
    int failed = s5a_watch_open();
    if (failed != 0)
        return failed;
    failed = s5a_thread_start(run, NULL, STACK);
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
