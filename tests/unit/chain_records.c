/* Chains whose proxies have their sessions in records: sessions over sessions, and the stream that is
 * left in the end. */
#include "client/session/chain.h"

#include <errno.h>
#include <unistd.h>

#include "client/session/wires.h"
#include "tests/unit/config_lab.h"
#include "tests/unit/login_lab.h"

TestSuite(chain_records, .init = lab_make_dir, .fini = lab_remove_dir);

enum { HOPS = 3 };

static struct login_lab *hops[HOPS]; /* each leads to the next */
static struct s5a_chain_report report;
static struct s5a_chain *chain;
static int ends[2];  /* the chain's, the first proxy's */
static size_t burst; /* bytes of a proxy's that come at once */

static void begin(const uint8_t *methods, size_t count)
{
    static char where[HOPS][24];
    for (size_t i = 0; i < count; i++) {
        hops[i] = login_lab_new(methods[i]);
        struct s5a_proxy *proxy = &hops[i]->proxy;
        snprintf(where[i], sizeof where[i], "192.0.2.%zu:1080", i + 1);
        proxy->where = where[i];
        cr_assert_eq(s5a_endpoint_parse(&proxy->at, span(where[i])), S5A_OK);
        if (i == 0)
            continue;
        hops[i - 1]->beyond = hops[i];
        proxy->via = &hops[i - 1]->proxy;
    }
    burst = SIZE_MAX;
    report = (struct s5a_chain_report){ .rep = -1 };
    chain = malloc(sizeof *chain);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
}

static void finish(void)
{
    s5a_chain_wipe(chain);
    free(chain);
    close(ends[0]);
    close(ends[1]);
    for (size_t i = 0; i < HOPS && hops[i] != NULL; i++)
        login_lab_free(hops[i]);
}

/* What the chain has sent goes to the first proxy, … */
static void hear(void)
{
    static uint8_t bytes[20000];
    ssize_t got = recv(ends[1], bytes, sizeof bytes, MSG_DONTWAIT);
    if (got > 0)
        login_lab_hear(hops[0], (struct s5a_span){ bytes, (size_t)got });
}

/* … and what that has to say comes, in pieces. */
static void say(void)
{
    struct login_lab *first = hops[0];
    size_t left = first->out_len - first->out_from, len = left < burst ? left : burst;
    cr_assert_eq(send(ends[1], first->out + first->out_from, len, MSG_NOSIGNAL), (ssize_t)len);
    first->out_from += len;
    if (first->out_from == first->out_len)
        first->out_from = first->out_len = 0;
}

static void serve(void)
{
    hear();
    say();
}

static struct s5a_chain_goal goal_to(const struct login_lab *last, const struct s5a_ask *ask)
{
    return (
        struct s5a_chain_goal){ &s5a_io_libc, lab_dir, &last->proxy, &last->target, &report, ask };
}

/* Another place in memory. */
static void move(const struct login_lab *last)
{
    struct s5a_chain_goal goal = goal_to(last, NULL);
    struct s5a_chain *to = malloc(sizeof *to);
    s5a_chain_move(to, chain, &goal, ends[0]);
    free(chain);
    chain = to;
}

static int go_on(void)
{
    int result;
    for (bool ready = false; (result = s5a_chain_step(chain, ready)) == -EINPROGRESS; ready = true)
        serve();
    return result;
}

static int run(size_t count)
{
    struct s5a_chain_goal goal = goal_to(hops[count - 1], NULL);
    s5a_chain_begin(chain, &goal, ends[0], s5a_now() + 60000, false);
    return go_on();
}

/* ---- the stream of an open chain ---- */

static void says(struct s5a_wire *wire, const char *text)
{
    struct s5a_span bytes = span(text);
    cr_assert_eq(s5a_wires_put(wire, bytes), bytes.len);
    struct s5a_span out = s5a_wires_output(wire);
    login_lab_hear(hops[0], out);
    s5a_wires_sent(wire, out.len);
    cr_assert_eq(s5a_wires_output(wire).len, 0);
}

static void last_heard(size_t count, const char *text)
{
    const struct login_lab *last = hops[count - 1];
    cr_assert(s5a_span_equal((struct s5a_span){ last->in, last->in_len }, span(text)), "%.*s",
              (int)last->in_len, last->in);
}

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

static unsigned count_of(const struct s5a_wire *wire)
{
    unsigned count = 0;
    for (; wire != NULL; wire = wire->below)
        count++;
    return count;
}

