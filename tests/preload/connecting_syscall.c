/* A program that connects by syscall(), as language runtimes do, mixed with libc's functions. */
#include "tests/preload/habit_epoll.h"

#include <sys/syscall.h>

/* 0 or errno */
static int begin_by_number(int fd, enum lab_place place)
{
    struct sockaddr_in to = lab_at(place);
    return syscall(SYS_connect, fd, &to, sizeof to) == 0 ? 0 : errno;
}

static int error_by_number(int fd)
{
    int value = -1;
    socklen_t len = sizeof value;
    CHECK(syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_ERROR, &value, &len) == 0);
    return value;
}

static void control_by_number(int set, int what, int fd, uint32_t events, uint64_t data)
{
    struct epoll_event event = { .events = events, .data.u64 = data };
    CHECK(syscall(SYS_epoll_ctl, set, what, fd, &event) == 0);
}

static void success(void)
{
    int fd = habit_nonblocking();
    CHECK(begin_by_number(fd, AT_SLOW) == EINPROGRESS);
    CHECK(begin_by_number(fd, AT_SLOW) == EALREADY && habit_connect(fd, AT_SLOW) == EALREADY);
    habit_check_quiet(fd);
    CHECK(error_by_number(fd) == 0);
    lab_answer(AT_SLOW, 0);
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    CHECK(error_by_number(fd) == 0);
    CHECK(begin_by_number(fd, AT_SLOW) == 0 && begin_by_number(fd, AT_SLOW) == EISCONN);
    habit_check_connected(fd, AT_SLOW);
}

static void refusal(void)
{
    int fd = habit_nonblocking();
    CHECK(begin_by_number(fd, AT_REFUSING) == EINPROGRESS);
    habit_check_quiet(fd);
    lab_answer(AT_REFUSING, 0);
    habit_wait(fd);
    CHECK(error_by_number(fd) == ECONNREFUSED && error_by_number(fd) == 0);
}

static void registered_before(void)
{
    int fd = habit_nonblocking(), set = habit_set();
    control_by_number(set, EPOLL_CTL_ADD, fd, EPOLLOUT | EPOLLET, 1);
    habit_check_one(set, EPOLLOUT | EPOLLHUP, 1);
    CHECK(habit_connect(fd, AT_SLOW) == EINPROGRESS);
    control_by_number(set, EPOLL_CTL_MOD, fd, EPOLLOUT | EPOLLET, HABIT_WIDE);
    habit_check_none(set);
    lab_answer(AT_SLOW, 0);
    habit_check_one(set, EPOLLOUT, HABIT_WIDE);
    habit_check_none(set);
    control_by_number(set, EPOLL_CTL_DEL, fd, 0, 0);
    habit_check_connected(fd, AT_SLOW);
}

static void closed_by_number(void)
{
    int fd = habit_begin(AT_SLOW);
    CHECK(syscall(SYS_close, fd) == 0);
    CHECK(lab_wait_for_living(0));
    int file = open("/dev/null", O_RDWR);
    CHECK(file == fd);
    lab_answer(AT_SLOW, 0);
    int other = habit_begin(AT_OPEN);
    habit_check_connects(other, AT_OPEN);
    CHECK(write(file, "x", 1) == 1 && habit_peer_error(file) == ENOTSOCK);
}

static void duplicated_by_number(void)
{
    int fd = habit_begin(AT_SLOW), copy = (int)syscall(SYS_dup3, fd, 77, O_CLOEXEC);
    CHECK(copy == 77 && syscall(SYS_close, fd) == 0);
    int other = (int)syscall(SYS_fcntl, copy, F_DUPFD_CLOEXEC, 100);
    CHECK(other >= 100);
    habit_check_quiet(copy);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(copy, AT_SLOW);
    habit_check_connects(other, AT_SLOW);
}

static void range_is_closed_by_number(void)
{
    int fd = habit_begin(AT_SILENT);
    CHECK(syscall(SYS_close_range, 3, ~0u, 0) == 0);
    CHECK(lab_wait_for_living(0) && fcntl(fd, F_GETFD) == -1);
    CHECK(habit_begin(AT_OPEN) == 3);
    habit_check_connects(3, AT_OPEN);
}

static void names_by_number(void)
{
    struct sockaddr_in name = { 0 }, to = lab_at(AT_SLOW);
    socklen_t len = sizeof name;
    int fd = habit_begin(AT_SLOW);
    CHECK(syscall(SYS_getpeername, fd, &name, &len) == -1 && errno == ENOTCONN);
    CHECK(syscall(SYS_getsockname, fd, &name, &len) == 0 && name.sin_family == AF_INET);
    lab_answer(AT_SLOW, 0);
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    len = sizeof name;
    CHECK(syscall(SYS_getpeername, fd, &name, &len) == 0 && len == sizeof name);
    CHECK(memcmp(&name, &to, len) == 0);
}

static void flags_by_number(void)
{
    int fd = habit_begin(AT_SLOW);
    char got[5];
    CHECK(syscall(SYS_fcntl, fd, F_SETFL, 0) == 0 && fcntl(fd, F_GETFL) == O_RDWR);
    lab_answer(AT_SLOW, 50);
    CHECK(syscall(SYS_write, fd, "hello", 5) == 5);
    CHECK(fcntl(fd, F_GETFL) == O_RDWR);
    lab_read(fd, got, 5);
    CHECK(memcmp(got, "hello", 5) == 0);
}

LAB(CASE(success), CASE(refusal), CASE(registered_before), CASE(closed_by_number),
    CASE(duplicated_by_number), CASE(range_is_closed_by_number), CASE(names_by_number),
    CASE(flags_by_number))
