/* Outlet and inlet: streams of any shape arrive whole, in order, in bounded memory, and end as they
 * should. */
#include <criterion/criterion.h>

#define PUMP_REQUIRE cr_assert
#include "tests/unit/tol_pump_lab.h"

/* `total` bytes in reads of up to `piece`, then the end. */
static void run_stream(struct pump *p, uint64_t total, size_t piece)
{
    uint64_t at = 0, limit = 200000;
    while (p->got < total || s5a_tol_inlet_state(&p->inlet) != S5A_TOL_INLET_ENDED) {
        uint64_t left = total - at;
        size_t most = left < piece ? (size_t)left : piece;
        if (left > 0)
            pump_read(p, &at, pump_luck(p, most));
        else if (!p->outlet.eof)
            s5a_tol_outlet_eof(&p->outlet, p->now);
        pump_settle(p);
        if (at == total && p->outlet.eof && !pump_wait(p, UINT64_MAX))
            cr_assert(s5a_tol_outlet_done(&p->outlet));
        p->now++;
        cr_assert_gt(limit--, 0);
    }
    cr_expect(s5a_tol_outlet_done(&p->outlet));
    cr_expect_eq(p->got, total);
}

static void run_case(uint8_t type, enum s5a_tol_role role, bool sealed, size_t step)
{
    static const size_t pieces[] = { 1, 100, 5000, 70000 };
    for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
        struct s5a_tol_shape shape = pump_shape(type);
        struct pump *p = pump_new(role, &shape, sealed);
        p->step = step;
        p->luck = (uint32_t)(type + 10 * i);
        run_stream(p, pieces[i] < 100 ? 200 : pieces[i] * 12, pieces[i]);
        pump_free(p);
    }
}

Test(tol_pump, streams_of_every_type_and_piece_arrive_whole)
{
    for (uint8_t type = 0; type <= S5A_TOL_FULL; type++)
        for (int role = 0; role < 2; role++)
            for (int sealed = 0; sealed < 2; sealed++)
                run_case(type, (enum s5a_tol_role)role, sealed, 0);
}

Test(tol_pump, streams_cut_anywhere_by_the_wire_arrive_whole)
{
    for (uint8_t type = 0; type <= S5A_TOL_FULL; type++)
        run_case(type, S5A_TOL_SERVER, true, type == 0 ? 700 : 3000);
}

Test(tol_pump, empty_stream_is_an_end_record_alone)
{
    struct s5a_tol_shape shape = pump_shape(S5A_TOL_BARE);
    struct pump *p = pump_new(S5A_TOL_CLIENT, &shape, true);
    s5a_tol_outlet_eof(&p->outlet, p->now);
    cr_expect_eq(pump_write(p), 22);
    cr_expect(s5a_tol_outlet_done(&p->outlet));
    pump_settle(p);
    cr_expect_eq(s5a_tol_inlet_state(&p->inlet), S5A_TOL_INLET_ENDED);
    s5a_tol_inlet_fin(&p->inlet);
    cr_expect_eq(s5a_tol_inlet_state(&p->inlet), S5A_TOL_INLET_ENDED);
    pump_free(p);
}

/* ---- types 00 and 01 cost no more than they must ---- */

Test(tol_pump, sixty_four_kib_leave_in_four_records_and_one_write)
{
    struct s5a_tol_shape shape = pump_shape(S5A_TOL_BARE);
    struct pump *p = pump_new(S5A_TOL_CLIENT, &shape, true);
    uint64_t at = 0;
    cr_expect_eq(pump_read(p, &at, 1000000), 65536);
    cr_expect_eq(pump_write(p), 65536 + 4 * 22);
    cr_expect_eq(p->from.out.n, 4);
    pump_settle(p);
    cr_expect_eq(p->got, 65536);
    pump_free(p);
}

Test(tol_pump, payload_is_sealed_where_it_was_read_to)
{
    struct s5a_tol_shape shape = pump_shape(S5A_TOL_PADDING);
    struct pump *p = pump_new(S5A_TOL_CLIENT, &shape, false);
    struct iovec room[S5A_TOL_IOV_MAX], out[S5A_TOL_IOV_MAX];
    cr_assert_gt(s5a_tol_outlet_room(&p->outlet, room, S5A_TOL_IOV_MAX), 0);
    memcpy(room[0].iov_base, "payload", 7);
    s5a_tol_outlet_took(&p->outlet, 7, 0, p->now);
    cr_assert_eq(s5a_tol_outlet_output(&p->outlet, p->now, out, S5A_TOL_IOV_MAX), 1);
    const uint8_t *begin = out[0].iov_base, *payload = room[0].iov_base;
    cr_expect(begin < payload && payload + 7 <= begin + out[0].iov_len);
    cr_expect_arr_eq(payload, "payload", 7);
    pump_free(p);
}

/* ---- back-pressure ---- */