static void opens_with(const uint8_t *methods, size_t count, unsigned wires, size_t at_once)
{
    begin(methods, count);
    burst = at_once;
    cr_assert_eq(run(count), 0, "%s", report.reason);
    cr_assert_eq(report.proxy, &hops[count - 1]->proxy);
    for (size_t i = 0; i < count; i++)
        cr_assert_eq(hops[i]->requests, 1);
    struct s5a_wire *wire = s5a_chain_take_wire(chain);
    cr_assert_null(s5a_chain_take_wire(chain), "once");
    cr_assert_eq(count_of(wire), wires);
    says(wire, "hello");
    last_heard(count, "hello");
    s5a_wire_free(wire);
    finish();
}

static const uint8_t two[] = { S5A_METHOD_TOL, S5A_METHOD_TOL };
static const uint8_t three[] = { S5A_METHOD_TOL, S5A_METHOD_TOL, S5A_METHOD_TOL };

Test(chain_records, session_in_records_goes_over_one_in_records)
{
    opens_with(two, 2, 2, SIZE_MAX);
}

Test(chain_records, three_hops_in_records_are_three_layers)
{
    opens_with(three, 3, 3, SIZE_MAX);
}

Test(chain_records, bytes_may_come_one_by_one)
{
    opens_with(three, 3, 3, 1);
}

Test(chain_records, bytes_may_come_in_any_pieces)
{
    static const size_t at_once[] = { 2, 3, 7, 21, 22, 23, 64, 511 };
    for (size_t i = 0; i < sizeof at_once / sizeof *at_once; i++)
        opens_with(two, 2, 2, at_once[i]);
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
            begin(two, 2);
            hops[0]->proxy.tol.shape.type = first;
            hops[1]->proxy.tol.shape.type = second;
            cr_assert_eq(run(2), 0, "%s", report.reason);
            cr_assert_gt(hops[0]->heard[first], 0);
            cr_assert_gt(hops[1]->heard[second], 0);
            finish();
        }
}

/* ---- what is there when it opens ---- */

Test(chain_records, what_comes_early_waits_in_its_layer)
{
    static const size_t at_once[] = { SIZE_MAX, 1, 30 };
    for (size_t i = 0; i < sizeof at_once / sizeof *at_once; i++) {
        begin(two, 2);
        burst = at_once[i];
        hops[1]->early = SPAN("220 ready, "); /* behind the reply, in its record */
        hops[1]->later = SPAN("and late"); /* a record of its own, in the same one of the first */
        cr_assert_eq(run(2), 0, "%s", report.reason);
        struct s5a_wire *wire = s5a_chain_take_wire(chain);
        cr_assert_gt(s5a_buffer_peek(&wire->below->early).len, 0, "not opened yet");
        has_come(wire, "220 ready, and late");
        s5a_wire_free(wire);
        finish();
    }
}

Test(chain_records, moved_before_any_byte_it_goes_on)
{
    begin(two, 2);
    burst = 1;
    struct s5a_chain_goal goal = goal_to(hops[1], NULL);
    s5a_chain_begin(chain, &goal, ends[0], s5a_now() + 60000, false);
    int result = -EINPROGRESS;
    for (bool ready = false; result == -EINPROGRESS; ready = true) {
        move(hops[1]);
        result = s5a_chain_step(chain, ready);
        if (result == -EINPROGRESS)
            serve();
    }
    cr_assert_eq(result, 0, "%s", report.reason);
    struct s5a_wire *wire = s5a_chain_take_wire(chain);
    says(wire, "hello");
    last_heard(2, "hello");
    s5a_wire_free(wire);
    finish();
}

/* ---- rest ---- */

Test(chain_records, session_that_rests_over_records_is_asked_later)
{
    struct s5a_ask nothing = s5a_ask_nothing();
    begin(two, 2);
    struct s5a_chain_goal goal = goal_to(hops[1], &nothing);
    s5a_chain_begin(chain, &goal, ends[0], s5a_now() + 60000, false);
    cr_assert_eq(go_on(), 0, "%s", report.reason);
    cr_assert(s5a_chain_rests(chain));
    cr_assert_null(s5a_chain_take_wire(chain), "not while it rests");
    cr_assert_geq(s5a_chain_attend(chain), 0);
    move(hops[1]);
    cr_assert_eq(s5a_chain_connect(chain, s5a_now() + 60000), 0);
    cr_assert_eq(go_on(), 0, "%s", report.reason);
    struct s5a_wire *wire = s5a_chain_take_wire(chain);
    cr_assert_eq(count_of(wire), 2);
    s5a_wire_free(wire);
    finish();
}

