/* Relays over TOL: a program at one end, a proxy at the other. */
#include "shim/engine/relay.h"

#include "client/clock.h"
#include "shim/engine/relay_slots.h"
#include "tests/unit/relay_lab.h"

TestSuite(relay);

static void begin(void)
{
    lab_begin(lab_new_wire(NULL));
}

Test(relay, bytes_pass_both_ways)
{
    begin();
    lab_program_says("hello");
    cr_assert(lab_carry());
    lab_far_hears("hello");
    lab_far_says("good ");
    lab_far_says("day");
    cr_assert(lab_carry());
    lab_program_hears("good day");
    cr_assert_eq(lab_received(), -EAGAIN);
}

Test(relay, payload_behind_the_reply_comes_first)
{
    struct s5a_wire *wire = lab_new_wire(NULL);
    s5a_buffer_append(&wire->early, span("early "));
    lab_begin(wire);
    lab_far_says("and late");
    cr_assert(lab_carry());
    lab_program_hears("early and late");
}

/* ---- ends ---- */

Test(relay, half_close_is_an_end_record_and_the_rest_comes)
{
    begin();
    lab_program_says("last");
    cr_assert_eq(shutdown(outer, SHUT_WR), 0);
    p.inner_ends = true;
    cr_assert(lab_carry());
    lab_far_hears("last");
    cr_assert(far_ended);
    cr_assert_eq(recv(far, far_wire, 1, 0), 0);
    lab_far_says("answer");
    cr_assert(lab_carry());
    lab_program_hears("answer");
    lab_far_says("");
    cr_assert_not(lab_carry());
    close(p.inner);
    cr_assert_eq(lab_received(), 0);
    cr_assert_eq(lab_received(), 0);
}

Test(relay, end_record_is_end_of_file_and_the_program_goes_on)
{
    begin();
    lab_far_says("bye");
    lab_far_says("");
    cr_assert_eq(shutdown(far, SHUT_WR), 0);
    cr_assert(lab_carry());
    lab_program_hears("bye");
    cr_assert_eq(lab_received(), 0);
    lab_program_says("more");
    cr_assert(lab_carry());
    lab_far_hears("more");
}

static void is_reset(void)
{
    cr_assert_not(lab_carry());
    close(p.inner);
    cr_assert_eq(lab_received(), -ECONNRESET);
}

Test(relay, end_of_file_without_end_record_is_a_reset_after_what_came)
{
    begin();
    lab_far_says("x");
    cr_assert_eq(shutdown(far, SHUT_WR), 0);
    cr_assert(lab_carry()); /* the end shows once more */
    cr_assert_not(lab_carry());
    close(p.inner);
    cr_assert_eq(lab_received(), 'x');
    cr_assert_eq(lab_received(), -ECONNRESET);
    cr_assert_eq(lab_received(), 0);
}

