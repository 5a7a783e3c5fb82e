/* When an outlet sends: padding at once, delays, dummies of idle time, the end. The clock is the
 * test's own. */
#include <criterion/criterion.h>

#define PUMP_REQUIRE cr_assert
#include "tests/unit/tol_pump_lab.h"

/* ---- 01 ---- */

Test(tol_pace, padded_records_leave_at_once)
{
    struct s5a_tol_shape shape = pump_shape(S5A_TOL_PADDING);
    struct pump *p = pump_new(S5A_TOL_CLIENT, &shape, true);
    uint64_t at = 0, sum = 0, most = 0;
    for (int i = 0; i < 2000; i++) {
        cr_assert_eq(pump_read(p, &at, 600), 600);
        size_t len = pump_write(p);
        cr_assert_geq(len, 622);
        sum += len - 622;
        most = len - 622 > most ? len - 622 : most;
        cr_assert_eq(pump_look(p).payload, 600);
    }
    cr_expect(sum / 2000 > 490 && sum / 2000 < 534, "mean of padding %lu", sum / 2000);
    cr_expect(most > 1000 && most <= 1024);
    pump_free(p);
}

Test(tol_pace, padding_pauses_while_more_than_64_kib_wait)
{
    struct s5a_tol_shape shape = pump_shape(S5A_TOL_PADDING);
    struct pump *p = pump_new(S5A_TOL_CLIENT, &shape, true);
    uint64_t at = 0;
    for (int i = 0; i < 50; i++) {
        cr_assert_eq(pump_read(p, &at, 600), 600);
        s5a_tol_outlet_took(&p->outlet, 0, 65536, p->now);
        cr_expect_eq(pump_write(p), 622);
        pump_look(p);
    }
    size_t padded = 0;
    for (int i = 0; i < 50; i++) {
        cr_assert_eq(pump_read(p, &at, 600), 600);
        s5a_tol_outlet_took(&p->outlet, 0, 65536 - 600, p->now);
        padded += pump_write(p) - 622;
    }
    cr_expect_gt(padded, 50 * 400);
    p->wire_len = 0;
    pump_free(p);
}

/* ---- 02 ---- */

static void expect_delays(struct s5a_tol_delay delay)
{
    struct s5a_tol_shape shape = pump_shape(S5A_TOL_JITTER);
    shape.delay = delay;
    struct pump *p = pump_new(S5A_TOL_CLIENT, &shape, true);
    uint64_t at = 0, least = UINT64_MAX, most = 0;
    for (int i = 0; i < 500; i++) {
        uint64_t begun = p->now;
        pump_read(p, &at, 50);
        cr_expect(pump_write(p) == 0 || delay.min == 0);
        while (p->wire_len == 0 && pump_wait(p, UINT64_MAX))
            pump_write(p);
        struct pump_seen seen = pump_look(p);
        cr_assert_eq(seen.payload, 50);
        cr_assert_eq(seen.records, 1);
        least = p->now - begun < least ? p->now - begun : least;
        most = p->now - begun > most ? p->now - begun : most;
        p->now += 100;
    }
    cr_expect_geq(least, delay.min);
    cr_expect_leq(most, delay.max + 1u); /* a part of a ms is waited for whole */
    cr_expect_gt(most, least);
    pump_free(p);
}

Test(tol_pace, jitter_delays_each_send_within_its_bounds)
{
    expect_delays((struct s5a_tol_delay){ 5, 30, S5A_TOL_UNIFORM });
    expect_delays((struct s5a_tol_delay){ 5, 30, S5A_TOL_NORMAL });
    expect_delays((struct s5a_tol_delay){ 5, 30, S5A_TOL_EXPONENTIAL });
    expect_delays((struct s5a_tol_delay){ 0, 3, S5A_TOL_UNIFORM });
}

Test(tol_pace, bytes_that_come_meanwhile_leave_together_with_the_first)
{
    struct s5a_tol_shape shape = pump_shape(S5A_TOL_JITTER);
    shape.delay = (struct s5a_tol_delay){ 20, 21, S5A_TOL_UNIFORM };
    struct pump *p = pump_new(S5A_TOL_CLIENT, &shape, true);
    uint64_t at = 0, begun = p->now;
    for (int i = 0; i < 10; i++, p->now++) {
        pump_read(p, &at, 10);
        cr_expect_eq(pump_write(p), 0);
    }
    cr_assert(pump_wait(p, UINT64_MAX));
    cr_expect(p->now >= begun + 20 && p->now <= begun + 21);
    pump_write(p);
    struct pump_seen seen = pump_look(p);
    cr_expect_eq(seen.records, 1);
    cr_expect_eq(seen.payload, 100);
    pump_free(p);
}

