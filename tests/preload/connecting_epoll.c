/* A program that waits for its connect with epoll: level-triggered, edge-triggered, one-shot. */
#include "tests/preload/habit_epoll.h"

/* ---- level-triggered ------------------------------------------------------------------------ */

static void level_after(void)
{
    int fd = habit_begin(AT_SLOW), set = habit_set();
    habit_add(set, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP, HABIT_WIDE);
    habit_check_none(set);
    lab_answer(AT_SLOW, 0);
    habit_check_one(set, EPOLLOUT, HABIT_WIDE);
    habit_check_one(set, EPOLLOUT, HABIT_WIDE);
    CHECK(habit_error(fd) == 0);
    habit_check_connected(fd, AT_SLOW);
    habit_check_one(set, EPOLLOUT, HABIT_WIDE);
}

static void level_before(void)
{
    int fd = habit_nonblocking(), set = habit_set();
    habit_add(set, fd, EPOLLOUT, HABIT_WIDE);
    habit_check_one(set, EPOLLOUT | EPOLLHUP, HABIT_WIDE);
    CHECK(habit_connect(fd, AT_SLOW) == EINPROGRESS);
    habit_check_none(set);
    lab_answer(AT_SLOW, 0);
    habit_check_one(set, EPOLLOUT, HABIT_WIDE);
    habit_check_connected(fd, AT_SLOW);
}

/* Java NIO: registered for nothing, then for what it waits for. */
static void registered_for_nothing(void)
{
    int fd = habit_nonblocking(), set = habit_set();
    habit_add(set, fd, 0, 1);
    habit_check_one(set, EPOLLHUP, 1);
    CHECK(habit_connect(fd, AT_SLOW) == EINPROGRESS);
    habit_check_none(set);
    habit_modify(set, fd, EPOLLOUT, HABIT_WIDE);
    habit_check_none(set);
    lab_answer(AT_SLOW, 0);
    habit_check_one(set, EPOLLOUT, HABIT_WIDE);
    habit_modify(set, fd, EPOLLIN, 2);
    habit_check_none(set);
    lab_write(fd, "x", 1);
    habit_check_one(set, EPOLLIN, 2);
}

static void refusal(void)
{
    int fd = habit_begin(AT_REFUSING), set = habit_set();
    habit_add(set, fd, EPOLLOUT, HABIT_WIDE);
    habit_check_none(set);
    lab_answer(AT_REFUSING, 0);
    habit_check_soon(set, EPOLLOUT | EPOLLHUP, HABIT_WIDE);
    CHECK(habit_error(fd) == ECONNREFUSED);
    CHECK(habit_error(fd) == 0);
}

/* All that there is to be seen, before and after the error was taken. */
static void refusal_bits(void)
{
    const uint32_t after = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLHUP;
    int fd = habit_begin(AT_REFUSING), set = habit_set();
    habit_add(set, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP, HABIT_WIDE);
    habit_check_none(set);
    lab_answer(AT_REFUSING, 0);
    habit_settle(fd);
    habit_check_one(set, after | EPOLLERR, HABIT_WIDE);
    CHECK(habit_error(fd) == ECONNREFUSED);
    habit_check_one(set, after, HABIT_WIDE);
}

static void refusal_before(void)
{
    int fd = habit_nonblocking(), set = habit_set();
    habit_add(set, fd, EPOLLOUT | EPOLLET, HABIT_WIDE);
    habit_check_one(set, EPOLLOUT | EPOLLHUP, HABIT_WIDE);
    CHECK(habit_connect(fd, AT_REFUSING) == EINPROGRESS);
    habit_check_none(set);
    lab_answer(AT_REFUSING, 0);
    habit_check_soon(set, EPOLLOUT | EPOLLHUP, HABIT_WIDE);
    CHECK(habit_error(fd) == ECONNREFUSED);
}

/* A registration for nothing is told of errors. */
static void refusal_for_nothing(void)
{
    int fd = habit_begin(AT_REFUSING), set = habit_set();
    habit_add(set, fd, 0, HABIT_WIDE);
    habit_check_none(set);
    lab_answer(AT_REFUSING, 0);
    habit_check_soon(set, EPOLLHUP, HABIT_WIDE);
}

/* The socket lives on in its set: a second attempt is watched too. */
static void again_after_refusal(void)
{
    int fd = habit_begin(AT_REFUSING), set = habit_set();
    habit_add(set, fd, EPOLLOUT, HABIT_WIDE);
    lab_answer(AT_REFUSING, 0);
    habit_check_soon(set, EPOLLOUT | EPOLLHUP, HABIT_WIDE);
    CHECK(habit_connect(fd, AT_SLOW) == ECONNREFUSED);
    CHECK(habit_connect(fd, AT_SLOW) == EINPROGRESS);
    habit_check_none(set);
    lab_answer(AT_SLOW, 0);
    habit_check_one(set, EPOLLOUT, HABIT_WIDE);
    habit_check_connected(fd, AT_SLOW);
}

static void early_bytes(void)
{
    int fd = habit_begin(AT_SLOW_GREETING), set = habit_set();
    habit_add(set, fd, EPOLLIN, HABIT_WIDE);
    habit_check_none(set);
    lab_answer(AT_SLOW_GREETING, 0);
    habit_check_one(set, EPOLLIN, HABIT_WIDE);
    habit_modify(set, fd, EPOLLIN | EPOLLOUT, HABIT_WIDE);
    habit_check_one(set, EPOLLIN | EPOLLOUT, HABIT_WIDE);
}

