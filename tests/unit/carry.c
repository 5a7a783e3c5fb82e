/* Bytes between a gate that stays and the socket behind it. */
#include "shim/engine/carry.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shim/engine/gate.h"
#include "shim/engine/told.h"

TestSuite(carry);

static struct s5a_pending p;
static int outer, far; /* the program's end, and the proxy's */

static void begin(void)
{
    struct s5a_gate gate;
    int ends[2];
    cr_assert_eq(s5a_gate_make(&gate), 0);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    outer = gate.outer;
    far = ends[1];
    p = (struct s5a_pending){ .state = S5A_PENDING_CONNECTING,
                              .gate = gate.cookie,
                              .number = outer,
                              .inner = gate.inner,
                              .own = ends[0],
                              .filler = gate.filler };
    p.attempt.named.as_given.family = AF_INET;
    p.attempt.kind.domain = AF_INET;
    s5a_carry_begin(&p);
}

static void passes(int from, int to)
{
    char back[4] = "";
    cr_assert_eq(send(from, "pass", 4, MSG_NOSIGNAL), 4);
    cr_assert(s5a_carry(&p));
    cr_assert_eq(recv(to, back, sizeof back, 0), 4);
    cr_assert_arr_eq(back, "pass", 4);
}

static ssize_t received(int fd)
{
    char byte;
    ssize_t got = recv(fd, &byte, 1, MSG_DONTWAIT);
    return got < 0 ? -errno : got;
}

Test(carry, beginning_opens_the_gate_and_tells_the_peer)
{
    struct s5a_told told;
    begin();
    cr_assert_eq(p.state, S5A_PENDING_CARRIED);
    cr_assert_eq(p.filler, 0);
    cr_assert(s5a_told_find(outer, &told));
    cr_assert_eq(told.peer.family, AF_INET);
    cr_assert_eq(received(far), -EAGAIN);
}

Test(carry, bytes_pass_both_ways)
{
    begin();
    passes(outer, far);
    passes(far, outer);
    struct s5a_carry_events events = s5a_carry_wants(&p);
    cr_assert_eq(events.own, EPOLLIN);
    cr_assert_eq(events.inner & EPOLLIN, EPOLLIN);
}

Test(carry, half_close_of_the_program_is_passed_on_and_the_rest_comes)
{
    begin();
    cr_assert_eq(send(outer, "x", 1, 0), 1);
    cr_assert_eq(shutdown(outer, SHUT_WR), 0);
    cr_assert(s5a_carry(&p));
    cr_assert_eq(received(far), 1);
    cr_assert_eq(received(far), 0);
    passes(far, outer);
    cr_assert_eq(s5a_carry_wants(&p).inner, 0);
    close(far);
    cr_assert_not(s5a_carry(&p));
    cr_assert_eq(received(outer), 0);
}

Test(carry, half_close_of_the_proxy_is_passed_on_and_the_program_goes_on)
{
    begin();
    cr_assert_eq(shutdown(far, SHUT_WR), 0);
    cr_assert(s5a_carry(&p));
    cr_assert_eq(received(outer), 0);
    passes(outer, far);
    cr_assert_eq(s5a_carry_wants(&p).own, 0);
}

Test(carry, gate_that_nobody_holds_ends_once_all_is_on_its_way)
{
    begin();
    cr_assert_eq(send(outer, "x", 1, 0), 1);
    close(outer);
    p.is_hung_up = true;
    cr_assert_not(s5a_carry(&p));
    cr_assert_eq(received(far), 1);
    cr_assert_eq(received(far), 0);
}

Test(carry, broken_connection_ends_it)
{
    begin();
    close(far);
    cr_assert_eq(send(outer, "x", 1, 0), 1);
    cr_assert_not(s5a_carry(&p));
    close(p.inner);
    cr_assert_eq(received(outer), -ECONNRESET);
}

/* What the program has written is all on its way, so there is nothing of it to be lost. */
Test(carry, connection_that_is_cut_in_peace_is_a_reset)
{
    char four[4];
    begin();
    passes(outer, far);
    cr_assert_eq(send(far, "last", 4, 0), 4);
    cr_assert_eq(send(p.own, "unread", 6, 0), 6); /* so that closing is no end */
    close(far);
    cr_assert_not(s5a_carry(&p));
    close(p.inner);
    cr_assert_eq(recv(outer, four, sizeof four, 0), 4);
    cr_assert_eq(received(outer), -ECONNRESET);
    cr_assert_eq(received(outer), 0);
}

Test(carry, cut_after_the_end_of_the_proxys_direction_is_noticed)
{
    begin();
    cr_assert_eq(shutdown(far, SHUT_WR), 0);
    cr_assert(s5a_carry(&p));
    p.is_cut = true;
    cr_assert_not(s5a_carry(&p));
}

Test(carry, program_that_reads_no_more_goes_on_writing)
{
    begin();
    cr_assert_eq(shutdown(outer, SHUT_RD), 0);
    cr_assert_eq(send(far, "x", 1, 0), 1);
    cr_assert(s5a_carry(&p));
    passes(outer, far);
    cr_assert_eq(s5a_carry_wants(&p).own & EPOLLIN, 0);
}

/* Nothing is lost, added or changed, however full the far side is. */
Test(carry, full_side_is_waited_for_and_nothing_is_lost)
{
    uint8_t bytes[3000];
    size_t sent = 0, got = 0, total = 2000000;
    begin();
    while (got < total) {
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)((sent + i) * 2654435761u >> 13);
        ssize_t put = sent < total ? send(outer, bytes, sizeof bytes, MSG_DONTWAIT) : -1;
        sent += put > 0 ? (size_t)put : 0;
        cr_assert(s5a_carry(&p));
        if (put > 0)
            continue;
        cr_assert_eq(p.out_full || sent >= total, true);
        cr_assert_eq(p.out_full, (s5a_carry_wants(&p).own & EPOLLOUT) != 0);
        ssize_t part = recv(far, bytes, 1 + got % 2999, 0);
        cr_assert_gt(part, 0);
        for (ssize_t i = 0; i < part; i++, got++)
            cr_assert_eq(bytes[i], (uint8_t)(got * 2654435761u >> 13));
        if (got >= total)
            total = sent;
    }
    cr_assert_eq(received(far), -EAGAIN);
}

Test(carry, what_is_left_in_a_gate_goes_to_the_socket)
{
    begin();
    cr_assert_eq(send(outer, "x", 1, 0), 1);
    close(outer);
    s5a_carry_rest(&p);
    cr_assert_eq(received(far), 1);
}