Test(tol_pace, delays_pause_while_more_than_64_kib_wait)
{
    for (uint8_t type = S5A_TOL_JITTER; type <= S5A_TOL_FULL; type++) {
        struct s5a_tol_shape shape = pump_shape(type);
        shape.delay = (struct s5a_tol_delay){ 1000, 2000, S5A_TOL_UNIFORM };
        struct pump *p = pump_new(S5A_TOL_CLIENT, &shape, true);
        uint64_t at = 0;
        while (pump_read(p, &at, 100000) > 0)
            ;
        pump_write_all(p);
        cr_expect_eq(pump_look(p).payload, at, "type %d", type);
        pump_free(p);
    }
}

/* ---- MIN, MAX, MODE of the other side ---- */

static uint64_t delay_after_being_told(uint16_t min, uint16_t max, uint16_t delay_max)
{
    struct s5a_tol_shape shape = pump_shape(S5A_TOL_BARE);
    shape.delay_max = delay_max;
    struct pump *p = pump_new(S5A_TOL_CLIENT, &shape, true);
    uint64_t at = 0, begun = p->now;
    p->from.told = true;
    p->from.delay = (struct s5a_tol_delay){ min, max, S5A_TOL_UNIFORM };
    pump_read(p, &at, 50);
    pump_write(p);
    while (p->wire_len == 0 && pump_wait(p, UINT64_MAX))
        pump_write(p);
    cr_expect_eq(pump_look(p).payload, 50);
    uint64_t waited = p->now - begun;
    pump_free(p);
    return waited;
}

Test(tol_pace, delays_that_the_other_side_names_are_applied_within_the_own_maximum)
{
    uint64_t waited = delay_after_being_told(30, 40, 100);
    cr_expect(waited >= 30 && waited <= 41);
    waited = delay_after_being_told(5000, 60000, 100);
    cr_expect(waited >= 99 && waited <= 101);
    cr_expect_eq(delay_after_being_told(5000, 60000, 0), 0);
}

Test(tol_pace, of_two_delays_the_longer_is_applied)
{
    for (int own = 0; own < 2; own++) {
        struct s5a_tol_shape shape = pump_shape(S5A_TOL_JITTER);
        shape.delay = (struct s5a_tol_delay){ own ? 60 : 1, own ? 70 : 2, S5A_TOL_UNIFORM };
        struct pump *p = pump_new(S5A_TOL_CLIENT, &shape, true);
        uint64_t at = 0, begun = p->now;
        p->from.told = true;
        p->from.delay = (struct s5a_tol_delay){ own ? 1 : 60, own ? 2 : 70, S5A_TOL_UNIFORM };
        pump_read(p, &at, 50);
        pump_write(p);
        while (p->wire_len == 0 && pump_wait(p, UINT64_MAX))
            pump_write(p);
        cr_expect(p->now - begun >= 60 && p->now - begun <= 71);
        pump_free(p);
    }
}

/* ---- dummies of idle time ---- */

Test(tol_pace, idle_dummies_come_at_the_mean_that_was_agreed)
{
    for (uint8_t type = 0; type <= S5A_TOL_FULL; type++) {
        struct s5a_tol_shape shape = pump_shape(type);
        shape.dummy = 500, shape.budget = 0;
        struct pump *p = pump_new(S5A_TOL_CLIENT, &shape, true);
        uint64_t begun = p->now;
        while (pump_wait(p, begun + 1000000)) {
            pump_write_all(p);
            struct pump_seen seen = pump_look(p);
            cr_expect_eq(seen.dummies, seen.records);
        }
        cr_expect(p->writes > 1820 && p->writes < 2180, "type %d: %lu", type, p->writes);
        pump_free(p);
    }
}

Test(tol_pace, without_dummies_an_idle_outlet_has_no_deadline)
{
    for (uint8_t type = 0; type <= S5A_TOL_FULL; type++) {
        struct s5a_tol_shape shape = pump_shape(type);
        struct pump *p = pump_new(S5A_TOL_CLIENT, &shape, true);
        cr_expect_eq(pump_write(p), 0);
        cr_expect_eq(s5a_tol_outlet_deadline(&p->outlet), S5A_TOL_NEVER);
        pump_free(p);
    }
}

Test(tol_pace, end_record_follows_the_last_bytes_without_waiting_more)
{
    for (uint8_t type = 0; type <= S5A_TOL_FULL; type++) {
        struct s5a_tol_shape shape = pump_shape(type);
        struct pump *p = pump_new(S5A_TOL_SERVER, &shape, true);
        uint64_t at = 0, begun = p->now;
        pump_read(p, &at, 10);
        s5a_tol_outlet_eof(&p->outlet, p->now);
        do
            pump_settle(p);
        while (!s5a_tol_outlet_done(&p->outlet) && pump_wait(p, UINT64_MAX));
        cr_expect_leq(p->now - begun, 22);
        cr_expect_eq(p->got, 10);
        cr_expect_eq(s5a_tol_inlet_state(&p->inlet), S5A_TOL_INLET_ENDED);
        pump_free(p);
    }
}
