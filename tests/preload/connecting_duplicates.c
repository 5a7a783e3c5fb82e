/* A program with several numbers for the socket that it connects, and number 2000 among them. */
#include "tests/preload/habit_epoll.h"

#include <sys/resource.h>
#include <sys/select.h>

/* Both are connected, and one connection. */
static void check_both(int one, int other, enum lab_place place)
{
    char got[5];
    habit_check_connects(one, place);
    habit_check_connects(other, place);
    lab_write(one, "hello", 5);
    CHECK(habit_poll(other, POLLIN, HABIT_BOUND_MS) == POLLIN);
    lab_read(other, got, 5);
    CHECK(memcmp(got, "hello", 5) == 0);
    CHECK(shutdown(one, SHUT_WR) == 0);
    habit_check_ends_with(other, "");
}

static void made_before(void)
{
    int fd = habit_nonblocking(), copy = dup(fd);
    CHECK(habit_connect(fd, AT_SLOW) == EINPROGRESS);
    habit_check_quiet(copy);
    habit_check_quiet(fd);
    CHECK(habit_connect(copy, AT_SLOW) == EALREADY && habit_peer_error(copy) == ENOTCONN);
    lab_answer(AT_SLOW, 0);
    check_both(fd, copy, AT_SLOW);
}

static void made_while_connecting(void)
{
    int fd = habit_begin(AT_SLOW);
    const int copies[] = { dup(fd), dup2(fd, 100), dup3(fd, 101, O_CLOEXEC),
                           fcntl(fd, F_DUPFD, 200), fcntl(fd, F_DUPFD_CLOEXEC, 300) };
    CHECK(fcntl(100, F_GETFD) == 0 && fcntl(101, F_GETFD) == FD_CLOEXEC);
    for (size_t i = 0; i < sizeof copies / sizeof *copies; i++) {
        CHECK(habit_poll(copies[i], POLLIN | POLLOUT, 0) == 0);
        CHECK(habit_connect(copies[i], AT_SLOW) == EALREADY);
    }
    habit_check_quiet(300);
    lab_answer(AT_SLOW, 0);
    for (size_t i = 0; i < sizeof copies / sizeof *copies; i++)
        habit_check_connects(copies[i], AT_SLOW);
    check_both(fd, 300, AT_SLOW);
}

static void original_is_closed(void)
{
    int fd = habit_begin(AT_SLOW), copy = dup(fd);
    CHECK(close(fd) == 0);
    habit_check_quiet(copy);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(copy, AT_SLOW);
    CHECK(fcntl(fd, F_GETFD) == -1 && errno == EBADF);
}

static void copy_is_closed(void)
{
    int fd = habit_begin(AT_SLOW), copy = dup(fd);
    CHECK(close(copy) == 0);
    int file = open("/dev/null", O_RDWR);
    CHECK(file == copy);
    habit_check_quiet(fd);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
    CHECK(write(file, "x", 1) == 1 && habit_peer_error(file) == ENOTSOCK);
}

/* The usual dance of a server's child: to the standard streams, and the number is closed. */
static void moved_while_connecting(void)
{
    int fd = habit_begin(AT_SLOW);
    CHECK(dup2(fd, STDIN_FILENO) == STDIN_FILENO && close(fd) == 0);
    habit_check_quiet(STDIN_FILENO);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(STDIN_FILENO, AT_SLOW);
}

static void error_is_told_once(void)
{
    int fd = habit_begin(AT_REFUSING), copy = dup(fd);
    lab_answer(AT_REFUSING, 0);
    habit_wait(fd);
    habit_wait(copy);
    CHECK(habit_error(copy) == ECONNREFUSED);
    CHECK(habit_error(fd) == 0);
}

static void flags_are_shared(void)
{
    int fd = habit_begin(AT_SLOW), copy = dup(fd);
    CHECK(fcntl(copy, F_SETFL, 0) == 0);
    CHECK(fcntl(fd, F_GETFL) == O_RDWR);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
    CHECK(fcntl(fd, F_GETFL) == O_RDWR && fcntl(copy, F_GETFL) == O_RDWR);
    CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    CHECK(fcntl(copy, F_GETFL) == (O_RDWR | O_NONBLOCK));
}

