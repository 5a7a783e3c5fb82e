/* Relays of the engine's own. */
#include "shim/datagrams/local_relay.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/mman.h>

#include "client/clock.h"
#include "shim/datagrams/minding.h"
#include "shim/datagrams/local_relay_flow.h"
#include "shim/datagrams/loopback.h"
#include "shim/engine/private.h"
#include "shim/engine/watch.h"
#include "shim/real.h"

enum {
    AT_ONCE_MAX = 1024,
    /* which descriptor of one an event is about: the low bits of its tag, above them its number */
    WHICH_BITS = 4,
    LOCAL = 0,
    OUTER = 1,
    CONTROL = 2, /* and the following */
};
_Static_assert(CONTROL + S5A_HOPS_MAX <= 1 << WHICH_BITS, "a tag has room for each");

static struct s5a_local_relay *all[AT_ONCE_MAX];
static unsigned count_of_all;
static uint32_t reach; /* no number from here on was ever in use: each turn looks through them */

unsigned s5a_local_relay_count(void)
{
    return count_of_all;
}

/* ---- watching ---- */

static uint64_t tag(const struct s5a_local_relay *x, uint32_t which)
{
    return s5a_watch_data(S5A_WATCHED_LOCAL_RELAY, x->number << WHICH_BITS | which, 0);
}

static uint32_t events_of(const struct s5a_local_relay *x, uint32_t which)
{
    if (which == LOCAL)
        return x->out_full ? 0 : EPOLLIN;
    return EPOLLIN | (which == CONTROL && x->out_full ? (uint32_t)EPOLLOUT : 0);
}

static void watch(struct s5a_local_relay *x)
{
    if (x->is_watched && x->out_full == x->was_full)
        return;
    int op = x->is_watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    s5a_watch_other(op, x->way.local, events_of(x, LOCAL), tag(x, LOCAL));
    if (x->way.outer >= 0)
        s5a_watch_other(op, x->way.outer, EPOLLIN, tag(x, OUTER));
    for (uint32_t i = 0; i < x->way.control_count; i++)
        s5a_watch_other(op, x->way.controls[i], events_of(x, CONTROL + i), tag(x, CONTROL + i));
    x->is_watched = true;
    x->was_full = x->out_full;
}

static void unwatch(struct s5a_local_relay *x)
{
    s5a_watch_other(EPOLL_CTL_DEL, x->way.local, 0, 0);
    if (x->way.outer >= 0)
        s5a_watch_other(EPOLL_CTL_DEL, x->way.outer, 0, 0);
    for (unsigned i = 0; i < x->way.control_count; i++)
        s5a_watch_other(EPOLL_CTL_DEL, x->way.controls[i], 0, 0);
}

/* ---- life ---- */

static void drop(struct s5a_local_relay *x)
{
    x->flow->end(x);
    x->way.controls[0] = -1; /* the association's */
    s5a_local_way_close(&x->way);
    all[x->number] = NULL;
    count_of_all--;
    explicit_bzero(x, sizeof *x);
    munmap(x, sizeof *x);
}

/* By itself: the association sees that its connection has ended. */
static void break_off(struct s5a_local_relay *x)
{
    unwatch(x);
    (void)S5A_REAL(shutdown)(x->way.controls[0], SHUT_RDWR);
    drop(x);
}

void s5a_local_relay_end(uint64_t cookie)
{
    for (size_t i = 0; i < reach && count_of_all != 0; i++)
        if (all[i] != NULL && all[i]->cookie == cookie)
            break_off(all[i]);
}

void s5a_local_relay_forget(void)
{
    for (size_t i = 0; i < reach && count_of_all != 0; i++)
        if (all[i] != NULL)
            drop(all[i]);
}

