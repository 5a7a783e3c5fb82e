/* Types 03 and 04: splits, merges, rates, cells, and the dummies that go with them. The clock is the
 * test's own. */
#include <criterion/criterion.h>

#define PUMP_REQUIRE cr_assert
#include "tests/unit/tol_pump_lab.h"

/* ---- 03 ---- */

Test(tol_schedule, masking_splits_long_writes_and_merges_short_ones)
{
    struct s5a_tol_shape shape = pump_shape(S5A_TOL_MASKING);
    shape.budget = shape.budget_percent = 0;
    shape.split_min = 300, shape.split_max = 900;
    struct pump *p = pump_new(S5A_TOL_SERVER, &shape, true);
    uint64_t at = 0;
    cr_assert_eq(pump_read(p, &at, 9000), 9000);
    struct pump_seen all = { 0 };
    do {
        pump_write_all(p);
        struct pump_seen seen = pump_look(p);
        all.records += seen.records - seen.dummies;
        all.payload += seen.payload;
        cr_expect_leq(seen.largest, 900);
    } while (all.payload < 9000 && pump_wait(p, UINT64_MAX));
    cr_expect_eq(all.payload, 9000);
    cr_expect(all.records >= 10 && all.records <= 31, "%zu records", all.records);
    size_t merged = 0;
    for (int i = 0; i < 100; i++) { /* 20 bytes a ms, and 277 sends a second */
        pump_read(p, &at, 20);
        pump_write_all(p);
        struct pump_seen seen = pump_look(p);
        merged += seen.payload > 0;
        p->now++;
    }
    cr_expect(merged > 10 && merged < 40, "%zu records", merged);
    pump_free(p);
}

/* Sends in each second of a surge on bulk that always waits, but never more than 64 KiB. */
Test(tol_schedule, rate_of_bulk_decays_from_a_surge_on)
{
    enum { SECONDS = 7 };
    struct s5a_tol_shape shape = pump_shape(S5A_TOL_MASKING);
    shape.rate = 100, shape.decay = 70, shape.surge = 60000;
    struct pump *p = pump_new(S5A_TOL_SERVER, &shape, true);
    uint64_t at = 0, begun = p->now;
    unsigned sends[SECONDS] = { 0 };
    while (p->now - begun < 1000 * SECONDS) {
        if (s5a_tol_outlet_pending(&p->outlet) == 0)
            pump_read(p, &at, 20000);
        pump_write_all(p);
        struct pump_seen seen = pump_look(p);
        sends[(p->now - begun) / 1000] += (unsigned)(seen.payload > 0);
        p->now++;
    }
    cr_expect(sends[0] > 75 && sends[0] <= 101, "first second %u", sends[0]);
    cr_expect(sends[2] > 33 && sends[2] < 52, "third second %u", sends[2]);
    cr_expect(sends[6] >= 8 && sends[6] < 14, "seventh second %u", sends[6]);
    pump_free(p);
}

Test(tol_schedule, queue_that_grows_begins_a_surge_anew)
{
    struct s5a_tol_shape shape = pump_shape(S5A_TOL_MASKING);
    shape.rate = 100, shape.decay = 10, shape.surge = 100;
    shape.split_min = shape.split_max = 1000;
    struct pump *p = pump_new(S5A_TOL_SERVER, &shape, true);
    uint64_t at = 0;
    pump_read(p, &at, 500);
    pump_write_all(p);
    p->now += 2500; /* down to less than one a second */
    cr_assert_gt(p->outlet.pace.surge, 0);
    pump_read(p, &at, 20000);
    uint64_t begun = p->now;
    while (s5a_tol_outlet_pending(&p->outlet) > 15000 && pump_wait(p, UINT64_MAX))
        pump_write_all(p);
    cr_expect_leq(p->now - begun, 200);
    pump_free(p);
}

/* After the last byte. */
static struct pump_seen dummies_of(struct pump *p, uint64_t ms)
{
    struct pump_seen all = { 0 };
    uint64_t until = p->now + ms;
    while (pump_wait(p, until)) {
        pump_write_all(p);
        struct pump_seen seen = pump_look(p);
        all.dummies += seen.dummies;
        all.records += seen.records;
        all.payload += seen.payload;
    }
    p->now = until;
    return all;
}

static void send_some(struct pump *p, uint64_t *at, size_t len)
{
    while (len > 0) {
        len -= pump_read(p, at, len);
        do
            pump_write_all(p);
        while (s5a_tol_outlet_pending(&p->outlet) > 0 && pump_wait(p, UINT64_MAX));
        pump_look(p);
    }
}

/* The bytes of dummies until nothing more is sent. */
static uint64_t rest_of(struct pump *p)
{
    uint64_t before = p->wire_total;
    struct pump_seen seen = dummies_of(p, 100000);
    cr_expect_eq(seen.dummies, seen.records);
    uint64_t after = p->wire_total;
    dummies_of(p, 1000000);
    cr_expect_eq(p->wire_total, after);
    return after - before;
}

Test(tol_schedule, server_goes_on_with_dummies_within_their_budget)
{
    enum { LONGEST = 8192 + 22 };
    struct s5a_tol_shape shape = pump_shape(S5A_TOL_MASKING);
    shape.budget = 50000, shape.budget_percent = 10;
    struct pump *p = pump_new(S5A_TOL_SERVER, &shape, true);
    uint64_t at = 0;
    send_some(p, &at, 1000);
    uint64_t dummies = rest_of(p);
    cr_expect(dummies >= 50000 && dummies < 50000 + LONGEST, "at first: %lu", dummies);
    send_some(p, &at, 200000);
    dummies = rest_of(p);
    cr_expect(dummies > 20000 - LONGEST && dummies < 20000 + LONGEST, "a tenth: %lu", dummies);
    send_some(p, &at, 5000000);
    dummies = rest_of(p);
    cr_expect(dummies >= 50000 && dummies < 50000 + LONGEST, "at most: %lu", dummies);
    pump_free(p);
}