static void copy_is_registered(void)
{
    int fd = habit_nonblocking(), early = dup(fd), set = habit_set();
    habit_add(set, early, EPOLLOUT | EPOLLET, 1);
    habit_check_one(set, EPOLLOUT | EPOLLHUP, 1);
    CHECK(habit_connect(fd, AT_SLOW) == EINPROGRESS);
    int late = dup(fd);
    habit_add(set, late, EPOLLOUT, HABIT_WIDE);
    habit_check_none(set);
    lab_answer(AT_SLOW, 0);
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    CHECK(habit_control(set, EPOLL_CTL_DEL, fd, 0, 0) == ENOENT);
    struct epoll_event got[4];
    CHECK(epoll_wait(set, got, 4, HABIT_BOUND_MS) == 2);
    CHECK(got[0].events == EPOLLOUT && got[1].events == EPOLLOUT);
    CHECK((got[0].data.u64 == 1) != (got[1].data.u64 == 1));
    habit_check_one(set, EPOLLOUT, HABIT_WIDE);
    CHECK(habit_control(set, EPOLL_CTL_DEL, late, 0, 0) == 0);
    habit_check_none(set);
}

/* A registration lives as long as the socket: by the other number it goes on telling. */
static void registered_number_is_closed(void)
{
    int fd = habit_begin(AT_SLOW), copy = dup(fd), set = habit_set();
    habit_add(set, fd, EPOLLOUT, HABIT_WIDE);
    CHECK(close(fd) == 0);
    habit_check_none(set);
    lab_answer(AT_SLOW, 0);
    habit_check_one(set, EPOLLOUT, HABIT_WIDE);
    habit_check_connects(copy, AT_SLOW);
    CHECK(close(copy) == 0);
    habit_check_none(set);
}

/* ---- numbers beyond those of select ----------------------------------------------------------- */

static int high(int fd)
{
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max;
    if (limit.rlim_max <= 2100 || setrlimit(RLIMIT_NOFILE, &limit) != 0)
        lab_skip("no descriptor 2000");
    int there = fcntl(fd, F_DUPFD_CLOEXEC, 2000);
    CHECK(there >= 2000 && close(fd) == 0);
    return there;
}

static void high_number(void)
{
    int fd = high(habit_nonblocking()), set = habit_set();
    habit_add(set, fd, EPOLLOUT | EPOLLET, HABIT_WIDE);
    habit_check_one(set, EPOLLOUT | EPOLLHUP, HABIT_WIDE);
    CHECK(habit_connect(fd, AT_SLOW) == EINPROGRESS);
    habit_check_none(set);
    lab_answer(AT_SLOW, 0);
    habit_check_one(set, EPOLLOUT, HABIT_WIDE);
    habit_check_connects(fd, AT_SLOW);
    fd = high(habit_blocking());
    CHECK(habit_connect(fd, AT_OPEN) == 0);
    habit_check_connected(fd, AT_OPEN);
}

static void high_number_refused(void)
{
    int fd = high(habit_begin(AT_REFUSING));
    habit_check_quiet(fd);
    lab_answer(AT_REFUSING, 0);
    habit_check_fails(fd, ECONNREFUSED);
}

#define CASE(name)                 \
    {                              \
#name, LAB_PLACES, 0, name \
    }
#define AT_UNIX(name)                                     \
    {                                                     \
#name "_at_unix_socket", LAB_PLACES_UNIX, 0, name \
    }
LAB(CASE(made_before), CASE(made_while_connecting), CASE(original_is_closed), CASE(copy_is_closed),
    CASE(moved_while_connecting), CASE(error_is_told_once), CASE(flags_are_shared),
    CASE(copy_is_registered), CASE(registered_number_is_closed), CASE(high_number),
    CASE(high_number_refused), AT_UNIX(made_before), AT_UNIX(made_while_connecting),
    AT_UNIX(copy_is_registered), AT_UNIX(high_number))
