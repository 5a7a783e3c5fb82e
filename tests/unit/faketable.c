/* The table of names alone, in the test's own storage, with time as an argument. */
#include "client/names/faketable.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/span.h"

static struct s5a_fakeslot slots[16];

static struct s5a_fakeslot *static_level(struct s5a_faketable *table, unsigned level, bool make)
{
    (void)table;
    (void)make;
    return level == 0 ? slots : NULL;
}

static struct s5a_faketable small_table(void)
{
    memset(slots, 0, sizeof(slots));
    return (struct s5a_faketable){ .capacity = 16, .level = static_level };
}

static void fill_table(struct s5a_faketable *table, uint32_t now)
{
    char name[16];
    uint32_t index;
    for (unsigned i = 0; i < 16; i++) {
        snprintf(name, sizeof(name), "host%u", i);
        cr_assert(s5a_faketable_put(table, span(name), now + i, &index));
    }
}

Test(faketable, slot_is_recycled_after_its_time_and_not_before)
{
    struct s5a_faketable table = small_table();
    char name[S5A_FAKETABLE_NAME_MAX + 1];
    uint32_t index;
    uint32_t first;
    fill_table(&table, 1000);
    cr_assert(s5a_faketable_put(&table, span("host0"), 1000, &first));
    cr_assert_not(s5a_faketable_put(&table, span("new"), 1000 + S5A_FAKETABLE_TTL, &index));
    cr_assert(s5a_faketable_put(&table, span("new"), 1001 + S5A_FAKETABLE_TTL, &index));
    cr_assert_eq(index, first);
    cr_assert_eq(s5a_faketable_name(&table, first, 1001 + S5A_FAKETABLE_TTL, name), 3);
    cr_assert_str_eq(name, "new");
}

Test(faketable, name_in_use_is_not_recycled)
{
    struct s5a_faketable table = small_table();
    char name[S5A_FAKETABLE_NAME_MAX + 1];
    uint32_t index;
    uint32_t first;
    fill_table(&table, 1000);
    cr_assert(s5a_faketable_put(&table, span("host0"), 1000, &first));
    cr_assert_gt(s5a_faketable_name(&table, first, 5000, name), 0);
    cr_assert(s5a_faketable_put(&table, span("new"), 1010 + S5A_FAKETABLE_TTL, &index));
    cr_assert_neq(index, first);
    cr_assert_gt(s5a_faketable_name(&table, first, 5000, name), 0);
    cr_assert_str_eq(name, "host0");
}

Test(faketable, clock_that_went_back_recycles_nothing)
{
    struct s5a_faketable table = small_table();
    uint32_t index;
    fill_table(&table, 100000);
    cr_assert_not(s5a_faketable_put(&table, span("new"), 50000, &index));
}

Test(faketable, abandoned_claim_does_not_hang_and_is_given_again)
{
    struct s5a_faketable table = small_table();
    char name[S5A_FAKETABLE_NAME_MAX + 1];
    uint32_t before;
    uint32_t after;
    cr_assert(s5a_faketable_put(&table, span("host"), 1000, &before));
    slots[before].word ^= 3; /* PUBLISHED to WRITING */
    cr_assert(s5a_faketable_put(&table, span("host"), 1000, &after));
    cr_assert_neq(before, after);
    cr_assert_eq(s5a_faketable_name(&table, before, 1000, name), 0);
    for (unsigned i = 0; i < 14; i++) {
        snprintf(name, sizeof(name), "host%u", i);
        cr_assert(s5a_faketable_put(&table, span(name), 1000, &after));
    }
    cr_assert(s5a_faketable_put(&table, span("new"), 1001 + S5A_FAKETABLE_STALL, &after));
    cr_assert_eq(before, after);
}
