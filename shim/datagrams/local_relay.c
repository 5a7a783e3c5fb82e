/* Relays of the engine's own. */
#include "shim/datagrams/local_relay.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "client/clock.h"
#include "shim/datagrams/loopback.h"
#include "shim/datagrams/local_relay_flow.h"
#include "shim/engine/lent.h"
#include "shim/engine/private.h"
#include "shim/engine/watch.h"
#include "shim/real.h"

enum { AT_ONCE_MAX = 1024 };

static struct s5a_local_relay *all[AT_ONCE_MAX];
static unsigned count_of_all;

unsigned s5a_local_relay_count(void)
{
    return count_of_all;
}

/* ---- life ---- */

static uint64_t tag(const struct s5a_local_relay *x, bool is_local)
{
    return (uint64_t)(S5A_LOCAL_RELAY_TAG | x->number << 1 | is_local) << 32;
}

static void give_all(struct s5a_local_relay *x)
{
    s5a_lent_give(S5A_LENT_OUT, s5a_tol_outlet_reclaim(&x->out, true));
    s5a_lent_give(S5A_LENT_IN, s5a_tol_inlet_reclaim(&x->in, true));
    s5a_tol_link_wipe(&x->link);
}

static void drop(struct s5a_local_relay *x)
{
    give_all(x);
    s5a_private_close(x->local);
    all[x->number] = NULL;
    count_of_all--;
    explicit_bzero(x, sizeof *x);
    munmap(x, sizeof *x);
}

/* By itself: the association sees that its connection has ended. */
static void break_off(struct s5a_local_relay *x)
{
    s5a_watch_other(EPOLL_CTL_DEL, x->control, 0, 0);
    s5a_watch_other(EPOLL_CTL_DEL, x->local, 0, 0);
    (void)S5A_REAL(shutdown)(x->control, SHUT_RDWR);
    drop(x);
}

void s5a_local_relay_end(uint64_t cookie)
{
    for (size_t i = 0; i < AT_ONCE_MAX && count_of_all != 0; i++)
        if (all[i] != NULL && all[i]->cookie == cookie)
            break_off(all[i]);
}

void s5a_local_relay_forget(void)
{
    for (size_t i = 0; i < AT_ONCE_MAX && count_of_all != 0; i++)
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
        count_of_all++;
        return x;
    }
    return NULL;
}

/* ---- turns ---- */

static void watch(struct s5a_local_relay *x)
{
    uint32_t events = EPOLLIN | (x->out_full ? (uint32_t)EPOLLOUT : 0);
    if (events == x->events)
        return;
    s5a_watch_other(x->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, x->control, events,
                    tag(x, false));
    if (x->events == 0 || (events ^ x->events) != 0)
        s5a_watch_other(x->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, x->local,
                        x->out_full ? 0 : EPOLLIN, tag(x, true));
    x->events = events;
}

static void go_on(struct s5a_local_relay *x, bool is_in, bool is_read)
{
    uint64_t now = s5a_now();
    if ((is_in && !s5a_local_relay_flow_in(x)) || !s5a_local_relay_flow_out(x, is_read, now))
        break_off(x);
    else
        watch(x);
}

void s5a_local_relay_handle(const struct epoll_event *event)
{
    uint32_t bits = (uint32_t)(event->data.u64 >> 32) & ~(uint32_t)S5A_LOCAL_RELAY_TAG;
    struct s5a_local_relay *x = bits >> 1 < AT_ONCE_MAX ? all[bits >> 1] : NULL;
    bool is_local = (bits & 1) != 0;
    if (x != NULL)
        go_on(x, !is_local && (event->events & ~(uint32_t)EPOLLOUT) != 0, is_local);
}

uint64_t s5a_local_relay_expire(uint64_t now)
{
    uint64_t soonest = UINT64_MAX;
    for (size_t i = 0; i < AT_ONCE_MAX && count_of_all != 0; i++) {
        if (all[i] != NULL && !all[i]->out_full && s5a_tol_outlet_deadline(&all[i]->out) <= now)
            go_on(all[i], false, false);
        if (all[i] == NULL || all[i]->out_full)
            continue;
        uint64_t limit = s5a_tol_outlet_deadline(&all[i]->out);
        soonest = limit < soonest ? limit : soonest;
    }
    return soonest;
}

int s5a_local_relay_begin(const struct s5a_association *a, int fd, int local, int control,
                          struct s5a_wire *wire)
{
    union s5a_inet program;
    struct s5a_span early = { wire->early, wire->early_len };
    int failed = s5a_loopback_reach(fd, a->domain, &program);
    if (failed == 0 && S5A_REAL(connect)(local, &program.plain, s5a_inet_len(&program)) != 0)
        failed = -errno;
    struct s5a_local_relay *x = failed == 0 ? new_one() : NULL;
    if (x == NULL)
        return failed != 0 ? failed : -ENOBUFS;
    x->cookie = a->cookie;
    x->local = local;
    x->control = control;
    s5a_tol_link_move(&x->link, &wire->link);
    s5a_tol_outlet_init(&x->out, &x->link, s5a_now());
    s5a_tol_inlet_init(&x->in, &x->link);
    (void)!s5a_local_relay_flow_early(x, early); /* what is wrong shows at the next turn */
    s5a_wire_free(wire);
    watch(x);
    s5a_watch_ring();
    return 0;
}
