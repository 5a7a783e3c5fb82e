/* shim/datagrams/again: how long an association that fails or gets lost is not made again. */
#include "shim/datagrams/again.h"

#include <criterion/criterion.h>
#include <errno.h>

#include "client/clock.h"

enum { LONGEST_MS = 5000 };

static struct s5a_association lost(unsigned times)
{
    struct s5a_association a = { .state = S5A_ASSOCIATION_STANDING };
    for (unsigned i = 0; i < times; i++) {
        a.stood = s5a_now();
        s5a_again_after_loss(&a);
    }
    return a;
}

Test(datagram_again, the_first_losses_bring_no_pause)
{
    for (unsigned times = 1; times <= 3; times++)
        cr_expect_eq(lost(times).state, S5A_ASSOCIATION_NONE);
    cr_expect_eq(lost(4).state, S5A_ASSOCIATION_FAILED);
}

Test(datagram_again, pauses_after_losses_grow_to_the_longest)
{
    struct s5a_association a = lost(100);
    cr_expect_geq(a.until - a.stood, LONGEST_MS);
}

Test(datagram_again, pauses_after_failures_grow_to_the_longest)
{
    struct s5a_association a = { .failures = 0 };
    uint64_t before = s5a_now();
    for (unsigned i = 0; i < 100; i++)
        s5a_again_after_failure(&a, ECONNREFUSED);
    cr_expect_geq(a.until - before, LONGEST_MS);
}
