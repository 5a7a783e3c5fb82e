/* The event loop: one epoll set, one heap of timers, one bin of garbage. */
#include "server/loop.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 128 };

/* No set of events: the kernel still has another watch for this descriptor. */
#define STALE UINT32_MAX

static uint64_t clock_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

int s5ad_loop_open(struct s5ad_loop *loop)
{
    *loop = (struct s5ad_loop){ .epoll = -1, .now = clock_ms() };
    loop->scratch = malloc(S5AD_SCRATCH_LEN);
    if (!loop->scratch)
        return -ENOMEM;
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll < 0) {
        int error = -errno;
        s5ad_loop_close(loop);
        return error;
    }
    return 0;
}

static void empty_bin(struct s5ad_loop *loop)
{
    while (loop->garbage) {
        struct s5ad_garbage *garbage = loop->garbage;
        loop->garbage = garbage->next;
        free(garbage);
    }
}

void s5ad_loop_close(struct s5ad_loop *loop)
{
    empty_bin(loop);
    free(loop->scratch);
    if (loop->epoll >= 0)
        close(loop->epoll);
    loop->scratch = NULL;
    loop->epoll = -1;
}

static int timeout_of(const struct s5ad_loop *loop)
{
    const struct s5ad_timer *first = s5ad_timers_first(&loop->timers);
    if (!first)
        return -1;
    if (first->due <= loop->now)
        return 0;
    uint64_t left = first->due - loop->now;
    return left > INT_MAX ? INT_MAX : (int)left;
}

static void dispatch(struct epoll_event *events, int count)
{
    for (int i = 0; i < count; i++) {
        struct s5ad_watch *watch = events[i].data.ptr;
        /* An earlier event of the batch may have closed or cleared this one. */
        if (watch->armed)
            watch->ready(watch, events[i].events);
    }
}

int s5ad_loop_run(struct s5ad_loop *loop)
{
    struct epoll_event events[BATCH];
    while (!loop->stopping) {
        loop->now = clock_ms();
        int count = epoll_wait(loop->epoll, events, BATCH, timeout_of(loop));
        if (count < 0 && errno != EINTR)
            return -errno;
        loop->now = clock_ms();
        dispatch(events, count);
        s5ad_timers_fire(&loop->timers, loop->now);
        empty_bin(loop);
    }
    return 0;
}

void s5ad_loop_stop(struct s5ad_loop *loop)
{
    loop->stopping = true;
}

int s5ad_watch_set(struct s5ad_loop *loop, struct s5ad_watch *watch, uint32_t events)
{
    if (watch->armed && watch->events == events)
        return 0;
    struct epoll_event event = { .events = events, .data.ptr = watch };
    int op = watch->armed ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (epoll_ctl(loop->epoll, op, watch->fd, &event) < 0)
        return -errno;
    watch->armed = true;
    watch->events = events;
    return 0;
}

void s5ad_watch_clear(struct s5ad_loop *loop, struct s5ad_watch *watch)
{
    if (watch->armed)
        epoll_ctl(loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
    watch->armed = false;
    watch->events = 0;
}

void s5ad_watch_close(struct s5ad_loop *loop, struct s5ad_watch *watch)
{
    s5ad_watch_clear(loop, watch);
    if (watch->fd >= 0)
        close(watch->fd);
    watch->fd = -1;
}

void s5ad_watch_take(struct s5ad_watch *to, struct s5ad_watch *from)
{
    to->fd = from->fd;
    to->armed = from->armed;
    to->events = STALE;
    from->fd = -1;
    from->armed = false;
}

void s5ad_loop_after(struct s5ad_loop *loop, struct s5ad_timer *timer, uint64_t ms)
{
    s5ad_timer_set(&loop->timers, timer, loop->now + ms);
}

void s5ad_loop_free(struct s5ad_loop *loop, struct s5ad_garbage *garbage)
{
    if (!garbage)
        return;
    garbage->next = loop->garbage;
    loop->garbage = garbage;
}
