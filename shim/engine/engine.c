/* The engine: its thread, and what it waits for. */
#include "shim/engine/engine.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>

#include "shim/engine/carry.h"
#include "shim/engine/conclude.h"
#include "shim/engine/keeper.h"
#include "shim/engine/private.h"
#include "shim/lock.h"
#include "shim/real.h"

enum {
    IDLE_MS = 5000,
    EVENTS = 64,
    STACK = 256 * 1024, /* the system's resolver runs on it, for proxies by name */
};

/* Under the lock but for `soonest`, which is the engine's. */
static struct {
    enum { STOPPED, STARTING, RUNNING } state;
    unsigned reserved;
    int set;  /* epoll, private */
    int bell; /* eventfd, private */
    uint32_t newcomers;
    bool is_rung;
    uint64_t soonest; /* ms: no attempt has to be looked at earlier, but for an event */
} engine;

/* ---- events ---- */

/* Slot and the low bits of the gate's cookie, so that an event that outlived its slot is known as
 * such; the lowest bit is set for the inner end of the gate. */
static uint64_t tag(const struct s5a_pending *p, bool is_inner)
{
    return (uint64_t)p->slot << 32 | (p->gate << 1 & 0xfffffffe) | is_inner;
}

static struct s5a_pending *tagged(uint64_t data)
{
    struct s5a_pending *p = s5a_pending_at((uint32_t)(data >> 32));
    return p != NULL && p->gate != 0 && ((tag(p, false) ^ data) & ~UINT64_C(1)) == 0 ? p : NULL;
}

static int control(int op, int fd, uint32_t events, uint64_t data)
{
    struct epoll_event event = { .events = events, .data.u64 = data };
    return S5A_REAL(epoll_ctl)(engine.set, op, fd, &event);
}

void s5a_engine_unwatch(struct s5a_pending *p)
{
    if (p->watched >= 0)
        (void)control(EPOLL_CTL_DEL, p->watched, 0, 0);
    p->watched = -1;
}

static void watch_socket(struct s5a_pending *p, int fd, uint32_t events, unsigned dial)
{
    if (p->watched >= 0 && (p->watched != fd || p->watched_dial != dial))
        s5a_engine_unwatch(p);
    if (p->watched < 0)
        (void)control(EPOLL_CTL_ADD, fd, events, tag(p, false));
    else if (p->watched_events != events)
        (void)control(EPOLL_CTL_MOD, fd, events, tag(p, false));
    p->watched = fd;
    p->watched_dial = dial;
    p->watched_events = events;
}

static void watch_inner(struct s5a_pending *p, uint32_t events)
{
    if (!p->is_hung_up && p->inner_events != events)
        (void)control(EPOLL_CTL_MOD, p->inner, events, tag(p, true));
    p->inner_events = events;
}

/* poll() and epoll have the same numbers for these. */
static void watch_attempt(struct s5a_pending *p)
{
    uint64_t limit = s5a_attempt_limit(&p->attempt);
    watch_socket(p, s5a_attempt_socket(&p->attempt), (uint32_t)s5a_attempt_events(&p->attempt),
                 p->attempt.dials);
    if (limit < engine.soonest)
        engine.soonest = limit;
}

static void watch_carried(struct s5a_pending *p)
{
    struct s5a_carry_events events = s5a_carry_wants(p);
    watch_socket(p, p->own, events.own, p->attempt.dials);
    watch_inner(p, events.inner);
}

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

static void go_on(struct s5a_pending *p, int result)
{
    if (result == -EINPROGRESS)
        watch_attempt(p);
    else if (s5a_conclude(p, result) && p->state == S5A_PENDING_CARRIED)
        watch_carried(p);
}

static void step(struct s5a_pending *p, bool ready)
{
    int result = attempt_unlocked(p, ready);
    if (p->is_dropped)
        s5a_pending_end(p);
    else
        go_on(p, result);
}

/* A hang-up shows for ever, so it is looked at once. */
static void carry(struct s5a_pending *p, bool hung_up)
{
    if (hung_up) {
        p->is_hung_up = true;
        (void)control(EPOLL_CTL_DEL, p->inner, 0, 0);
    }
    if (s5a_carry(p))
        watch_carried(p);
    else
        s5a_pending_end(p);
}

static void handle(const struct epoll_event *event)
{
    struct s5a_pending *p = tagged(event->data.u64);
    bool is_inner = (event->data.u64 & 1) != 0;
    bool hung_up = is_inner && (event->events & EPOLLHUP) != 0;
    if (p == NULL)
        return;
    if (p->state == S5A_PENDING_CARRIED)
        carry(p, hung_up);
    else if (p->state == S5A_PENDING_CONNECTING && !is_inner)
        step(p, true);
    else if (hung_up)
        s5a_conclude_hangup(p);
}

