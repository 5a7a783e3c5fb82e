/* How an outlet shapes what it sends, over time: delays, splits, merges, rates, cells, dummies. The
 * clock is the test's own. */
#include <criterion/criterion.h>

#define PUMP_REQUIRE cr_assert
#include "tests/unit/tol_pump_lab.h"

static struct s5a_tol_shape shape_of(uint8_t type)
{
    struct s5a_tol_shape shape;
    s5a_tol_shape_default(&shape, type);
    return shape;
}

/* What one look at the wire finds. */
struct seen {
    size_t records, dummies, payload, largest;
};

/* Opens what is on the wire, and empties it. */
static struct seen look(struct pump *p)
{
    struct seen seen = { 0 };
    struct s5a_tol_record record;
    for (size_t at = 0; at < p->wire_len; at += record.len) {
        cr_assert_eq(s5a_tol_link_open(&p->to, p->wire + at, p->wire_len - at, &record),
                     S5A_TOL_WHOLE);
        seen.records++;
        seen.dummies += record.is_dummy;
        seen.payload += record.payload_len;
        if (record.payload_len > seen.largest)
            seen.largest = record.payload_len;
    }
    p->wire_len = 0;
    return seen;
}

static void write_all(struct pump *p)
{
    while (pump_write(p) > 0)
        ;
}

/* ---- 01 ---- */

Test(tol_pace, padded_records_leave_at_once)
{
    struct s5a_tol_shape shape = shape_of(S5A_TOL_PADDING);
    struct pump *p = pump_new(S5A_TOL_CLIENT, &shape, true);
    uint64_t at = 0, sum = 0, most = 0;
    for (int i = 0; i < 2000; i++) {
        cr_assert_eq(pump_read(p, &at, 600), 600);
        size_t len = pump_write(p);
        cr_assert_geq(len, 622);
        sum += len - 622;
        most = len - 622 > most ? len - 622 : most;
        cr_assert_eq(look(p).payload, 600);
    }
    cr_expect(sum / 2000 > 490 && sum / 2000 < 534, "mean of padding %lu", sum / 2000);
    cr_expect(most > 1000 && most <= 1024);
    pump_free(p);
}

