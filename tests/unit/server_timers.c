/* server/timers: the heap. */
#include "server/timers.h"

#include <criterion/criterion.h>
#include <stdlib.h>

enum { MANY = 500 };

struct alarm {
    struct s5ad_timer timer; /* first */
    uint64_t *last;
    unsigned fired;
};

static void on_alarm(struct s5ad_timer *timer)
{
    struct alarm *alarm = (struct alarm *)timer;
    cr_expect_leq(*alarm->last, timer->due, "fired out of order");
    cr_expect_not(timer->set);
    *alarm->last = timer->due;
    alarm->fired++;
}

static void set_many(struct s5ad_timers *timers, struct alarm *alarms, uint64_t *last)
{
    srandom(7);
    for (int i = 0; i < MANY; i++) {
        alarms[i] = (struct alarm){ .timer = { .fire = on_alarm }, .last = last };
        s5ad_timer_set(timers, &alarms[i].timer, (uint64_t)random() % 1000);
    }
}

Test(server_timers, all_fire_once_and_in_order)
{
    static struct alarm alarms[MANY];
    struct s5ad_timers timers = { NULL };
    uint64_t last = 0;
    set_many(&timers, alarms, &last);
    s5ad_timers_fire(&timers, 1000);
    for (int i = 0; i < MANY; i++)
        cr_expect_eq(alarms[i].fired, 1);
    cr_expect_null(s5ad_timers_first(&timers));
}

Test(server_timers, cleared_ones_do_not_fire_and_moved_ones_fire_where_they_are)
{
    static struct alarm alarms[MANY];
    struct s5ad_timers timers = { NULL };
    uint64_t last = 0;
    set_many(&timers, alarms, &last);
    for (int i = 0; i < MANY; i++)
        if (i % 3 == 0)
            s5ad_timer_clear(&timers, &alarms[i].timer);
        else if (i % 3 == 1)
            s5ad_timer_set(&timers, &alarms[i].timer, 2000 + (uint64_t)i);
    s5ad_timers_fire(&timers, 1999);
    for (int i = 0; i < MANY; i++)
        cr_expect_eq(alarms[i].fired, i % 3 == 2, "%d", i);
    s5ad_timers_fire(&timers, 5000);
    for (int i = 0; i < MANY; i++)
        cr_expect_eq(alarms[i].fired, i % 3 != 0, "%d", i);
}

Test(server_timers, the_first_is_the_one_due_next)
{
    struct s5ad_timers timers = { NULL };
    struct s5ad_timer a = { 0 }, b = { 0 }, c = { 0 };
    cr_expect_null(s5ad_timers_first(&timers));
    s5ad_timer_set(&timers, &a, 30);
    s5ad_timer_set(&timers, &b, 10);
    s5ad_timer_set(&timers, &c, 20);
    cr_expect_eq(s5ad_timers_first(&timers), &b);
    s5ad_timer_clear(&timers, &b);
    cr_expect_eq(s5ad_timers_first(&timers), &c);
    s5ad_timer_clear(&timers, &b);
    cr_expect_eq(s5ad_timers_first(&timers), &c);
}

Test(server_timers, what_is_not_due_does_not_fire)
{
    struct s5ad_timers timers = { NULL };
    uint64_t last = 0;
    struct alarm alarm = { .timer = { .fire = on_alarm }, .last = &last };
    s5ad_timer_set(&timers, &alarm.timer, 100);
    s5ad_timers_fire(&timers, 99);
    cr_expect_eq(alarm.fired, 0);
    s5ad_timers_fire(&timers, 100);
    cr_expect_eq(alarm.fired, 1);
}