static void rest(const uint8_t *methods)
{
    struct s5a_ask nothing = s5a_ask_nothing();
    begin(methods, 2);
    struct s5a_chain_goal goal = goal_to(hops[1], &nothing);
    s5a_chain_begin(chain, &goal, ends[0], s5a_now() + 60000, false);
    cr_assert_eq(go_on(), 0, "%s", report.reason);
    serve(); /* the confirmation */
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
    cr_assert_eq(send(ends[1], room, s5a_writer_len(&w), MSG_NOSIGNAL),
                 (ssize_t)s5a_writer_len(&w));
}

Test(chain_records, dummies_of_a_proxy_before_the_last_do_not_end_the_rest)
{
    rest(two);
    for (int i = 0; i < 20; i++)
        first_says((struct s5a_span){ NULL, 0 }, S5A_TOL_PADDING);
    cr_assert_geq(s5a_chain_attend(chain), 0);
    cr_assert_eq(s5a_chain_connect(chain, s5a_now() + 60000), 0);
    cr_assert_eq(go_on(), 0, "%s", report.reason);
    finish();
}

Test(chain_records, bytes_of_the_stream_end_the_rest)
{
    static const uint8_t clear[] = { S5A_METHOD_TOL, S5A_METHOD_EAF };
    rest(clear);
    first_says(SPAN("x"), S5A_TOL_BARE);
    cr_assert_lt(s5a_chain_attend(chain), 0);
    finish();
    rest(two);
    first_says(SPAN("no record of the second is like this one"), S5A_TOL_BARE);
    cr_assert_lt(s5a_chain_attend(chain), 0);
    finish();
}

Test(chain_records, an_end_ends_the_rest)
{
    rest(two);
    first_says((struct s5a_span){ NULL, 0 }, S5A_TOL_BARE);
    cr_assert_lt(s5a_chain_attend(chain), 0);
    finish();
    rest(two);
    shutdown(ends[1], SHUT_WR);
    cr_assert_lt(s5a_chain_attend(chain), 0);
    finish();
}

/* Before each look there is another dummy. */
static ssize_t receive_in_a_flood(int fd, void *bytes, size_t len, int flags)
{
    first_says((struct s5a_span){ NULL, 0 }, S5A_TOL_PADDING);
    return recv(fd, bytes, len, flags);
}

Test(chain_records, dummies_without_end_do_not_put_off_the_deadline, .timeout = 20)
{
    struct s5a_io io = s5a_io_libc;
    int result;
    rest(two);
    io.recv = receive_in_a_flood;
    chain->goal.io = &io;
    cr_assert_eq(s5a_chain_connect(chain, s5a_now() + 20), 0);
    while ((result = s5a_chain_step(chain, true)) == -EINPROGRESS)
        ;
    cr_assert_eq(result, -ETIMEDOUT, "%s", report.reason);
    finish();
}

/* ---- failures ---- */

static void fails_with(int error, const char *reason)
{
    cr_assert_eq(run(2), -error, "%s", report.reason);
    cr_assert_not_null(strstr(report.reason, reason), "%s", report.reason);
    cr_assert_null(s5a_chain_take_wire(chain));
    cr_assert_null(chain->wire);
    finish();
}

Test(chain_records, end_record_of_the_first_is_an_end_of_the_second)
{
    begin(two, 2);
    hops[1]->ends = true; /* in place of the reply */
    fails_with(ECONNRESET, "");
}

Test(chain_records, refusal_by_the_first_tells_that_it_was_of_the_next_proxy)
{
    begin(two, 2);
    hops[0]->request_rep = S5A_REP_HOST_UNREACHABLE;
    fails_with(EHOSTUNREACH, "for the next proxy of the chain");
}

Test(chain_records, record_of_the_first_that_was_changed_ends_it)
{
    begin(two, 2);
    struct s5a_chain_goal goal = goal_to(hops[1], NULL);
    s5a_chain_begin(chain, &goal, ends[0], s5a_now() + 60000, false);
    int result;
    for (bool ready = false; (result = s5a_chain_step(chain, ready)) == -EINPROGRESS;
         ready = true) {
        hear();
        if (hops[1]->begun && hops[0]->out_len > 0)
            hops[0]->out[0] ^= 1;
        say();
    }
    cr_assert_eq(result, -s5a_status_errno(S5A_BAD_RECORD), "%s", report.reason);
    cr_assert_eq(hops[1]->requests, 0);
    finish();
}
