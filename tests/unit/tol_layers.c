/* Records in records: every byte arrives through layers of any shape, and each end with it. */
#include "protocol/tol/layers.h"

#include <criterion/criterion.h>

#define PUMP_REQUIRE(condition) cr_assert(condition)
#include "tests/unit/tol_layers_lab.h"

static void arrives(struct tower *t, size_t len)
{
    size_t left = len;
    for (unsigned turns = 0; left > 0; turns++) {
        cr_assert_lt(turns, 100000u);
        left -= tower_put(t, left);
        for (unsigned i = 0; i < t->count; i++)
            cr_assert_leq(s5a_tol_outlet_pending(&t->from[i].out), (size_t)S5A_TOL_OUT_CAP);
        tower_settle(t);
        if (left > 0)
            tower_wait(t);
    }
    tower_finish(t);
    cr_assert_eq(t->got, len);
    for (unsigned i = 0; i < t->count; i++)
        cr_assert_eq(s5a_tol_inlet_state(&t->to[i].in), S5A_TOL_INLET_ENDED, "layer %u", i);
    cr_assert_eq(s5a_tol_layers_pending(&t->from[0]), 0);
    cr_assert_eq(s5a_tol_layers_deadline(&t->from[0]), S5A_TOL_NEVER);
}

Test(tol_layers, any_shape_in_any_other)
{
    for (uint8_t a = S5A_TOL_BARE; a <= S5A_TOL_FULL; a++)
        for (uint8_t b = S5A_TOL_BARE; b <= S5A_TOL_FULL; b++) {
            struct s5a_tol_shape shapes[] = { pump_shape(a), pump_shape(b) };
            struct tower *t = tower_new(2, shapes);
            arrives(t, 300000);
            tower_free(t);
        }
}

Test(tol_layers, three_of_them_byte_by_byte)
{
    struct s5a_tol_shape shapes[] = { pump_shape(S5A_TOL_PADDING), pump_shape(S5A_TOL_BARE),
                                      pump_shape(S5A_TOL_MASKING) };
    struct tower *t = tower_new(3, shapes);
    t->step = 1;
    arrives(t, 3000);
    tower_free(t);
}

Test(tol_layers, one_is_an_outlet_and_an_inlet)
{
    struct s5a_tol_shape shape = pump_shape(S5A_TOL_PADDING);
    struct tower *t = tower_new(1, &shape);
    arrives(t, 300000);
    tower_free(t);
}

Test(tol_layers, soonest_deadline_is_that_of_a_dummy_in_any_of_them)
{
    for (unsigned which = 0; which < 2; which++) {
        struct s5a_tol_shape shapes[] = { pump_shape(S5A_TOL_BARE), pump_shape(S5A_TOL_BARE) };
        shapes[which].dummy = 500;
        struct tower *t = tower_new(2, shapes);
        cr_assert_neq(s5a_tol_layers_deadline(&t->from[0]), S5A_TOL_NEVER);
        cr_assert(tower_wait(t));
        cr_assert_gt(tower_write(t), 0, "of layer %u", which);
        tower_settle(t);
        cr_assert_eq(t->got, 0);
        cr_assert_eq(t->to[which].link.received, 1);
        tower_free(t);
    }
}

Test(tol_layers, full_one_is_no_reason_to_look_again_at_once)
{
    struct s5a_tol_shape shapes[] = { pump_shape(S5A_TOL_BARE), pump_shape(S5A_TOL_BARE) };
    struct tower *t = tower_new(2, shapes);
    struct iovec iov[1];
    while (tower_put(t, 100000) > 0) /* nothing is written */
        cr_assert_gt(s5a_tol_layers_output(&t->from[0], t->now, iov, 1), 0);
    cr_assert_eq(s5a_tol_layers_deadline(&t->from[0]), S5A_TOL_NEVER);
    tower_settle(t);
    cr_assert_eq(t->got, t->put);
    tower_free(t);
}

/* ---- ends ---- */

static struct tower *with_some(void)
{
    struct s5a_tol_shape shapes[] = { pump_shape(S5A_TOL_BARE), pump_shape(S5A_TOL_BARE) };
    struct tower *t = tower_new(2, shapes);
    tower_put(t, 1000);
    return t;
}

Test(tol_layers, cut_below_is_a_cut_above_after_what_came)
{
    struct tower *t = with_some();
    tower_settle(t);
    s5a_tol_inlet_fin(&t->to[1].in);
    tower_settle(t);
    cr_assert_eq(t->got, 1000);
    cr_assert_eq(s5a_tol_inlet_state(&t->to[0].in), S5A_TOL_INLET_CUT);
    tower_free(t);
}

Test(tol_layers, end_below_without_one_above_is_a_cut)
{
    struct tower *t = with_some();
    tower_settle(t);
    s5a_tol_outlet_eof(&t->from[1].out, t->now);
    tower_settle(t);
    cr_assert_eq(s5a_tol_inlet_state(&t->to[1].in), S5A_TOL_INLET_ENDED);
    cr_assert_eq(s5a_tol_inlet_state(&t->to[0].in), S5A_TOL_INLET_CUT);
    tower_free(t);
}

Test(tol_layers, record_that_was_changed_is_a_cut_above)
{
    struct tower *t = with_some();
    while (tower_write(t) > 0)
        ;
    t->wire[t->wire_len - 1] ^= 1;
    tower_settle(t);
    cr_assert_eq(t->got, 0);
    cr_assert_eq(s5a_tol_inlet_state(&t->to[1].in), S5A_TOL_INLET_BAD);
    cr_assert_eq(s5a_tol_inlet_state(&t->to[0].in), S5A_TOL_INLET_CUT);
    tower_free(t);
}
