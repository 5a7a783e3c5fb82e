/* Chains whose proxies have their sessions in records: sessions over sessions, and the stream that is
 * left in the end. */
#include "tests/unit/hops_lab.h"

#include <errno.h>

#include "tests/unit/config_lab.h"

TestSuite(chain_records, .init = lab_make_dir, .fini = lab_remove_dir);

static void opens_with(const uint8_t *methods, size_t count, unsigned wires, size_t at_once)
{
    hops_begin(methods, count);
    hops_burst = at_once;
    cr_assert_eq(hops_run(count), 0, "%s", hops_report.reason);
    cr_assert_eq(hops_report.proxy, &hops[count - 1]->proxy);
    for (size_t i = 0; i < count; i++)
        cr_assert_eq(hops[i]->requests, 1);
    struct s5a_wire *wire = s5a_chain_take_wire(hops_chain);
    cr_assert_null(s5a_chain_take_wire(hops_chain), "once");
    cr_assert_eq(hops_wires(wire), wires);
    hops_says(wire, "hello");
    hops_last_heard(count, "hello");
    s5a_wire_free(wire);
    hops_finish();
}

Test(chain_records, session_in_records_goes_over_one_in_records)
{
    opens_with(hops_two, 2, 2, SIZE_MAX);
}

Test(chain_records, three_hops_in_records_are_three_layers)
{
    opens_with(hops_three, 3, 3, SIZE_MAX);
}

Test(chain_records, bytes_may_come_one_by_one)
{
    opens_with(hops_three, 3, 3, 1);
}

Test(chain_records, bytes_may_come_in_any_pieces)
{
    static const size_t at_once[] = { 2, 3, 7, 21, 22, 23, 64, 511 };
    for (size_t i = 0; i < sizeof at_once / sizeof *at_once; i++)
        opens_with(hops_two, 2, 2, at_once[i]);
}

Test(chain_records, clear_session_over_records_leaves_those_below)
{
    static const uint8_t methods[] = { S5A_METHOD_TOL, S5A_METHOD_EAF };
    opens_with(methods, 2, 1, SIZE_MAX);
    opens_with(methods, 2, 1, 1);
}

Test(chain_records, records_over_a_clear_session_are_those_of_the_last)
{
    static const uint8_t methods[] = { S5A_METHOD_EAF, S5A_METHOD_TOL };
    opens_with(methods, 2, 1, SIZE_MAX);
}

Test(chain_records, clear_session_may_lie_between)
{
    static const uint8_t methods[] = { S5A_METHOD_TOL, S5A_METHOD_EAF, S5A_METHOD_TOL };
    opens_with(methods, 3, 2, SIZE_MAX);
    opens_with(methods, 3, 2, 5);
}

Test(chain_records, records_of_any_shape_go_in_records_of_any_shape)
{
    for (uint8_t first = S5A_TOL_BARE; first <= S5A_TOL_FULL; first++)
        for (uint8_t second = S5A_TOL_BARE; second <= S5A_TOL_FULL; second++) {
            hops_begin(hops_two, 2);
            hops[0]->proxy.tol.shape.type = first;
            hops[1]->proxy.tol.shape.type = second;
            cr_assert_eq(hops_run(2), 0, "%s", hops_report.reason);
            cr_assert_gt(hops[0]->heard[first], 0);
            cr_assert_gt(hops[1]->heard[second], 0);
            hops_finish();
        }
}

/* ---- what is there when it opens ---- */

static void has_come(struct s5a_wire *wire, const char *text)
{
    struct s5a_span come;
    for (size_t len = strlen(text); len > 0; len -= come.len, text += come.len) {
        cr_assert_eq(s5a_wires_come(wire, &come), S5A_OK);
        cr_assert(come.len > 0 && come.len <= len);
        cr_assert_arr_eq(come.at, text, come.len);
        s5a_wires_took(wire, come.len);
    }
    cr_assert_eq(s5a_wires_come(wire, &come), S5A_OK);
    cr_assert_eq(come.len, 0);
}

Test(chain_records, what_comes_early_waits_in_its_layer)
{
    static const size_t at_once[] = { SIZE_MAX, 1, 30 };
    for (size_t i = 0; i < sizeof at_once / sizeof *at_once; i++) {
        hops_begin(hops_two, 2);
        hops_burst = at_once[i];
        hops[1]->early = SPAN("220 ready, "); /* behind the reply, in its record */
        hops[1]->later = SPAN("and late"); /* a record of its own, in the same one of the first */
        cr_assert_eq(hops_run(2), 0, "%s", hops_report.reason);
        struct s5a_wire *wire = s5a_chain_take_wire(hops_chain);
        cr_assert_gt(s5a_buffer_peek(&wire->below->early).len, 0, "not opened yet");
        has_come(wire, "220 ready, and late");
        s5a_wire_free(wire);
        hops_finish();
    }
}

Test(chain_records, moved_before_any_byte_it_goes_on)
{
    hops_begin(hops_two, 2);
    hops_burst = 1;
    struct s5a_chain_goal goal = hops_goal(hops[1], NULL);
    s5a_chain_begin(hops_chain, &goal, hops_ends[0], s5a_now() + 60000, false);
    int result = -EINPROGRESS;
    for (bool ready = false; result == -EINPROGRESS; ready = true) {
        hops_move(hops[1]);
        result = s5a_chain_step(hops_chain, ready);
        if (result == -EINPROGRESS)
            hops_serve();
    }
    cr_assert_eq(result, 0, "%s", hops_report.reason);
    struct s5a_wire *wire = s5a_chain_take_wire(hops_chain);
    hops_says(wire, "hello");
    hops_last_heard(2, "hello");
    s5a_wire_free(wire);
    hops_finish();
}

/* ---- failures ---- */

static void fails_with(int error, const char *reason)
{
    cr_assert_eq(hops_run(2), -error, "%s", hops_report.reason);
    cr_assert_not_null(strstr(hops_report.reason, reason), "%s", hops_report.reason);
    cr_assert_null(s5a_chain_take_wire(hops_chain));
    cr_assert_null(hops_chain->wire);
    hops_finish();
}

Test(chain_records, end_record_of_the_first_is_an_end_of_the_second)
{
    hops_begin(hops_two, 2);
    hops[1]->ends = true; /* in place of the reply */
    fails_with(ECONNRESET, "");
}

Test(chain_records, refusal_by_the_first_tells_that_it_was_of_the_next_proxy)
{
    hops_begin(hops_two, 2);
    hops[0]->request_rep = S5A_REP_HOST_UNREACHABLE;
    fails_with(EHOSTUNREACH, "for the next proxy of the chain");
}

Test(chain_records, record_of_the_first_that_was_changed_ends_it)
{
    hops_begin(hops_two, 2);
    struct s5a_chain_goal goal = hops_goal(hops[1], NULL);
    s5a_chain_begin(hops_chain, &goal, hops_ends[0], s5a_now() + 60000, false);
    int result;
    for (bool ready = false; (result = s5a_chain_step(hops_chain, ready)) == -EINPROGRESS;
         ready = true) {
        hops_hear();
        if (hops[1]->begun && hops[0]->out_len > 0)
            hops[0]->out[0] ^= 1;
        hops_say();
    }
    cr_assert_eq(result, -s5a_status_errno(S5A_BAD_RECORD), "%s", hops_report.reason);
    cr_assert_eq(hops[1]->requests, 0);
    hops_finish();
}
