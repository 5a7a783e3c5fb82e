/* When a session that waits is kept alive, and when it is given up. */
#include "shim/sockets/pool_time.h"

#include <criterion/criterion.h>

#include "protocol/eaf/capabilities.h"

static struct s5a_login_result login_of(uint32_t idle, uint32_t lifetime, bool commands)
{
    return (struct s5a_login_result){ .messages = 4,
                                      .idle = idle,
                                      .lifetime = lifetime,
                                      .capabilities =
                                          commands ? S5A_CAPABILITY(S5A_CAP_COMMANDS) : 0 };
}

Test(pool_time, intervals_spread_from_a_third_to_two_thirds_of_idle)
{
    struct s5a_login_result login = login_of(300, 0, true);
    uint64_t least = UINT64_MAX, most = 0;
    for (int i = 0; i < 1000; i++) {
        struct s5a_pool_times times = s5a_pool_times_begin(&login, 1000);
        cr_assert_eq(times.end, UINT64_MAX);
        cr_assert(times.next >= 1000 + 100000 && times.next <= 1000 + 200000);
        least = times.next < least ? times.next : least;
        most = times.next > most ? times.next : most;
    }
    cr_assert_lt(least, 1000 + 110000);
    cr_assert_gt(most, 1000 + 190000);
}

Test(pool_time, without_limits_there_is_nothing_to_do)
{
    struct s5a_login_result login = login_of(0, 0, true);
    struct s5a_pool_times times = s5a_pool_times_begin(&login, 1000);
    cr_assert_eq(times.next, UINT64_MAX);
    cr_assert_eq(times.end, UINT64_MAX);
}

Test(pool_time, a_session_is_given_up_before_its_lifetime_ends)
{
    struct s5a_login_result login = login_of(0, 100, true);
    cr_assert_eq(s5a_pool_times_begin(&login, 1000).end, 1000 + 90000);
}

Test(pool_time, what_cannot_be_kept_alive_is_given_up_before_it_is_idle)
{
    struct s5a_login_result login = login_of(30, 0, false);
    struct s5a_pool_times times = s5a_pool_times_begin(&login, 1000);
    cr_assert_eq(times.end, 1000 + 20000);
    cr_assert_eq(times.next, times.end);
}

/* A proxy may say anything: nobody is asked again and again without a pause. */
Test(pool_time, what_is_warm_is_asked_for_a_second_less)
{
    cr_assert_eq(s5a_pool_warm_until(60, 5000), 5000 + 59000);
    cr_assert_eq(s5a_pool_warm_until(UINT16_MAX, 0), 65534000);
    cr_assert_eq(s5a_pool_warm_until(2, 7), 1007);
    cr_assert_eq(s5a_pool_warm_until(1, 7), 0);
    cr_assert_eq(s5a_pool_warm_until(0, 7), 0);
}

Test(pool_time, what_nothing_keeps_alive_waits_a_minute_or_so)
{
    struct s5a_login_result none = { .rep = -1 };
    for (int i = 0; i < 100; i++) {
        struct s5a_pool_times times = s5a_pool_times_begin(&none, 1000);
        cr_assert(times.end >= 1000 + 45000 && times.end < 1000 + 90000);
        cr_assert_eq(times.next, times.end);
    }
}
