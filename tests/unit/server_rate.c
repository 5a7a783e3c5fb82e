/* server/rate: buckets that empty, fill again, and are each somebody's. */
#include "server/rate.h"

#include <criterion/criterion.h>

enum { NOW = 1000000 };

static struct s5ad_rate *rate_new(unsigned per_minute, unsigned at_once)
{
    struct s5ad_rate *rate = s5ad_rate_new(&(struct s5ad_rate_limit){ per_minute, at_once });
    cr_assert_not_null(rate);
    return rate;
}

static unsigned take_all(struct s5ad_rate *rate, uint64_t who, uint64_t now)
{
    unsigned count = 0;
    while (count < 100000 && s5ad_rate_take(rate, who, now))
        count++;
    return count;
}

Test(server_rate, full_bucket_holds_what_may_come_at_once)
{
    struct s5ad_rate *rate = rate_new(300, 7);
    cr_expect_eq(take_all(rate, 1, NOW), 7);
    cr_expect_eq(take_all(rate, 1, NOW), 0);
    s5ad_rate_free(rate);
}

Test(server_rate, minutes_rate_unless_told)
{
    struct s5ad_rate *rate = rate_new(50, 0);
    cr_expect_eq(take_all(rate, 1, NOW), 50);
    s5ad_rate_free(rate);
}

Test(server_rate, fills_steadily_and_not_over_its_brim)
{
    struct s5ad_rate *rate = rate_new(300, 7);
    take_all(rate, 1, NOW);
    cr_expect_eq(take_all(rate, 1, NOW + 199), 0);
    cr_expect_eq(take_all(rate, 1, NOW + 200), 1);
    cr_expect_eq(take_all(rate, 1, NOW + 1200), 5);
    cr_expect_eq(take_all(rate, 1, NOW + 3600000), 7);
    s5ad_rate_free(rate);
}

Test(server_rate, refusal_costs_nothing)
{
    struct s5ad_rate *rate = rate_new(60, 1);
    cr_expect_eq(take_all(rate, 1, NOW), 1);
    for (int i = 0; i < 1000; i++)
        cr_expect_not(s5ad_rate_take(rate, 1, NOW + 500));
    cr_expect(s5ad_rate_take(rate, 1, NOW + 1000));
    s5ad_rate_free(rate);
}

Test(server_rate, one_does_not_take_from_another)
{
    struct s5ad_rate *rate = rate_new(300, 7);
    take_all(rate, 1, NOW);
    for (uint64_t who = 2; who < 1000; who++)
        cr_expect_eq(take_all(rate, who, NOW), 7, "%u", (unsigned)who);
    cr_expect_eq(take_all(rate, 1, NOW), 0);
    s5ad_rate_free(rate);
}

/* A crowd may take places in the table, but nobody gets more than a bucket by being put out of it
 * unless the crowd has as much patience as he. */
Test(server_rate, crowd_puts_out_who_has_used_least)
{
    struct s5ad_rate *rate = rate_new(300, 7);
    take_all(rate, 1, NOW);
    for (uint64_t who = 2; who < 100000; who++)
        cr_expect(s5ad_rate_take(rate, who, NOW));
    cr_expect_eq(take_all(rate, 1, NOW), 0);
    s5ad_rate_free(rate);
}

Test(server_rate, highest_rate_has_room_for_the_clock)
{
    struct s5ad_rate *rate = rate_new(S5AD_RATE_MAX, S5AD_RATE_MAX);
    uint64_t year = UINT64_C(365) * 24 * 3600 * 1000;
    cr_expect(s5ad_rate_take(rate, 1, 10 * year));
    cr_expect(s5ad_rate_take(rate, 1, 11 * year));
    s5ad_rate_free(rate);
}

Test(server_rate, without_a_limit_everything_may_come)
{
    cr_expect_eq(take_all(NULL, 1, NOW), 100000);
}
