/* server/eaf/slow: delays that grow, are forgotten, and have an end. */
#include "server/eaf/slow.h"

#include <criterion/criterion.h>
#include <sodium.h>

#include "tests/unit/span.h"

static struct s5ad_slow *slow_new(uint64_t *id)
{
    cr_assert_geq(sodium_init(), 0);
    struct s5ad_slow *slow = s5ad_slow_new();
    cr_assert_not_null(slow);
    *id = s5ad_slow_id(slow, S5AD_SLOW_NAME, SPAN("alice"));
    return slow;
}

Test(server_slow, delay_doubles_up_to_its_end)
{
    static const uint64_t expected[] = { 0, 0, 0, 250, 500, 1000, 2000, 4000, 4000 };
    uint64_t id;
    struct s5ad_slow *slow = slow_new(&id);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        cr_expect_eq(s5ad_slow_delay(slow, id, 5), expected[i], "%zu", i);
        s5ad_slow_fail(slow, id, 5);
    }
    for (int i = 0; i < 1000; i++)
        s5ad_slow_fail(slow, id, 5);
    cr_expect_eq(s5ad_slow_delay(slow, id, 5), S5AD_SLOW_MOST_MS, "never a lock-out");
    s5ad_slow_free(slow);
}

Test(server_slow, failures_are_forgotten)
{
    uint64_t id;
    struct s5ad_slow *slow = slow_new(&id);
    for (int i = 0; i < 8; i++)
        s5ad_slow_fail(slow, id, 0);
    cr_expect_eq(s5ad_slow_delay(slow, id, S5AD_SLOW_HALF_MS), 500);
    cr_expect_eq(s5ad_slow_delay(slow, id, 2 * S5AD_SLOW_HALF_MS), 0);
    cr_expect_eq(s5ad_slow_delay(slow, id, 1000ull * S5AD_SLOW_HALF_MS), 0);
    s5ad_slow_free(slow);
}

Test(server_slow, sources_and_names_are_apart)
{
    uint64_t id;
    struct s5ad_slow *slow = slow_new(&id);
    cr_expect_neq(s5ad_slow_id(slow, S5AD_SLOW_SOURCE, SPAN("alice")), id);
    cr_expect_neq(s5ad_slow_id(slow, S5AD_SLOW_NAME, SPAN("bob")), id);
    cr_expect_eq(s5ad_slow_id(slow, S5AD_SLOW_NAME, SPAN("alice")), id);
    s5ad_slow_free(slow);
}

Test(server_slow, crowd_of_one_source_is_bounded)
{
    uint64_t id;
    struct s5ad_slow *slow = slow_new(&id);
    for (int i = 0; i < S5AD_SLOW_AT_ONCE_MAX; i++)
        cr_expect(s5ad_slow_enter(slow, id, 1));
    cr_expect_not(s5ad_slow_enter(slow, id, 1));
    s5ad_slow_leave(slow, id);
    cr_expect(s5ad_slow_enter(slow, id, 1));
    s5ad_slow_free(slow);
}

Test(server_slow, handshakes_of_one_source_are_bounded)
{
    uint64_t id;
    struct s5ad_slow *slow = slow_new(&id);
    uint64_t other = s5ad_slow_id(slow, S5AD_SLOW_SOURCE, SPAN("other"));
    cr_expect(s5ad_slow_arrive(slow, id, 2, 1));
    cr_expect(s5ad_slow_arrive(slow, id, 2, 1));
    cr_expect_not(s5ad_slow_arrive(slow, id, 2, 1));
    cr_expect(s5ad_slow_arrive(slow, other, 2, 1));
    s5ad_slow_depart(slow, id);
    cr_expect(s5ad_slow_arrive(slow, id, 2, 1));
    s5ad_slow_free(slow);
}

/* However many names fail, the table stays as large as it is, and who fails most stays in it. */
Test(server_slow, many_names_do_not_push_out_the_worst)
{
    uint64_t id;
    struct s5ad_slow *slow = slow_new(&id);
    for (int i = 0; i < 20; i++)
        s5ad_slow_fail(slow, id, 0);
    for (uint32_t i = 0; i < 100000; i++)
        s5ad_slow_fail(
            slow, s5ad_slow_id(slow, S5AD_SLOW_NAME, (struct s5a_span){ (uint8_t *)&i, 4 }), 1);
    cr_expect_eq(s5ad_slow_delay(slow, id, 1), S5AD_SLOW_MOST_MS);
    s5ad_slow_free(slow);
}