/* One that was begun, or brought to its end, elsewhere. */
static void adopt(struct s5a_pending *p)
{
    p->is_new = false;
    if (p->is_dropped || p->state == S5A_PENDING_OVER) {
        s5a_pending_end(p);
        return;
    }
    (void)control(EPOLL_CTL_ADD, p->inner, 0, tag(p, true));
    if (p->state == S5A_PENDING_CARRIED)
        watch_carried(p);
    else if (p->state == S5A_PENDING_CONNECTING && p->attempt.stage == S5A_ATTEMPT_FIND)
        step(p, false);
    else if (p->state == S5A_PENDING_CONNECTING)
        go_on(p, p->result);
}

static void adopt_newcomers(void)
{
    engine.is_rung = false;
    while (engine.newcomers != 0) {
        struct s5a_pending *p = s5a_pending_at(engine.newcomers);
        engine.newcomers = p->next;
        adopt(p);
    }
}

/* Attempts whose time has come: all are looked at, since that is rare. */
static void expire(void)
{
    uint64_t now = s5a_now();
    if (now < engine.soonest)
        return;
    engine.soonest = UINT64_MAX;
    for (uint32_t slot = 1; s5a_pending_at(slot) != NULL; slot++) {
        struct s5a_pending *p = s5a_pending_at(slot);
        if (p->state != S5A_PENDING_CONNECTING || p->is_new || p->is_busy)
            continue;
        if (s5a_attempt_limit(&p->attempt) <= now)
            step(p, false);
        else if (s5a_attempt_limit(&p->attempt) < engine.soonest)
            engine.soonest = s5a_attempt_limit(&p->attempt);
    }
}

/* ---- the thread ---- */

static int wait_unlocked(struct epoll_event *events)
{
    int ms = engine.soonest == UINT64_MAX ? -1 : s5a_left(engine.soonest, s5a_now());
    if (s5a_pending_count() == 0)
        ms = IDLE_MS;
    s5a_unlock_shielded();
    int count = epoll_wait(engine.set, events, EVENTS, ms);
    s5a_lock_shielded();
    return count;
}

static void turn(void)
{
    struct epoll_event events[EVENTS];
    int count = wait_unlocked(events);
    for (int i = 0; i < count; i++)
        handle(&events[i]);
    adopt_newcomers();
    expire();
    if (count == 0 && s5a_pending_count() == 0 && engine.reserved == 0)
        engine.state = STOPPED;
}

static void *run(void *unused)
{
    s5a_lock_shielded();
    while (engine.state == RUNNING) {
        turn();
        s5a_keeper_serve();
    }
    s5a_private_close(engine.set);
    s5a_private_close(engine.bell);
    s5a_lock_wake();
    s5a_unlock_shielded();
    return unused;
}

static int open_descriptors(void)
{
    struct epoll_event event = { .events = EPOLLIN | EPOLLET };
    engine.set = epoll_create1(EPOLL_CLOEXEC);
    engine.set = engine.set < 0 ? -errno : s5a_private_move(engine.set);
    engine.bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    engine.bell = engine.bell < 0 ? -errno : s5a_private_move(engine.bell);
    if (engine.set >= 0 && engine.bell >= 0)
        (void)S5A_REAL(epoll_ctl)(engine.set, EPOLL_CTL_ADD, engine.bell, &event);
    return engine.set < 0 ? engine.set : engine.bell < 0 ? engine.bell : 0;
}

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
    s5a_private_forget();
    s5a_pending_forget();
    engine.state = STOPPED;
    engine.reserved = engine.newcomers = 0;
}

/* `state` is STARTING: nobody else is here, and the lock is not held, since what this calls may
 * allocate. */
static int start(void)
{
    s5a_lock_at_fork(mark_shared, forget_all);
    engine.soonest = UINT64_MAX;
    engine.is_rung = false;
    int failed = open_descriptors();
    engine.state = RUNNING; /* before its first turn */
    if (failed == 0)
        failed = start_thread();
    if (failed == 0)
        return 0;
    engine.state = STARTING;
    s5a_private_close(engine.set);
    s5a_private_close(engine.bell);
    return failed;
}

int s5a_engine_reserve(void)
{
    int failed = 0;
    s5a_lock_shielded();
    while (engine.state == STARTING)
        s5a_lock_wait();
    engine.reserved++;
    if (engine.state == STOPPED) {
        engine.state = STARTING;
        s5a_unlock_shielded();
        failed = start();
        s5a_lock_shielded();
        if (failed != 0) {
            engine.state = STOPPED;
            engine.reserved--;
        }
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

void s5a_engine_ring(void)
{
    static const uint64_t one = 1;
    if (engine.is_rung)
        return;
    engine.is_rung = true;
    (void)!write(engine.bell, &one, sizeof one);
}

void s5a_engine_push(struct s5a_pending *p)
{
    p->is_new = true;
    p->next = engine.newcomers;
    engine.newcomers = p->slot;
    s5a_engine_ring();
}
