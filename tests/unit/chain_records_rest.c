/* Chains in records whose last session rests between two requests: what may come meanwhile, and what ends
 * that. */
#include "tests/unit/hops_lab.h"

#include <errno.h>

#include "tests/unit/config_lab.h"

TestSuite(chain_records_rest, .init = lab_make_dir, .fini = lab_remove_dir);

Test(chain_records_rest, session_that_rests_over_records_is_asked_later)
{
    struct s5a_ask nothing = s5a_ask_nothing();
    hops_begin(hops_two, 2);
    struct s5a_chain_goal goal = hops_goal(hops[1], &nothing);
    s5a_chain_begin(hops_chain, &goal, hops_ends[0], s5a_now() + 60000, false);
    cr_assert_eq(hops_go_on(), 0, "%s", hops_report.reason);
    cr_assert(s5a_chain_rests(hops_chain));
    cr_assert_null(s5a_chain_take_wire(hops_chain), "not while it rests");
    cr_assert_geq(s5a_chain_attend(hops_chain), 0);
    hops_move(hops[1]);
    cr_assert_eq(s5a_chain_connect(hops_chain, s5a_now() + 60000), 0);
    cr_assert_eq(hops_go_on(), 0, "%s", hops_report.reason);
    struct s5a_wire *wire = s5a_chain_take_wire(hops_chain);
    cr_assert_eq(hops_wires(wire), 2);
    s5a_wire_free(wire);
    hops_finish();
}

static void rest(const uint8_t *methods)
{
    struct s5a_ask nothing = s5a_ask_nothing();
    hops_begin(methods, 2);
    struct s5a_chain_goal goal = hops_goal(hops[1], &nothing);
    s5a_chain_begin(hops_chain, &goal, hops_ends[0], s5a_now() + 60000, false);
    cr_assert_eq(hops_go_on(), 0, "%s", hops_report.reason);
    hops_serve(); /* the confirmation */
}

/* A record of the first proxy's that holds `bytes`. */
static void first_says(struct s5a_span bytes, uint8_t type)
{
    uint8_t room[512];
    struct s5a_writer w;
    s5a_writer_init(&w, room, sizeof room);
    if (bytes.len > 0)
        s5a_tol_link_encode(&hops[0]->link, &w, bytes);
    else
        (void)!s5a_write_reserve(&w, s5a_tol_seal(&hops[0]->link.out, room, type, 0, 0));
    cr_assert_eq(send(hops_ends[1], room, s5a_writer_len(&w), MSG_NOSIGNAL),
                 (ssize_t)s5a_writer_len(&w));
}

Test(chain_records_rest, dummies_of_a_proxy_before_the_last_do_not_end_the_rest)
{
    rest(hops_two);
    for (int i = 0; i < 20; i++)
        first_says((struct s5a_span){ NULL, 0 }, S5A_TOL_PADDING);
    cr_assert_geq(s5a_chain_attend(hops_chain), 0);
    cr_assert_eq(s5a_chain_connect(hops_chain, s5a_now() + 60000), 0);
    cr_assert_eq(hops_go_on(), 0, "%s", hops_report.reason);
    hops_finish();
}

Test(chain_records_rest, bytes_of_the_stream_end_the_rest)
{
    static const uint8_t clear[] = { S5A_METHOD_TOL, S5A_METHOD_EAF };
    rest(clear);
    first_says(SPAN("x"), S5A_TOL_BARE);
    cr_assert_lt(s5a_chain_attend(hops_chain), 0);
    hops_finish();
    rest(hops_two);
    first_says(SPAN("no record of the second is like this one"), S5A_TOL_BARE);
    cr_assert_lt(s5a_chain_attend(hops_chain), 0);
    hops_finish();
}

Test(chain_records_rest, an_end_ends_the_rest)
{
    rest(hops_two);
    first_says((struct s5a_span){ NULL, 0 }, S5A_TOL_BARE);
    cr_assert_lt(s5a_chain_attend(hops_chain), 0);
    hops_finish();
    rest(hops_two);
    shutdown(hops_ends[1], SHUT_WR);
    cr_assert_lt(s5a_chain_attend(hops_chain), 0);
    hops_finish();
}

/* Before each look there is another dummy. */
static ssize_t receive_in_a_flood(int fd, void *bytes, size_t len, int flags)
{
    first_says((struct s5a_span){ NULL, 0 }, S5A_TOL_PADDING);
    return recv(fd, bytes, len, flags);
}

Test(chain_records_rest, dummies_without_end_do_not_put_off_the_deadline, .timeout = 20)
{
    struct s5a_io io = s5a_io_libc;
    int result;
    rest(hops_two);
    io.recv = receive_in_a_flood;
    hops_chain->goal.io = &io;
    cr_assert_eq(s5a_chain_connect(hops_chain, s5a_now() + 20), 0);
    while ((result = s5a_chain_step(hops_chain, true)) == -EINPROGRESS)
        ;
    cr_assert_eq(result, -ETIMEDOUT, "%s", hops_report.reason);
    hops_finish();
}