Test(tol_pace, padding_pauses_while_more_than_64_kib_wait)
{
    struct s5a_tol_shape shape = shape_of(S5A_TOL_PADDING);
    struct pump *p = pump_new(S5A_TOL_CLIENT, &shape, true);
    uint64_t at = 0;
    for (int i = 0; i < 50; i++) {
        cr_assert_eq(pump_read(p, &at, 600), 600);
        s5a_tol_outlet_took(&p->outlet, 0, 65536, p->now);
        cr_expect_eq(pump_write(p), 622);
        look(p);
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
    struct s5a_tol_shape shape = shape_of(S5A_TOL_JITTER);
    shape.delay = delay;
    struct pump *p = pump_new(S5A_TOL_CLIENT, &shape, true);
    uint64_t at = 0, least = UINT64_MAX, most = 0;
    for (int i = 0; i < 500; i++) {
        uint64_t begun = p->now;
        pump_read(p, &at, 50);
        cr_expect(pump_write(p) == 0 || delay.min == 0);
        while (p->wire_len == 0 && pump_wait(p, UINT64_MAX))
            pump_write(p);
        struct seen seen = look(p);
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
    struct s5a_tol_shape shape = shape_of(S5A_TOL_JITTER);
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
    struct seen seen = look(p);
    cr_expect_eq(seen.records, 1);
    cr_expect_eq(seen.payload, 100);
    pump_free(p);
}

Test(tol_pace, delays_pause_while_more_than_64_kib_wait)
{
    for (uint8_t type = S5A_TOL_JITTER; type <= S5A_TOL_FULL; type++) {
        struct s5a_tol_shape shape = shape_of(type);
        shape.delay = (struct s5a_tol_delay){ 1000, 2000, S5A_TOL_UNIFORM };
        struct pump *p = pump_new(S5A_TOL_CLIENT, &shape, true);
        uint64_t at = 0;
        while (pump_read(p, &at, 100000) > 0)
            ;
        write_all(p);
        cr_expect_eq(look(p).payload, at, "type %d", type);
        pump_free(p);
    }
}

/* ---- MIN, MAX, MODE of the other side ---- */

static uint64_t delay_after_being_told(uint16_t min, uint16_t max, uint16_t delay_max)
{
    struct s5a_tol_shape shape = shape_of(S5A_TOL_BARE);
    shape.delay_max = delay_max;
    struct pump *p = pump_new(S5A_TOL_CLIENT, &shape, true);
    uint64_t at = 0, begun = p->now;
    p->from.told = true;
    p->from.delay = (struct s5a_tol_delay){ min, max, S5A_TOL_UNIFORM };
    pump_read(p, &at, 50);
    pump_write(p);
    while (p->wire_len == 0 && pump_wait(p, UINT64_MAX))
        pump_write(p);
    cr_expect_eq(look(p).payload, 50);
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
        struct s5a_tol_shape shape = shape_of(S5A_TOL_JITTER);
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

/* ---- 03 ---- */

Test(tol_pace, masking_splits_long_writes_and_merges_short_ones)
{
    struct s5a_tol_shape shape = shape_of(S5A_TOL_MASKING);
    shape.budget = shape.budget_percent = 0;
    shape.split_min = 300, shape.split_max = 900;
    struct pump *p = pump_new(S5A_TOL_SERVER, &shape, true);
    uint64_t at = 0;
    cr_assert_eq(pump_read(p, &at, 9000), 9000);
    struct seen all = { 0 };
    do {
        write_all(p);
        struct seen seen = look(p);
        all.records += seen.records - seen.dummies;
        all.payload += seen.payload;
        cr_expect_leq(seen.largest, 900);
    } while (all.payload < 9000 && pump_wait(p, UINT64_MAX));
    cr_expect_eq(all.payload, 9000);
    cr_expect(all.records >= 10 && all.records <= 31, "%zu records", all.records);
    size_t merged = 0;
    for (int i = 0; i < 100; i++) { /* 20 bytes a ms, and 277 sends a second */
        pump_read(p, &at, 20);
        write_all(p);
        struct seen seen = look(p);
        merged += seen.payload > 0;
        p->now++;
    }
    cr_expect(merged > 10 && merged < 40, "%zu records", merged);
    pump_free(p);
}

/* Sends in each second of a surge on bulk that always waits, but never more than 64 KiB. */
Test(tol_pace, rate_of_bulk_decays_from_a_surge_on)
{
    enum { SECONDS = 7 };
    struct s5a_tol_shape shape = shape_of(S5A_TOL_MASKING);
    shape.rate = 100, shape.decay = 70, shape.surge = 60000;
    struct pump *p = pump_new(S5A_TOL_SERVER, &shape, true);
    uint64_t at = 0, begun = p->now;
    unsigned sends[SECONDS] = { 0 };
    while (p->now - begun < 1000 * SECONDS) {
        if (s5a_tol_outlet_pending(&p->outlet) == 0)
            pump_read(p, &at, 20000);
        write_all(p);
        struct seen seen = look(p);
        sends[(p->now - begun) / 1000] += (unsigned)(seen.payload > 0);
        p->now++;
    }
    cr_expect(sends[0] > 75 && sends[0] <= 101, "first second %u", sends[0]);
    cr_expect(sends[2] > 33 && sends[2] < 52, "third second %u", sends[2]);
    cr_expect(sends[6] >= 8 && sends[6] < 14, "seventh second %u", sends[6]);
    pump_free(p);
}

Test(tol_pace, queue_that_grows_begins_a_surge_anew)
{
    struct s5a_tol_shape shape = shape_of(S5A_TOL_MASKING);
    shape.rate = 100, shape.decay = 10, shape.surge = 100;
    shape.split_min = shape.split_max = 1000;
    struct pump *p = pump_new(S5A_TOL_SERVER, &shape, true);
    uint64_t at = 0;
    pump_read(p, &at, 500);
    write_all(p);
    p->now += 2500; /* down to less than one a second */
    cr_assert_gt(p->outlet.pace.surge, 0);
    pump_read(p, &at, 20000);
    uint64_t begun = p->now;
    while (s5a_tol_outlet_pending(&p->outlet) > 15000 && pump_wait(p, UINT64_MAX))
        write_all(p);
    cr_expect_leq(p->now - begun, 200);
    pump_free(p);
}

/* After the last byte. */
static struct seen dummies_of(struct pump *p, uint64_t ms)
{
    struct seen all = { 0 };
    uint64_t until = p->now + ms;
    while (pump_wait(p, until)) {
        write_all(p);
        struct seen seen = look(p);
        all.dummies += seen.dummies;
        all.records += seen.records;
        all.payload += seen.payload;
    }
    p->now = until;
    return all;
}

Test(tol_pace, server_goes_on_with_dummies_within_their_budget)
{
    struct s5a_tol_shape shape = shape_of(S5A_TOL_MASKING);
    shape.budget = 20000, shape.budget_percent = 10;
    struct pump *p = pump_new(S5A_TOL_SERVER, &shape, true);
    uint64_t at = 0, payload = 0, wire;
    for (int i = 0; i < 40; i++) {
        pump_read(p, &at, 5000);
        payload += 5000;
        do
            write_all(p);
        while (s5a_tol_outlet_pending(&p->outlet) > 0 && pump_wait(p, UINT64_MAX));
        look(p);
        wire = p->wire_total;
        struct seen seen = dummies_of(p, 300);
        cr_expect_eq(seen.dummies, seen.records);
        if (i == 0)
            cr_expect_gt(p->wire_total - wire, 0);
    }
    /* what was drawn last may go over it by one send, and payload is padded by up to 1,024 a record */
    cr_expect_geq(p->outlet.pace.budget, -9000);
    cr_expect_lt(p->outlet.pace.budget, 20000 + (int64_t)payload / 10);
    dummies_of(p, 100000);
    wire = p->wire_total;
    dummies_of(p, 1000000);
    cr_expect_eq(p->wire_total, wire); /* it ends */
    pump_free(p);
}

Test(tol_pace, no_budget_no_dummies)
{
    for (int role = 0; role < 2; role++) {
        struct s5a_tol_shape shape = shape_of(S5A_TOL_MASKING);
        shape.budget = shape.budget_percent = 0;
        shape.padding[0].total_max = shape.padding[1].total_max = shape.padding[2].total_max = 200;
        struct pump *p = pump_new((enum s5a_tol_role)role, &shape, true);
        uint64_t at = 0;
        p->from.received += 1000;
        pump_read(p, &at, 3000);
        struct seen seen = dummies_of(p, 100000);
        cr_expect_eq(seen.dummies, 0);
        cr_expect_eq(seen.payload, 3000);
        pump_free(p);
    }
}

Test(tol_pace, client_sends_a_fraction_of_what_it_receives)
{
    struct s5a_tol_shape shape = shape_of(S5A_TOL_MASKING);
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

Test(tol_pace, clients_bytes_wait_for_that_as_long_as_they_may_only)
{
    struct s5a_tol_shape shape = shape_of(S5A_TOL_MASKING);
    shape.hold = 30;
    struct pump *p = pump_new(S5A_TOL_CLIENT, &shape, true);
    uint64_t at = 0, most = 0;
    for (int i = 0; i < 300; i++) {
        uint64_t begun = p->now;
        pump_read(p, &at, 100);
        write_all(p);
        while (s5a_tol_outlet_pending(&p->outlet) > 0 && pump_wait(p, UINT64_MAX))
            write_all(p);
        most = p->now - begun > most ? p->now - begun : most;
        cr_assert_eq(look(p).payload, 100);
        p->now += 50;
    }
    cr_expect(most > 20 && most <= 31);
    pump_free(p);
}

/* ---- 04 ---- */

Test(tol_pace, every_write_of_type_04_is_a_number_of_cells)
{
    for (int sealed = 0; sealed < 2; sealed++)
        for (int role = 0; role < 2; role++) {
            struct s5a_tol_shape shape = shape_of(S5A_TOL_FULL);
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

Test(tol_pace, smallest_and_largest_cells_hold)
{
    static const uint16_t cells[] = { S5A_TOL_CELL_MIN, 577, 1000, S5A_TOL_CELL_MAX };
    for (size_t i = 0; i < sizeof(cells) / sizeof(*cells); i++) {
        struct s5a_tol_shape shape = shape_of(S5A_TOL_FULL);
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

/* ---- dummies of idle time ---- */

Test(tol_pace, idle_dummies_come_at_the_mean_that_was_agreed)
{
    for (uint8_t type = 0; type <= S5A_TOL_FULL; type++) {
        struct s5a_tol_shape shape = shape_of(type);
        shape.dummy = 500, shape.budget = 0;
        struct pump *p = pump_new(S5A_TOL_CLIENT, &shape, true);
        uint64_t begun = p->now;
        while (pump_wait(p, begun + 1000000)) {
            write_all(p);
            struct seen seen = look(p);
            cr_expect_eq(seen.dummies, seen.records);
        }
        cr_expect(p->writes > 1820 && p->writes < 2180, "type %d: %lu", type, p->writes);
        pump_free(p);
    }
}

Test(tol_pace, without_dummies_an_idle_outlet_has_no_deadline)
{
    for (uint8_t type = 0; type <= S5A_TOL_FULL; type++) {
        struct s5a_tol_shape shape = shape_of(type);
        struct pump *p = pump_new(S5A_TOL_CLIENT, &shape, true);
        cr_expect_eq(pump_write(p), 0);
        cr_expect_eq(s5a_tol_outlet_deadline(&p->outlet), S5A_TOL_NEVER);
        pump_free(p);
    }
}

Test(tol_pace, end_record_follows_the_last_bytes_without_waiting_more)
{
    for (uint8_t type = 0; type <= S5A_TOL_FULL; type++) {
        struct s5a_tol_shape shape = shape_of(type);
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