static void target_ends(void)
{
    int fd = habit_begin(AT_SLOW_CLOSING), set = habit_set();
    habit_add(set, fd, EPOLLRDHUP, HABIT_WIDE);
    habit_check_none(set);
    lab_answer(AT_SLOW_CLOSING, 0);
    habit_check_one(set, EPOLLRDHUP, HABIT_WIDE);
}

/* ---- edge-triggered and one-shot -------------------------------------------------------------- */

static void check_edge(int fd, int set)
{
    CHECK(habit_connect(fd, AT_SLOW) == EINPROGRESS);
    habit_check_none(set);
    lab_answer(AT_SLOW, 0);
    habit_check_one(set, EPOLLOUT, HABIT_WIDE);
    habit_check_none(set);
    CHECK(habit_error(fd) == 0);
    lab_write(fd, "x", 1);
    habit_check_one(set, EPOLLIN | EPOLLOUT, HABIT_WIDE);
    habit_check_none(set);
}

static void edge_before(void)
{
    int fd = habit_nonblocking(), set = habit_set();
    habit_add(set, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, HABIT_WIDE);
    habit_check_one(set, EPOLLOUT | EPOLLHUP, HABIT_WIDE);
    habit_check_none(set);
    check_edge(fd, set);
}

/* As before, but nobody looked at the set before the connect. */
static void edge_before_unseen(void)
{
    int fd = habit_nonblocking(), set = habit_set();
    habit_add(set, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, HABIT_WIDE);
    check_edge(fd, set);
}

static void edge_after(void)
{
    int fd = habit_begin(AT_SLOW), set = habit_set();
    habit_add(set, fd, EPOLLIN | EPOLLOUT | EPOLLET, HABIT_WIDE);
    habit_check_none(set);
    lab_answer(AT_SLOW, 0);
    habit_check_one(set, EPOLLOUT, HABIT_WIDE);
    habit_check_none(set);
}

static void edge_refusal(void)
{
    int fd = habit_begin(AT_REFUSING), set = habit_set();
    habit_add(set, fd, EPOLLOUT | EPOLLET, HABIT_WIDE);
    habit_check_none(set);
    lab_answer(AT_REFUSING, 0);
    habit_settle(fd);
    habit_check_one(set, EPOLLOUT | EPOLLERR | EPOLLHUP, HABIT_WIDE);
    habit_check_none(set);
    CHECK(habit_error(fd) == ECONNREFUSED);
    habit_check_none(set);
}

/* Registered when all is over: one event. */
static void edge_after_success(void)
{
    int fd = habit_begin(AT_SLOW), set = habit_set();
    lab_answer(AT_SLOW, 0);
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    habit_add(set, fd, EPOLLOUT | EPOLLET, HABIT_WIDE);
    habit_check_one(set, EPOLLOUT, HABIT_WIDE);
    habit_check_none(set);
}

static void one_shot(void)
{
    int fd = habit_begin(AT_SLOW), set = habit_set();
    habit_add(set, fd, EPOLLOUT | EPOLLONESHOT, 1);
    habit_check_none(set);
    lab_answer(AT_SLOW, 0);
    habit_check_one(set, EPOLLOUT, 1);
    habit_check_none(set);
    habit_modify(set, fd, EPOLLOUT | EPOLLONESHOT, HABIT_WIDE);
    habit_check_one(set, EPOLLOUT, HABIT_WIDE);
    habit_check_none(set);
}

/* Its shot was spent before the connect began: it stays silent until it is armed again. */
static void one_shot_spent(void)
{
    int fd = habit_nonblocking(), set = habit_set();
    habit_add(set, fd, EPOLLOUT | EPOLLONESHOT, 1);
    habit_check_one(set, EPOLLOUT | EPOLLHUP, 1);
    CHECK(habit_connect(fd, AT_SLOW) == EINPROGRESS);
    lab_answer(AT_SLOW, 0);
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    habit_check_none(set);
    habit_modify(set, fd, EPOLLOUT | EPOLLONESHOT, HABIT_WIDE);
    habit_check_one(set, EPOLLOUT, HABIT_WIDE);
}

static void one_shot_armed_while_connecting(void)
{
    int fd = habit_nonblocking(), set = habit_set();
    habit_add(set, fd, EPOLLOUT | EPOLLONESHOT, 1);
    habit_check_one(set, EPOLLOUT | EPOLLHUP, 1);
    CHECK(habit_connect(fd, AT_SLOW) == EINPROGRESS);
    habit_modify(set, fd, EPOLLOUT | EPOLLONESHOT, HABIT_WIDE);
    habit_check_none(set);
    lab_answer(AT_SLOW, 0);
    habit_check_one(set, EPOLLOUT, HABIT_WIDE);
    habit_check_none(set);
}

LAB(CASE(level_after), CASE(level_before), CASE(registered_for_nothing), CASE(refusal),
    CASE(refusal_bits), CASE(refusal_before), CASE(refusal_for_nothing), CASE(again_after_refusal),
    CASE(early_bytes), CASE(target_ends), NO_RELAY(edge_before), NO_RELAY(edge_before_unseen),
    CASE(edge_after), CASE(edge_refusal), CASE(edge_after_success), CASE(one_shot),
    CASE(one_shot_spent), CASE(one_shot_armed_while_connecting), AT_UNIX(level_before),
    AT_UNIX(level_after), AT_UNIX(edge_after), AT_UNIX(one_shot_armed_while_connecting),
    AT_UNIX(again_after_refusal), AT_UNIX(registered_for_nothing))