Test(tol_pump, nothing_more_is_read_than_the_buffers_hold)
{
    for (uint8_t type = 0; type <= S5A_TOL_FULL; type++) {
        struct s5a_tol_shape shape = pump_shape(type);
        struct pump *p = pump_new(S5A_TOL_SERVER, &shape, true);
        struct iovec iov[S5A_TOL_IOV_MAX];
        uint64_t at = 0;
        size_t taken, room;
        do { /* the socket takes nothing */
            taken = pump_read(p, &at, 100000);
            p->now += 100;
            s5a_tol_outlet_output(&p->outlet, p->now, iov, S5A_TOL_IOV_MAX);
        } while (taken > 0);
        cr_expect_leq(at, S5A_TOL_OUT_CAP);
        cr_expect_geq(at, type == S5A_TOL_MASKING ? 32768 : 57344, "type %d: %lu", type, at);
        cr_expect_eq(s5a_tol_outlet_deadline(&p->outlet), S5A_TOL_NEVER);
        pump_write(p); /* all of it arrives, and nobody takes it there */
        while (pump_arrive(p) + pump_write(p) > 0)
            ;
        cr_expect_leq(s5a_tol_inlet_pending(&p->inlet), S5A_TOL_IN_CAP);
        do
            pump_settle(p);
        while (p->got < at && pump_wait(p, UINT64_MAX));
        cr_expect_eq(p->got, at);
        s5a_tol_inlet_room(&p->inlet, &room);
        cr_expect_geq(room, 65536);
        pump_free(p);
    }
}

Test(tol_pump, inlet_gives_no_room_while_the_plain_side_takes_nothing)
{
    struct s5a_tol_shape shape = pump_shape(S5A_TOL_BARE);
    struct pump *p = pump_new(S5A_TOL_CLIENT, &shape, true);
    uint64_t at = 0, arrived = 0;
    size_t room, more;
    do {
        pump_read(p, &at, 65536);
        while (pump_write(p) > 0)
            ;
        more = pump_arrive(p);
        arrived += more;
        struct iovec iov[1];
        s5a_tol_inlet_payload(&p->inlet, iov, 1);
    } while (more > 0);
    cr_expect_leq(arrived, S5A_TOL_IN_CAP);
    cr_expect_null(s5a_tol_inlet_room(&p->inlet, &room));
    cr_expect_eq(room, 0);
    pump_settle(p);
    cr_expect_eq(p->got, at);
    pump_free(p);
}

Test(tol_pump, both_buffers_can_be_taken_back_while_nothing_is_in_them)
{
    struct s5a_tol_shape shape = pump_shape(S5A_TOL_PADDING);
    struct pump *p = pump_new(S5A_TOL_CLIENT, &shape, true);
    uint64_t at = 0;
    for (int i = 0; i < 3; i++) {
        pump_read(p, &at, 100);
        cr_expect_null(s5a_tol_outlet_reclaim(&p->outlet, false));
        pump_write(p);
        cr_expect_eq(s5a_tol_outlet_reclaim(&p->outlet, false), p->out);
        pump_arrive(p);
        cr_expect_null(s5a_tol_inlet_reclaim(&p->inlet, false));
        pump_give(p, SIZE_MAX);
        cr_expect_eq(s5a_tol_inlet_reclaim(&p->inlet, false), p->in);
        memset(p->out, 0xee, S5A_TOL_OUT_CAP);
        memset(p->in, 0xee, S5A_TOL_IN_CAP);
        s5a_tol_outlet_lend(&p->outlet, p->out);
        s5a_tol_inlet_lend(&p->inlet, p->in);
    }
    cr_expect_eq(p->got, 300);
    pump_free(p);
}

Test(tol_pump, idle_relay_is_small)
{
    cr_expect_lt(sizeof(struct s5a_tol_link) + sizeof(struct s5a_tol_outlet) +
                     sizeof(struct s5a_tol_inlet),
                 4096);
}

Test(tol_pump, short_payloads_are_given_in_one_piece)
{
    struct s5a_tol_shape shape = pump_shape(S5A_TOL_PADDING);
    struct pump *p = pump_new(S5A_TOL_CLIENT, &shape, true);
    struct iovec iov[S5A_TOL_IOV_MAX];
    uint64_t at = 0;
    for (size_t len = 1; len < 400; len++) {
        cr_assert_eq(pump_read(p, &at, len % 7 ? len : 3000), len % 7 ? len : 3000);
        pump_write(p);
        if (len % 40 == 0) {
            pump_arrive(p);
            cr_expect_leq(s5a_tol_inlet_payload(&p->inlet, iov, S5A_TOL_IOV_MAX), 7);
            pump_give(p, len); /* a part of it, then the rest */
            while (pump_give(p, SIZE_MAX) > 0)
                ;
        }
    }
    pump_settle(p);
    cr_expect_eq(p->got, at);
    pump_free(p);
}

/* ---- ends ---- */

