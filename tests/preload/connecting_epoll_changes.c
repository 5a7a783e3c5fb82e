/* A program that changes its registrations while the connect goes on. */
#include "tests/preload/habit_epoll.h"

static void modified_data(void)
{
    int fd = habit_begin(AT_SLOW), set = habit_set();
    habit_add(set, fd, EPOLLOUT, 1);
    habit_modify(set, fd, EPOLLOUT, HABIT_WIDE);
    habit_check_none(set);
    lab_answer(AT_SLOW, 0);
    habit_check_one(set, EPOLLOUT, HABIT_WIDE);
}

static void modified_events(void)
{
    int fd = habit_begin(AT_SLOW), set = habit_set();
    habit_add(set, fd, EPOLLOUT, 1);
    habit_modify(set, fd, EPOLLIN | EPOLLET, 2);
    lab_answer(AT_SLOW, 0);
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    habit_check_none(set);
    lab_write(fd, "x", 1);
    habit_check_one(set, EPOLLIN, 2);
    habit_check_none(set);
    habit_modify(set, fd, EPOLLOUT, 3);
    habit_check_one(set, EPOLLOUT, 3);
}

static void deleted(void)
{
    int fd = habit_nonblocking(), set = habit_set();
    habit_add(set, fd, EPOLLOUT, 1);
    CHECK(habit_connect(fd, AT_SLOW) == EINPROGRESS);
    CHECK(habit_control(set, EPOLL_CTL_DEL, fd, 0, 0) == 0);
    CHECK(habit_control(set, EPOLL_CTL_DEL, fd, 0, 0) == ENOENT);
    CHECK(habit_control(set, EPOLL_CTL_MOD, fd, EPOLLOUT, 0) == ENOENT);
    lab_answer(AT_SLOW, 0);
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    habit_check_none(set);
    CHECK(habit_control(set, EPOLL_CTL_DEL, fd, 0, 0) == ENOENT);
    habit_add(set, fd, EPOLLOUT, HABIT_WIDE);
    habit_check_one(set, EPOLLOUT, HABIT_WIDE);
}

static void deleted_and_added(void)
{
    int fd = habit_begin(AT_SLOW), set = habit_set();
    habit_add(set, fd, EPOLLIN, 1);
    CHECK(habit_control(set, EPOLL_CTL_DEL, fd, 0, 0) == 0);
    habit_add(set, fd, EPOLLOUT, HABIT_WIDE);
    CHECK(habit_control(set, EPOLL_CTL_ADD, fd, EPOLLOUT, 2) == EEXIST);
    habit_check_none(set);
    lab_answer(AT_SLOW, 0);
    habit_check_one(set, EPOLLOUT, HABIT_WIDE);
    CHECK(habit_control(set, EPOLL_CTL_ADD, fd, EPOLLOUT, 2) == EEXIST);
    CHECK(habit_control(set, EPOLL_CTL_DEL, fd, 0, 0) == 0);
    habit_check_none(set);
}

/* Deleted with a NULL event, as has been allowed since Linux 2.6.9. */
static void deleted_without_event(void)
{
    int fd = habit_begin(AT_SLOW), set = habit_set();
    habit_add(set, fd, EPOLLOUT, 1);
    CHECK(epoll_ctl(set, EPOLL_CTL_DEL, fd, NULL) == 0);
    lab_answer(AT_SLOW, 0);
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    habit_check_none(set);
}

static void wrong_uses(void)
{
    int fd = habit_begin(AT_SLOW), set = habit_set();
    struct epoll_event *volatile none = NULL;
    CHECK(habit_control(set, EPOLL_CTL_MOD, fd, EPOLLOUT, 1) == ENOENT);
    CHECK(habit_control(set, EPOLL_CTL_DEL, fd, 0, 0) == ENOENT);
    CHECK(habit_control(set, 4711, fd, EPOLLOUT, 1) == EINVAL);
    CHECK(habit_control(fd, EPOLL_CTL_ADD, fd, EPOLLOUT, 1) == EINVAL);
    CHECK(habit_control(fd, EPOLL_CTL_ADD, set, EPOLLOUT, 1) == EINVAL);
    CHECK(habit_control(1000, EPOLL_CTL_ADD, fd, EPOLLOUT, 1) == EBADF);
    CHECK(habit_control(set, EPOLL_CTL_ADD, 1000, EPOLLOUT, 1) == EBADF);
    CHECK(epoll_ctl(set, EPOLL_CTL_ADD, fd, none) == -1 && errno == EFAULT);
    habit_add(set, fd, EPOLLOUT, 1);
    CHECK(epoll_ctl(set, EPOLL_CTL_MOD, fd, none) == -1 && errno == EFAULT);
    habit_check_none(set);
    lab_answer(AT_SLOW, 0);
    habit_check_one(set, EPOLLOUT, 1);
}

static void exclusive(void)
{
    int fd = habit_begin(AT_SLOW), set = habit_set();
    CHECK(habit_control(set, EPOLL_CTL_ADD, fd, EPOLLOUT | EPOLLEXCLUSIVE | EPOLLONESHOT, 1) ==
          EINVAL);
    CHECK(habit_control(set, EPOLL_CTL_ADD, fd, EPOLLRDHUP | EPOLLEXCLUSIVE, 1) == EINVAL);
    habit_add(set, fd, EPOLLOUT | EPOLLEXCLUSIVE, HABIT_WIDE);
    CHECK(habit_control(set, EPOLL_CTL_MOD, fd, EPOLLOUT, 1) == EINVAL);
    CHECK(habit_control(set, EPOLL_CTL_MOD, fd, EPOLLOUT | EPOLLEXCLUSIVE, 1) == EINVAL);
    habit_check_none(set);
    lab_answer(AT_SLOW, 0);
    habit_check_one(set, EPOLLOUT, HABIT_WIDE);
    CHECK(habit_control(set, EPOLL_CTL_MOD, fd, EPOLLOUT, 1) == EINVAL);
    CHECK(habit_control(set, EPOLL_CTL_DEL, fd, 0, 0) == 0);
    habit_add(set, fd, EPOLLOUT, 1);
    CHECK(habit_control(set, EPOLL_CTL_MOD, fd, EPOLLOUT | EPOLLEXCLUSIVE, 1) == EINVAL);
}

LAB(CASE(modified_data), CASE(modified_events), CASE(deleted), CASE(deleted_and_added),
    CASE(deleted_without_event), CASE(wrong_uses), CASE(exclusive))
