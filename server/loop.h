/* The event loop of one thread: descriptors in an epoll set, timers, and the freeing of what events
 * of the same batch may still point at. Everything hangs off one struct, so that several loops can
 * run side by side, one a thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "protocol/attributes.h"
#include "server/timers.h"

/* The struct that `member` at `pointer` is part of. */
#define S5AD_OWNER(pointer, type, member) \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

struct s5ad_watch;
/* `events` as of epoll_wait(2). */
typedef void s5ad_ready_fn(struct s5ad_watch *watch, uint32_t events);

/* A descriptor that the loop looks at, level-triggered. In its owner's storage, which must be
 * handed to s5ad_loop_free, not to free(). Zeros but for fd = -1 is one that watches nothing. */
struct s5ad_watch {
    s5ad_ready_fn *ready;
    uint32_t events;
    int fd;
    bool armed; /* in the epoll set: EPOLLERR and EPOLLHUP come even with no events wanted */
};

/* First member of whatever is freed by the loop. */
struct s5ad_garbage {
    struct s5ad_garbage *next;
};

struct s5ad_loop {
    int epoll;
    bool stopping;
    uint64_t now; /* ms, CLOCK_MONOTONIC, as of the last wake-up */
    struct s5ad_timers timers;
    struct s5ad_garbage *garbage;
    uint8_t *scratch; /* S5AD_SCRATCH_LEN bytes that any callback may use while it runs */
};

enum { S5AD_SCRATCH_LEN = 65536 };

/* 0 or -errno. */
S5A_MUST_USE int s5ad_loop_open(struct s5ad_loop *loop);
void s5ad_loop_close(struct s5ad_loop *loop);
/* Runs until s5ad_loop_stop; blocks. 0 or -errno of epoll_wait. */
S5A_MUST_USE int s5ad_loop_run(struct s5ad_loop *loop);
void s5ad_loop_stop(struct s5ad_loop *loop);

/* Watches for `events`, 0 for errors alone. 0 or -errno. Changes cost a system call only where
 * something changes. */
S5A_MUST_USE int s5ad_watch_set(struct s5ad_loop *loop, struct s5ad_watch *watch, uint32_t events);
/* Takes the descriptor out of the set: not even errors are told. */
void s5ad_watch_clear(struct s5ad_loop *loop, struct s5ad_watch *watch);
/* Clears and closes the descriptor, if there is one. */
void s5ad_watch_close(struct s5ad_loop *loop, struct s5ad_watch *watch);
/* Moves descriptor and registration to another watch, whose `ready` stays. The caller sets, clears or
 * closes `to` before the loop goes on. */
void s5ad_watch_take(struct s5ad_watch *to, struct s5ad_watch *from);

/* Sets a timer `ms` from now. */
void s5ad_loop_after(struct s5ad_loop *loop, struct s5ad_timer *timer, uint64_t ms);
/* Frees what malloc gave, once no event of this batch can reach it. NULL is fine. */
void s5ad_loop_free(struct s5ad_loop *loop, struct s5ad_garbage *garbage);
