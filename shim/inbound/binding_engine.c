/* The engine's part in listeners at proxies: their events and their time. */
#include "shim/inbound/binding_engine.h"

#include <netinet/tcp.h>

#include "client/clock.h"
#include "shim/engine/watch.h"
#include "shim/inbound/binding_steps.h"
#include "shim/inbound/handing.h"
#include "shim/sockets/descriptors.h"

/* ---- is it still of use? ---- */

struct search {
    uint64_t cookie;
    bool is_found;
};

static bool is_other(int fd, void *context)
{
    struct search *search = context;
    search->is_found = s5a_socket_cookie(fd) == search->cookie && s5a_tcp_state(fd) == TCP_CLOSE;
    return !search->is_found;
}

/* The program's socket neither listens yet nor is connected. */
static bool is_awaited(const struct s5a_binding *x)
{
    struct search search = { .cookie = x->cookie };
    s5a_descriptors_each(is_other, &search);
    return search.is_found;
}

static void look(struct s5a_binding *x)
{
    bool is_of_use = x->state == S5A_BINDING_PREPARED ? is_awaited(x)
                                                      : s5a_handing_is_heard(&x->name, x->name_len);
    x->look = s5a_now() + S5A_BINDING_LOOK_MS;
    if (!is_of_use)
        s5a_binding_finish(x);
    else if (x->state == S5A_BINDING_WAITING)
        s5a_binding_step(x, false); /* what is told already shows no more */
}

/* ---- turns ---- */

static uint64_t limit_of(const struct s5a_binding *x)
{
    switch (x->state) {
    case S5A_BINDING_ASKING:
        return x->attempt.stage == S5A_ATTEMPT_FIND ? 0 : s5a_attempt_limit(&x->attempt);
    case S5A_BINDING_PREPARED:
    case S5A_BINDING_WAITING:
        return x->look;
    case S5A_BINDING_ARRIVED:
    case S5A_BINDING_RESTING:
        return x->until;
    default:
        return UINT64_MAX;
    }
}

static void go_on(struct s5a_binding *x)
{
    if (x->state == S5A_BINDING_ASKING)
        s5a_binding_step(x, false);
    else if (x->state == S5A_BINDING_RESTING)
        s5a_binding_ask_again(x);
    else if (x->state == S5A_BINDING_ARRIVED)
        s5a_binding_hand(x);
    else
        look(x);
}

void s5a_binding_handle(const struct epoll_event *event)
{
    struct s5a_binding *x = s5a_binding_at(s5a_watch_number(event));
    if (x == NULL || x->is_busy)
        return;
    if (x->state == S5A_BINDING_HANDED)
        s5a_binding_handed(x);
    else if (x->state == S5A_BINDING_ASKING || x->state == S5A_BINDING_WAITING)
        s5a_binding_step(x, true);
}

uint64_t s5a_binding_expire(uint64_t now)
{
    uint64_t soonest = UINT64_MAX;
    for (uint32_t i = 0; i < S5A_BINDING_MAX && s5a_binding_count() != 0; i++) {
        struct s5a_binding *x = s5a_binding_at(i);
        if (x == NULL || x->is_busy)
            continue;
        if (limit_of(x) <= now)
            go_on(x);
        if (s5a_binding_at(i) == x && limit_of(x) < soonest)
            soonest = limit_of(x);
    }
    return soonest;
}