Test(tol_schedule, no_budget_no_dummies)
{
    for (int role = 0; role < 2; role++) {
        struct s5a_tol_shape shape = pump_shape(S5A_TOL_MASKING);
        shape.budget = shape.budget_percent = 0;
        shape.padding[0].total_max = shape.padding[1].total_max = shape.padding[2].total_max = 200;
        struct pump *p = pump_new((enum s5a_tol_role)role, &shape, true);
        uint64_t at = 0;
        p->from.received += 1000;
        pump_read(p, &at, 3000);
        struct pump_seen seen = dummies_of(p, 100000);
        cr_expect_eq(seen.dummies, 0);
        cr_expect_eq(seen.payload, 3000);
        pump_free(p);
    }
}

Test(tol_schedule, client_sends_a_fraction_of_what_it_receives)
{
    struct s5a_tol_shape shape = pump_shape(S5A_TOL_MASKING);
    shape.fraction = 40, shape.budget = 100000000;
    struct pump *p = pump_new(S5A_TOL_CLIENT, &shape, true);
    for (int i = 0; i < 4000; i++) {
        p->from.received++;
        p->now++;
        pump_write(p);
        p->wire_len = 0;
    }
    cr_expect(p->writes > 980 && p->writes <= 1000, "%lu sends", p->writes);
    pump_free(p);
}

/* Nothing is waited for: what is received is the time. */
Test(tol_schedule, what_the_client_receives_makes_its_outlet_ready_at_once)
{
    struct s5a_tol_shape shape = pump_shape(S5A_TOL_MASKING);
    struct pump *p = pump_new(S5A_TOL_CLIENT, &shape, true);
    cr_expect_eq(pump_write(p), 0);
    cr_expect_eq(s5a_tol_outlet_deadline(&p->outlet), S5A_TOL_NEVER);
    p->from.received += shape.fraction / 10;
    cr_expect_leq(s5a_tol_outlet_deadline(&p->outlet), p->now);
    cr_expect_gt(pump_write(p), 0);
    cr_expect_eq(pump_write(p), 0);
    cr_expect_eq(s5a_tol_outlet_deadline(&p->outlet), S5A_TOL_NEVER);
    pump_free(p);
}

Test(tol_schedule, clients_bytes_wait_for_that_as_long_as_they_may_only)
{
    struct s5a_tol_shape shape = pump_shape(S5A_TOL_MASKING);
    shape.hold = 30;
    struct pump *p = pump_new(S5A_TOL_CLIENT, &shape, true);
    uint64_t at = 0, most = 0;
    for (int i = 0; i < 300; i++) {
        uint64_t begun = p->now;
        pump_read(p, &at, 100);
        pump_write_all(p);
        while (s5a_tol_outlet_pending(&p->outlet) > 0 && pump_wait(p, UINT64_MAX))
            pump_write_all(p);
        most = p->now - begun > most ? p->now - begun : most;
        cr_assert_eq(pump_look(p).payload, 100);
        p->now += 50;
    }
    cr_expect(most > 20 && most <= 31);
    pump_free(p);
}

/* ---- 04 ---- */

Test(tol_schedule, every_write_of_type_04_is_a_number_of_cells)
{
    for (int sealed = 0; sealed < 2; sealed++)
        for (int role = 0; role < 2; role++) {
            struct s5a_tol_shape shape = pump_shape(S5A_TOL_FULL);
            struct pump *p = pump_new((enum s5a_tol_role)role, &shape, sealed);
            uint64_t at = 0;
            for (int i = 0; i < 200; i++) {
                pump_read(p, &at, pump_luck(p, i % 10 == 0 ? 40000 : 2000));
                do {
                    size_t len = pump_write(p);
                    cr_expect_eq(len % 1400, 0);
                    p->wire_len = 0;
                } while (pump_wait(p, p->now + 15));
                p->now += 5;
            }
            s5a_tol_outlet_eof(&p->outlet, p->now);
            while (!s5a_tol_outlet_done(&p->outlet)) {
                cr_expect_eq(pump_write(p) % 1400, 0);
                p->wire_len = 0;
                pump_wait(p, UINT64_MAX);
            }
            pump_free(p);
        }
}

Test(tol_schedule, smallest_and_largest_cells_hold)
{
    static const uint16_t cells[] = { S5A_TOL_CELL_MIN, 577, 1000, S5A_TOL_CELL_MAX };
    for (size_t i = 0; i < sizeof(cells) / sizeof(*cells); i++) {
        struct s5a_tol_shape shape = pump_shape(S5A_TOL_FULL);
        shape.cell = cells[i];
        struct pump *p = pump_new(S5A_TOL_SERVER, &shape, true);
        uint64_t at = 0;
        for (size_t len = 1; len < 2000; len += 7) {
            pump_read(p, &at, len);
            do {
                cr_expect_eq(pump_write(p) % cells[i], 0);
                pump_settle(p);
            } while (p->got < at && pump_wait(p, UINT64_MAX));
            cr_assert_eq(p->got, at);
        }
        pump_free(p);
    }
}