Test(relay, reset_is_a_reset)
{
    struct linger now = { 1, 0 };
    begin();
    cr_assert_eq(setsockopt(far, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
    close(far);
    is_reset();
}

Test(relay, reset_is_one_though_the_program_has_half_closed)
{
    begin();
    cr_assert_eq(shutdown(outer, SHUT_WR), 0);
    p.inner_ends = true;
    cr_assert(lab_carry());
    close(far);
    is_reset();
}

Test(relay, record_that_was_changed_is_a_reset)
{
    uint8_t room[128];
    struct s5a_writer w;
    begin();
    s5a_writer_init(&w, room, sizeof room);
    s5a_tol_link_encode(&far_link, &w, span("hello"));
    room[s5a_writer_len(&w) - 1] ^= 1;
    lab_far_send(room, s5a_writer_len(&w));
    is_reset();
    cr_assert_eq(lab_received(), 0);
}

Test(relay, program_that_reads_no_more_goes_on_writing)
{
    begin();
    cr_assert_eq(shutdown(outer, SHUT_RD), 0);
    lab_far_says("unwanted");
    cr_assert(lab_carry());
    lab_program_says("hello");
    cr_assert(lab_carry());
    lab_far_hears("hello");
}

/* ---- after the program has closed it ---- */

static bool carry_abandoned(void)
{
    p.is_hung_up = true;
    return lab_carry();
}

Test(relay, what_a_program_has_left_arrives_and_an_end_behind_it)
{
    begin();
    lab_program_says("left");
    close(outer);
    lab_far_says("too late");
    while (carry_abandoned()) {
        cr_assert_lt(s5a_carry_limit(&p), s5a_now() + 1000);
        usleep(1000);
    }
    close(p.own);
    lab_far_hears("left");
    cr_assert(far_ended);
    cr_assert_eq(recv(far, far_wire, 1, 0), 0);
}

Test(relay, lingering_for_no_time_is_a_reset_for_the_proxy)
{
    struct linger now = { 1, 0 };
    begin();
    cr_assert_eq(setsockopt(p.own, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
    close(outer);
    cr_assert_not(carry_abandoned());
    close(p.own);
    cr_assert_eq(recv(far, far_wire, 1, 0), -1);
    cr_assert_eq(errno, ECONNRESET);
}

/* Its end is met before the engine has been told of it. */
Test(relay, lingering_for_no_time_is_a_reset_though_only_bytes_were_told)
{
    struct linger now = { 1, 0 };
    begin();
    cr_assert_eq(setsockopt(p.own, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
    close(outer);
    p.inner_shows = true;
    cr_assert_not(lab_carry());
    close(p.own);
    cr_assert_eq(recv(far, far_wire, 1, 0), -1);
    cr_assert_eq(errno, ECONNRESET);
}

/* As the kernel: what the proxy does not take now is lost then. */
Test(relay, left_with_bytes_to_be_read_and_a_proxy_that_is_full_it_is_a_reset)
{
    static char bytes[1 << 20];
    begin();
    lab_far_says("unread");
    do
        cr_assert(lab_carry());
    while (send(outer, bytes, sizeof bytes, MSG_DONTWAIT | MSG_NOSIGNAL) > 0 || !p.out_full);
    close(outer);
    cr_assert_not(carry_abandoned());
    close(p.own);
    while (recv(far, bytes, sizeof bytes, 0) > 0)
        continue;
    cr_assert_eq(errno, ECONNRESET);
}

/* ---- bounds ---- */

static bool holds_buffers(void)
{
    return s5a_record_layers_busy_out(p.relay->top) || s5a_record_layers_busy_in(p.relay->top);
}

Test(relay, idle_one_holds_no_buffer)
{
    begin();
    cr_assert_not(holds_buffers());
    lab_program_says("hello");
    lab_far_says("hello");
    cr_assert(lab_carry());
    cr_assert_not(holds_buffers());
    cr_assert_leq(sizeof(struct s5a_relay) + sizeof(struct s5a_pending), 7 * 1024);
}

/* Of a pattern that does not repeat soon. */
static uint8_t pattern(size_t at)
{
    return (uint8_t)(at * 2654435761u >> 13);
}

static size_t fill_outer(size_t sent)
{
    uint8_t bytes[40000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = pattern(sent + i);
    ssize_t put = send(outer, bytes, sizeof bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
    return put > 0 ? (size_t)put : 0;
}

Test(relay, proxy_that_does_not_read_stops_the_program_and_nothing_is_lost)
{
    static uint8_t heard[1 << 20];
    size_t sent = 0, got = 0, part;
    begin();
    do {
        part = fill_outer(sent);
        sent += part;
        cr_assert(lab_carry());
    } while (part > 0 && sent < 64 << 20);
    cr_assert_lt(sent, 64 << 20);
    cr_assert(p.out_full);
    cr_assert_leq(s5a_relay_waiting(p.relay), S5A_TOL_OUT_CAP);
    cr_assert_neq(s5a_carry_wants(&p).own & EPOLLOUT, 0);
    while (got < sent) {
        size_t len = lab_far_take(heard);
        for (size_t i = 0; i < len; i++, got++)
            cr_assert_eq(heard[i], pattern(got));
        cr_assert(lab_carry());
    }
    cr_assert_not(p.out_full);
    cr_assert_not(holds_buffers());
}

Test(relay, program_that_does_not_read_stops_the_proxy_and_nothing_is_lost)
{
    static uint8_t room[32 * 1024];
    uint8_t bytes[16000];
    size_t sent = 0, got = 0;
    begin();
    for (;;) {
        struct s5a_writer w;
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = pattern(sent + i);
        s5a_writer_init(&w, room, sizeof room);
        s5a_tol_link_encode(&far_link, &w, (struct s5a_span){ bytes, sizeof bytes });
        lab_far_send(room, s5a_writer_len(&w));
        sent += sizeof bytes;
        cr_assert(lab_carry());
        if (p.in_full)
            break;
    }
    cr_assert_leq(s5a_tol_inlet_pending(&p.relay->top->in), S5A_TOL_IN_CAP);
    cr_assert_eq(s5a_carry_wants(&p).own & EPOLLIN, 0);
    cr_assert_neq(s5a_carry_wants(&p).inner & EPOLLOUT, 0);
    while (got < sent) {
        ssize_t len = recv(outer, bytes, 1 + got % 15999, MSG_DONTWAIT);
        for (ssize_t i = 0; i < len; i++, got++)
            cr_assert_eq(bytes[i], pattern(got));
        cr_assert(lab_carry());
    }
    cr_assert_not(p.in_full);
    cr_assert_not(holds_buffers());
}

Test(relay, delays_are_deadlines)
{
    struct s5a_tol_shape shape;
    s5a_tol_shape_default(&shape, S5A_TOL_JITTER);
    shape.delay = (struct s5a_tol_delay){ 30, 60, S5A_TOL_UNIFORM };
    lab_begin(lab_new_wire(&shape));
    uint64_t before = s5a_now();
    lab_program_says("hello");
    cr_assert(lab_carry());
    lab_far_hears("");
    cr_assert_eq(s5a_relay_waiting(p.relay), 5);
    uint64_t limit = s5a_carry_limit(&p);
    cr_assert(limit >= before + 30 && limit <= s5a_now() + 61);
    while (s5a_now() < limit)
        usleep(1000);
    cr_assert(s5a_carry(&p));
    lab_far_hears("hello");
}

/* ---- secrets ---- */

Test(relay, forgotten_ones_are_overwritten)
{
    static const struct s5a_tol_layer nothing;
    begin();
    struct s5a_tol_layer *layer = p.relay->top;
    lab_program_says("hello");
    cr_assert(lab_carry());
    s5a_relay_forget_all();
    cr_assert_arr_eq(&layer->link, &nothing.link, sizeof nothing.link);
    cr_assert_arr_eq(&layer->out, &nothing.out, sizeof nothing.out);
}

Test(relay, freed_ones_are_used_again)
{
    begin();
    struct s5a_relay *relay = p.relay;
    s5a_relay_free(relay);
    begin();
    cr_assert_eq(p.relay, relay);
    lab_program_says("hello");
    cr_assert(lab_carry());
    lab_far_hears("hello");
}
