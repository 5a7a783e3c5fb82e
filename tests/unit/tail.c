/* Reading so that one byte stays, and what that is for. */
#include "shim/engine/tail.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

TestSuite(tail);

static int inner, outer;
static unsigned tail;
static char bytes[64];
static size_t behind;

static void make_pair(void)
{
    int ends[2];
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    outer = ends[0];
    inner = ends[1];
    tail = 0;
}

static void write_text(const char *text)
{
    cr_assert_eq(send(outer, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static ssize_t read_up_to(size_t cap)
{
    struct iovec place = { bytes, cap };
    memset(bytes, 0, sizeof bytes);
    return s5a_tail_read(inner, &tail, &place, 1, &behind);
}

static int reset(void)
{
    char byte;
    close(inner);
    ssize_t got = recv(outer, &byte, 1, 0);
    return got < 0 ? errno : (int)got;
}

Test(tail, everything_is_read_once_and_one_byte_stays)
{
    make_pair();
    write_text("hello");
    cr_assert_eq(read_up_to(64), 5);
    cr_assert_str_eq(bytes, "hello");
    cr_assert_eq(tail, 1);
    cr_assert_eq(read_up_to(64), -EAGAIN);
    write_text("w");
    cr_assert_eq(s5a_tail_waiting(inner, tail), 1);
    cr_assert_eq(read_up_to(64), 1);
    cr_assert_str_eq(bytes, "w");
    write_text("orld");
    cr_assert_eq(read_up_to(64), 4);
    cr_assert_str_eq(bytes, "orld");
    cr_assert_eq(s5a_tail_waiting(inner, tail), 0);
}

Test(tail, what_does_not_fit_is_left)
{
    make_pair();
    write_text("abcdefg");
    cr_assert_eq(read_up_to(3), 3);
    cr_assert_eq(behind, 4);
    cr_assert_eq(tail, 0);
    cr_assert_eq(read_up_to(4), 4);
    cr_assert_str_eq(bytes, "defg");
    cr_assert_eq(behind, 0);
    cr_assert_eq(tail, 1);
}

Test(tail, several_places_are_filled_in_their_order)
{
    char one[2], two[3], three[8];
    struct iovec places[] = { { one, 2 }, { two, 3 }, { three, 8 } };
    make_pair();
    write_text("x");
    cr_assert_eq(read_up_to(64), 1);
    write_text("abcdef");
    cr_assert_eq(s5a_tail_read(inner, &tail, places, 3, &behind), 6);
    cr_assert_arr_eq(one, "ab", 2);
    cr_assert_arr_eq(two, "cde", 3);
    cr_assert_arr_eq(three, "f", 1);
    write_text("ABCDE");
    cr_assert_eq(s5a_tail_read(inner, &tail, places, 2, &behind), 5);
    cr_assert_arr_eq(two, "CDE", 3);
}

Test(tail, end_is_seen_behind_the_last_byte)
{
    make_pair();
    write_text("hello");
    cr_assert_eq(shutdown(outer, SHUT_WR), 0);
    cr_assert_not(s5a_tail_is_end(inner, tail));
    cr_assert_eq(read_up_to(64), 5);
    cr_assert(s5a_tail_is_end(inner, tail));
    cr_assert_eq(read_up_to(64), 0);
    cr_assert_eq(read_up_to(64), 0);
}

Test(tail, closing_is_a_reset_also_after_the_end)
{
    make_pair();
    write_text("hello");
    cr_assert_eq(read_up_to(64), 5);
    cr_assert_eq(reset(), ECONNRESET);
    make_pair();
    write_text("hello");
    cr_assert_eq(shutdown(outer, SHUT_WR), 0);
    cr_assert_eq(read_up_to(64), 5);
    cr_assert_eq(reset(), ECONNRESET);
}

Test(tail, dropped_it_is_an_end)
{
    make_pair();
    write_text("hello");
    cr_assert_eq(read_up_to(64), 5);
    s5a_tail_drop(inner, &tail);
    cr_assert_eq(tail, 0);
    cr_assert_eq(reset(), 0);
}

Test(tail, nothing_is_lost_whatever_the_pieces)
{
    unsigned char sent = 0, got = 0;
    make_pair();
    for (int i = 0; i < 3000; i++) {
        char piece[40];
        size_t len = 1 + (size_t)(i * 7 % 40);
        for (size_t at = 0; at < len; at++)
            piece[at] = (char)sent++;
        cr_assert_eq(send(outer, piece, len, MSG_NOSIGNAL), (ssize_t)len);
        ssize_t part;
        while ((part = read_up_to(1 + (size_t)(i * 13 % 50))) > 0)
            for (ssize_t at = 0; at < part; at++)
                cr_assert_eq((unsigned char)bytes[at], got++);
        cr_assert_eq(part, -EAGAIN);
    }
    cr_assert_eq(got, sent);
}
