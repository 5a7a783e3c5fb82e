/* The stream of a line in records. */
#include "shim/sockets/line.h"

#include "client/clock.h"
#include "tests/unit/relay_lab.h"

enum { DUMMIES = 200, DUMMY_LEN = 22 };

static struct s5a_line line;

static void begin(void)
{
    int ends[2];
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    far = ends[1];
    line.fd = ends[0];
    line.chain.wire = lab_new_wire(NULL);
}

static void finish(void)
{
    s5a_wire_free(line.chain.wire);
    close(line.fd);
    close(far);
}

static size_t seal_dummies(uint8_t out[static DUMMIES * DUMMY_LEN + S5A_TOL_TAIL_MAX])
{
    size_t len = 0;
    for (int i = 0; i < DUMMIES; i++)
        len += s5a_tol_seal(&far_link.out, out + len, S5A_TOL_PADDING, 0, 0);
    return len;
}

Test(line_records, bytes_behind_dummies_are_received, .timeout = 20)
{
    uint8_t out[5];
    begin();
    uint8_t dummies[DUMMIES * DUMMY_LEN + S5A_TOL_TAIL_MAX];
    lab_far_send(dummies, seal_dummies(dummies));
    lab_far_says("hello");
    cr_assert(s5a_line_receive(&line, out, sizeof out, s5a_now() + 10000));
    cr_assert_arr_eq(out, "hello", sizeof out);
    finish();
}

Test(line_records, dummies_do_not_put_off_the_deadline)
{
    uint8_t out[1], dummies[DUMMIES * DUMMY_LEN + S5A_TOL_TAIL_MAX];
    begin();
    lab_far_send(dummies, seal_dummies(dummies));
    cr_assert_not(s5a_line_receive(&line, out, sizeof out, s5a_now()));
    cr_assert_lt(line.chain.wire->link.received, (uint64_t)DUMMIES);
    finish();
}