static struct pump *with_bytes_underway(bool sealed)
{
    struct s5a_tol_shape shape = pump_shape(S5A_TOL_BARE);
    struct pump *p = pump_new(S5A_TOL_CLIENT, &shape, sealed);
    uint64_t at = 0;
    pump_read(p, &at, 3000);
    pump_write(p);
    return p;
}

Test(tol_pump, fin_before_the_end_record_is_a_cut_and_whole_records_arrive_first)
{
    struct pump *p = with_bytes_underway(true);
    pump_arrive(p);
    s5a_tol_inlet_fin(&p->inlet);
    cr_expect_eq(s5a_tol_inlet_state(&p->inlet), S5A_TOL_INLET_OPEN);
    pump_give(p, SIZE_MAX);
    cr_expect_eq(p->got, 3000);
    cr_expect_eq(s5a_tol_inlet_state(&p->inlet), S5A_TOL_INLET_CUT);
    pump_free(p);
}

Test(tol_pump, fin_within_a_record_is_a_cut)
{
    struct pump *p = with_bytes_underway(true);
    p->wire_len -= 1;
    pump_arrive(p);
    s5a_tol_inlet_fin(&p->inlet);
    cr_expect_eq(pump_give(p, SIZE_MAX), 0);
    cr_expect_eq(s5a_tol_inlet_state(&p->inlet), S5A_TOL_INLET_CUT);
    pump_free(p);
}

Test(tol_pump, forged_record_is_bad_after_what_was_whole_before)
{
    struct pump *p = with_bytes_underway(true);
    uint64_t at = 3000;
    size_t room;
    pump_read(p, &at, 500);
    pump_write(p);
    p->wire[p->wire_len - 1] ^= 1;
    pump_arrive(p);
    while (pump_give(p, SIZE_MAX) > 0)
        ;
    cr_expect_eq(p->got, 3000);
    cr_expect_eq(s5a_tol_inlet_state(&p->inlet), S5A_TOL_INLET_BAD);
    cr_expect_null(s5a_tol_inlet_room(&p->inlet, &room));
    pump_free(p);
}

Test(tol_pump, byte_behind_the_end_record_is_bad)
{
    struct pump *p = with_bytes_underway(false);
    s5a_tol_outlet_eof(&p->outlet, p->now);
    pump_write(p);
    p->wire[p->wire_len++] = 0;
    pump_arrive(p);
    while (pump_give(p, SIZE_MAX) > 0)
        ;
    cr_expect_eq(p->got, 3000);
    cr_expect_eq(s5a_tol_inlet_state(&p->inlet), S5A_TOL_INLET_BAD);
    pump_free(p);
}

Test(tol_pump, outlet_whose_numbers_are_used_up_fails)
{
    struct s5a_tol_shape shape = pump_shape(S5A_TOL_BARE);
    struct pump *p = pump_new(S5A_TOL_CLIENT, &shape, true);
    uint64_t at = 0;
    p->from.out.n = UINT64_MAX;
    pump_read(p, &at, 10);
    cr_expect_eq(pump_write(p), 0);
    cr_expect(s5a_tol_outlet_failed(&p->outlet));
    cr_expect_eq(s5a_tol_outlet_deadline(&p->outlet), S5A_TOL_NEVER);
    pump_free(p);
}

/* ---- what a session leaves over ---- */

Test(tol_pump, early_payload_and_begun_record_of_a_session_are_taken_over)
{
    for (size_t begun = 0; begun < 40; begun++) {
        struct pump *p = with_bytes_underway(true);
        struct s5a_tol_record record;
        uint64_t at = 3000;
        uint8_t wire[8192];
        pump_read(p, &at, 50);
        pump_write(p);
        memcpy(wire, p->wire, p->wire_len);
        /* the session has opened the first record, and tried the next with too few bytes */
        cr_assert_eq(s5a_tol_link_open(&p->to, wire, p->wire_len, &record), S5A_TOL_WHOLE);
        struct s5a_tol_record next;
        cr_assert_eq(s5a_tol_link_open(&p->to, wire + record.len, begun, &next), S5A_TOL_MORE);
        cr_assert(s5a_tol_inlet_prime(&p->inlet,
                                      (struct s5a_span){ record.payload, record.payload_len },
                                      (struct s5a_span){ wire + record.len, begun }));
        memmove(p->wire, p->wire + record.len + begun, p->wire_len - record.len - begun);
        p->wire_len -= record.len + begun;
        pump_settle(p);
        cr_expect_eq(p->got, 3050);
        pump_free(p);
    }
}

Test(tol_pump, leftovers_that_do_not_fit_are_not_taken)
{
    struct s5a_tol_shape shape = pump_shape(S5A_TOL_BARE);
    struct pump *p = pump_new(S5A_TOL_CLIENT, &shape, true);
    struct s5a_span most = { p->wire, S5A_TOL_IN_CAP - 10 }, some = { p->wire, 11 };
    cr_expect_not(s5a_tol_inlet_prime(&p->inlet, most, some));
    cr_expect_eq(s5a_tol_inlet_pending(&p->inlet), 0);
    pump_free(p);
}
