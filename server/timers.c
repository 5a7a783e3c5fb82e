/* Timers in a pairing heap: the earliest on top, set in O(1), cleared in O(log n). */
#include "server/timers.h"

#include <stddef.h>

/* Both are roots (no prev, no next); the later one becomes the first child of the earlier. */
static struct s5ad_timer *meld(struct s5ad_timer *a, struct s5ad_timer *b)
{
    if (!a || !b)
        return a ? a : b;
    if (b->due < a->due) {
        struct s5ad_timer *swap = a;
        a = b;
        b = swap;
    }
    b->next = a->child;
    if (b->next)
        b->next->prev = b;
    b->prev = a;
    a->child = b;
    return a;
}

static struct s5ad_timer *take_first(struct s5ad_timer **list)
{
    struct s5ad_timer *first = *list;
    if (first) {
        *list = first->next;
        first->next = first->prev = NULL;
    }
    return first;
}

/* The two passes of the pairing heap: meld neighbours, then all pairs, last first. */
static struct s5ad_timer *meld_children(struct s5ad_timer *children)
{
    struct s5ad_timer *pairs = NULL;
    while (children) {
        struct s5ad_timer *a = take_first(&children);
        struct s5ad_timer *pair = meld(a, take_first(&children));
        pair->next = pairs;
        pairs = pair;
    }
    struct s5ad_timer *root = NULL;
    while (pairs)
        root = meld(root, take_first(&pairs));
    return root;
}

static void detach(struct s5ad_timer *timer)
{
    if (timer->prev->child == timer)
        timer->prev->child = timer->next;
    else
        timer->prev->next = timer->next;
    if (timer->next)
        timer->next->prev = timer->prev;
}

void s5ad_timer_clear(struct s5ad_timers *timers, struct s5ad_timer *timer)
{
    if (!timer->set)
        return;
    struct s5ad_timer *below = meld_children(timer->child);
    if (timer == timers->root) {
        timers->root = below;
    } else {
        detach(timer);
        timers->root = meld(timers->root, below);
    }
    timer->child = timer->next = timer->prev = NULL;
    timer->set = false;
}

void s5ad_timer_set(struct s5ad_timers *timers, struct s5ad_timer *timer, uint64_t due)
{
    s5ad_timer_clear(timers, timer);
    timer->due = due;
    timer->set = true;
    timers->root = meld(timers->root, timer);
}

struct s5ad_timer *s5ad_timers_first(const struct s5ad_timers *timers)
{
    return timers->root;
}

void s5ad_timers_fire(struct s5ad_timers *timers, uint64_t now)
{
    while (timers->root && timers->root->due <= now) {
        struct s5ad_timer *timer = timers->root;
        s5ad_timer_clear(timers, timer);
        timer->fire(timer);
    }
}
