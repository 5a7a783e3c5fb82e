/* Timers of one loop: an intrusive pairing heap, so that setting one never allocates and never
 * fails. Times are milliseconds of the loop's clock. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct s5ad_timer;
typedef void s5ad_due_fn(struct s5ad_timer *timer);

/* In its owner's storage; zeros but for `fire` is a timer that is not set. */
struct s5ad_timer {
    s5ad_due_fn *fire;
    uint64_t due;
    bool set;
    struct s5ad_timer *child, *next;
    struct s5ad_timer *prev; /* the sibling before, or the parent of a first child */
};

struct s5ad_timers {
    struct s5ad_timer *root;
};

/* Sets a timer, or moves it where it is set already. */
void s5ad_timer_set(struct s5ad_timers *timers, struct s5ad_timer *timer, uint64_t due);
/* Nothing happens where it is not set. */
void s5ad_timer_clear(struct s5ad_timers *timers, struct s5ad_timer *timer);
/* The timer that is due first; NULL where none is set. */
struct s5ad_timer *s5ad_timers_first(const struct s5ad_timers *timers);
/* Fires every timer due at `now`, in order; each is clear by the time its function runs. */
void s5ad_timers_fire(struct s5ad_timers *timers, uint64_t now);