static struct s5a_local_relay *new_one(void)
{
    for (uint32_t i = 0; i < AT_ONCE_MAX; i++) {
        if (all[i] != NULL)
            continue;
        struct s5a_local_relay *x =
            mmap(NULL, sizeof *x, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (x == MAP_FAILED)
            return NULL;
        x->number = i;
        all[i] = x;
        reach = i < reach ? reach : i + 1;
        count_of_all++;
        return x;
    }
    return NULL;
}

/* ---- turns ---- */

/* By the engine; the lock is given back meanwhile. */
static void lose(struct s5a_local_relay *x)
{
    const struct s5a_association known = { .slot = x->slot,
                                           .cookie = x->cookie,
                                           .control = x->way.controls[0] };
    break_off(x);
    s5a_minding_lost(&known);
}

static void go_on(struct s5a_local_relay *x, bool is_in, bool is_read)
{
    uint64_t now = s5a_now();
    if ((is_in && !x->flow->in(x)) || !x->flow->out(x, is_read, now))
        lose(x);
    else
        watch(x);
}

/* A proxy says nothing over such a connection; its end is the association's. */
static bool stands(int control)
{
    char nothing[256];
    ssize_t got = S5A_REAL(recv)(control, nothing, sizeof nothing, MSG_DONTWAIT);
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

static void handle(struct s5a_local_relay *x, uint32_t which, uint32_t events)
{
    bool is_in = (events & ~(uint32_t)EPOLLOUT) != 0;
    bool is_flow = which == OUTER || (which == CONTROL && x->way.outer < 0);
    if (which == LOCAL && (events & EPOLLERR) != 0) /* shows until it is taken */
        (void)s5a_socket_option(x->way.local, SOL_SOCKET, SO_ERROR, 0);
    if (which == LOCAL)
        go_on(x, false, true);
    else if (is_flow)
        go_on(x, is_in, false);
    else if (!stands(x->way.controls[which - CONTROL]))
        lose(x);
}

void s5a_local_relay_handle(const struct epoll_event *event)
{
    uint32_t bits = s5a_watch_number(event);
    uint32_t which = bits & ((1u << WHICH_BITS) - 1), number = bits >> WHICH_BITS;
    struct s5a_local_relay *x = number < AT_ONCE_MAX ? all[number] : NULL;
    if (x != NULL && which < CONTROL + x->way.control_count)
        handle(x, which, event->events);
}

uint64_t s5a_local_relay_expire(uint64_t now)
{
    uint64_t soonest = UINT64_MAX;
    for (size_t i = 0; i < reach && count_of_all != 0; i++) {
        if (all[i] != NULL && all[i]->flow->deadline(all[i]) <= now)
            go_on(all[i], false, false);
        uint64_t limit = all[i] == NULL ? UINT64_MAX : all[i]->flow->deadline(all[i]);
        soonest = limit < soonest ? limit : soonest;
    }
    return soonest;
}

/* ---- beginning ---- */

static const struct s5a_local_flow *flow_of(const struct s5a_local_way *way)
{
    if (way->outer >= 0)
        return &s5a_local_flow_datagrams;
    return way->wire != NULL ? &s5a_local_flow_records : &s5a_local_flow_clear;
}

static void take_way(struct s5a_local_relay *x, struct s5a_local_way *way)
{
    int control = way->controls[0], one = 1;
    x->way = *way;
    s5a_local_way_init(way);
    way->controls[0] = control;
    x->flow = flow_of(&x->way);
    if (x->way.outer < 0)
        (void)S5A_REAL(setsockopt)(control, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (x->way.wire != NULL)
        s5a_local_flow_take_wire(x);
}

int s5a_local_relay_begin(const struct s5a_association *a, int fd, struct s5a_local_way *way)
{
    union s5a_inet program;
    int failed = s5a_loopback_reach(fd, a->domain, &program);
    if (failed == 0 && S5A_REAL(connect)(way->local, &program.plain, s5a_inet_len(&program)) != 0)
        failed = -errno;
    struct s5a_local_relay *x = failed == 0 ? new_one() : NULL;
    if (x == NULL)
        return failed != 0 ? failed : -ENOBUFS;
    x->slot = a->slot;
    x->cookie = a->cookie;
    take_way(x, way);
    watch(x);
    s5a_watch_ring();
    return 0;
}
