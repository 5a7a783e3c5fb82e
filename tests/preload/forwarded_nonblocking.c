/* A program that connects to forwarded Unix sockets without blocking, as libpq, hiredis, libuv or
 * asyncio do. */
#include "tests/preload/habit_unix.h"

#include <sys/select.h>

/* ---- waiting -------------------------------------------------------------------------------- */

static void poll_then_error(void)
{
    unix_forward(AT_SLOW);
    int fd = unix_begin(AT_SLOW);
    habit_check_quiet(fd);
    CHECK(habit_error(fd) == 0);
    CHECK(habit_peer_error(fd) == ENOTCONN);
    lab_answer(AT_SLOW, 0);
    unix_check_connects(fd, AT_SLOW);
}

static void flags_stay(void)
{
    unix_forward(AT_SLOW);
    int fd = unix_socket(SOCK_NONBLOCK | SOCK_CLOEXEC);
    CHECK(unix_connect(fd, unix_at(AT_SLOW)) == EINPROGRESS);
    for (int i = 0; i < 2; i++) {
        CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);
        CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
        CHECK(unix_option(fd, SOL_SOCKET, SO_DOMAIN) == AF_UNIX);
        CHECK(unix_option(fd, SOL_SOCKET, SO_TYPE) == SOCK_STREAM);
        CHECK(unix_option(fd, SOL_SOCKET, SO_PROTOCOL) == 0);
        CHECK(unix_option(fd, IPPROTO_TCP, TCP_NODELAY) == -EOPNOTSUPP);
        lab_answer(AT_SLOW, 0);
        unix_check_connects(fd, AT_SLOW);
    }
}

static void selected(void)
{
    unix_forward(AT_SLOW);
    int fd = unix_begin(AT_SLOW);
    struct timeval soon = { .tv_usec = HABIT_QUIET_MS * 1000 }, bound = { .tv_sec = 10 };
    fd_set one;
    FD_ZERO(&one);
    FD_SET(fd, &one);
    CHECK(select(fd + 1, NULL, &one, NULL, &soon) == 0);
    lab_answer(AT_SLOW, 0);
    FD_SET(fd, &one);
    CHECK(select(fd + 1, NULL, &one, NULL, &bound) == 1);
    unix_check_connects(fd, AT_SLOW);
}

static void not_yet(void)
{
    unix_forward(AT_SLOW);
    int fd = unix_begin(AT_SLOW);
    char byte = 'x';
    CHECK(send(fd, &byte, 1, 0) == -1 && errno == EAGAIN);
    CHECK(write(fd, &byte, 1) == -1 && errno == EAGAIN);
    CHECK(recv(fd, &byte, 1, 0) == -1 && errno == EAGAIN);
    lab_answer(AT_SLOW, 0);
    unix_check_connects(fd, AT_SLOW);
}

/* The proxy of the laboratory knows no Unix sockets. */
static void by_the_other_address(void)
{
    lab_add_configuration("[forward]\n/run/lab-6.sock = unix:/run/there.sock, 198.51.100.6:80\n"
                          "@lab-none = unix:@there\n");
    int fd = unix_begin(AT_SLOW);
    habit_check_quiet(fd);
    lab_answer(AT_SLOW, 0);
    unix_check_connects(fd, AT_SLOW);
    fd = unix_socket(SOCK_NONBLOCK);
    CHECK(unix_connect(fd, "@lab-none") == EINPROGRESS);
    habit_check_fails(fd, EAFNOSUPPORT);
}

/* ---- connect() again -------------------------------------------------------------------------- */

static void again(void)
{
    struct sockaddr nobody = { .sa_family = AF_UNSPEC };
    unix_forward(AT_SLOW);
    int fd = unix_begin(AT_SLOW);
    CHECK(unix_connect(fd, unix_at(AT_SLOW)) == EALREADY);
    CHECK(connect(fd, &nobody, sizeof nobody) == -1 && errno == EINVAL);
    lab_answer(AT_SLOW, 0);
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    CHECK(unix_connect(fd, unix_at(AT_SLOW)) == 0);
    CHECK(unix_connect(fd, unix_at(AT_SLOW)) == EISCONN);
    CHECK(connect(fd, &nobody, sizeof nobody) == -1 && errno == EINVAL);
    unix_check_connected(fd, AT_SLOW);
}

/* Another connect() waits for the one under way, once the socket blocks. */
static void blocking_again(void)
{
    unix_forward(AT_SLOW);
    int fd = unix_begin(AT_SLOW);
    CHECK(fcntl(fd, F_SETFL, 0) == 0);
    lab_answer(AT_SLOW, HABIT_QUIET_MS);
    CHECK(unix_connect(fd, unix_at(AT_SLOW)) == 0);
    unix_check_connected(fd, AT_SLOW);
}

/* ---- failure ---------------------------------------------------------------------------------- */

static void refused(void)
{
    unix_forward(AT_REFUSING);
    int fd = unix_begin(AT_REFUSING);
    habit_check_quiet(fd);
    lab_answer(AT_REFUSING, 0);
    CHECK(habit_poll(fd, POLLIN | POLLOUT, HABIT_BOUND_MS) == (POLLOUT | POLLHUP));
    CHECK(habit_peer_error(fd) == ENOTCONN);
    CHECK(habit_error(fd) == ECONNREFUSED);
    CHECK(habit_error(fd) == 0);
    CHECK(send(fd, "x", 1, MSG_NOSIGNAL) == -1 && errno == ENOTCONN);
}

static void refused_by_connect(void)
{
    unix_forward(AT_REFUSING);
    int fd = unix_begin(AT_REFUSING);
    lab_answer(AT_REFUSING, 0);
    habit_wait(fd);
    CHECK(unix_connect(fd, unix_at(AT_REFUSING)) == ECONNREFUSED);
    lab_hold(AT_REFUSING);
    CHECK(unix_connect(fd, unix_at(AT_REFUSING)) == EINPROGRESS);
    habit_check_quiet(fd);
    lab_answer(AT_REFUSING, 0);
    habit_check_fails(fd, ECONNREFUSED);
    lab_hold(AT_REFUSING);
    CHECK(unix_connect(fd, unix_at(AT_REFUSING)) == EINPROGRESS);
}

/* The error of what waits in connect(). */
static void refused_while_waiting(void)
{
    unix_forward(AT_REFUSING);
    int fd = unix_begin(AT_REFUSING);
    CHECK(fcntl(fd, F_SETFL, 0) == 0);
    lab_answer(AT_REFUSING, HABIT_QUIET_MS);
    CHECK(unix_connect(fd, unix_at(AT_REFUSING)) == ECONNREFUSED);
}

/* ---- giving up -------------------------------------------------------------------------------- */

static void closed(void)
{
    unix_forward(AT_SILENT);
    int before = habit_count_descriptors();
    int fd = unix_begin(AT_SILENT);
    CHECK(lab_wait_for_living(1));
    CHECK(close(fd) == 0);
    CHECK(lab_wait_for_living(0));
    habit_check_counts(before + 2, 2); /* the engine's own */
}

static void shut_down(void)
{
    unix_forward(AT_SILENT);
    int fd = unix_begin(AT_SILENT);
    CHECK(lab_wait_for_living(1));
    CHECK(shutdown(fd, SHUT_RDWR) == 0);
    CHECK(lab_wait_for_living(0));
    habit_check_fails(fd, ECONNRESET);
}

static void ended_with_a_half_close(void)
{
    unix_forward(AT_CLOSING);
    int fd = unix_begin(AT_CLOSING);
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) != 0);
    CHECK(habit_error(fd) == 0);
    CHECK(shutdown(fd, SHUT_WR) == 0);
    habit_check_ends_with(fd, "bye\r\n");
}

/* ---- epoll ------------------------------------------------------------------------------------ */

static void epoll_before(void)
{
    unix_forward(AT_SLOW);
    int fd = unix_socket(SOCK_NONBLOCK), set = habit_set();
    habit_add(set, fd, EPOLLOUT, HABIT_WIDE);
    habit_check_one(set, EPOLLOUT | EPOLLHUP, HABIT_WIDE);
    CHECK(unix_connect(fd, unix_at(AT_SLOW)) == EINPROGRESS);
    habit_check_none(set);
    lab_answer(AT_SLOW, 0);
    habit_check_one(set, EPOLLOUT, HABIT_WIDE);
    unix_check_connected(fd, AT_SLOW);
}

static void epoll_edge_after(void)
{
    unix_forward(AT_SLOW);
    int fd = unix_begin(AT_SLOW), set = habit_set();
    habit_add(set, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, HABIT_WIDE);
    habit_check_none(set);
    lab_answer(AT_SLOW, 0);
    habit_check_one(set, EPOLLOUT, HABIT_WIDE);
    habit_check_none(set);
    unix_check_connected(fd, AT_SLOW);
}

static void epoll_of_a_refused_one(void)
{
    unix_forward(AT_REFUSING);
    int fd = unix_socket(SOCK_NONBLOCK), set = habit_set();
    habit_add(set, fd, EPOLLOUT | EPOLLET, 7);
    habit_check_one(set, EPOLLOUT | EPOLLHUP, 7);
    CHECK(unix_connect(fd, unix_at(AT_REFUSING)) == EINPROGRESS);
    habit_check_none(set);
    lab_answer(AT_REFUSING, 0);
    habit_check_one(set, EPOLLOUT | EPOLLHUP, 7);
    CHECK(habit_error(fd) == ECONNREFUSED);
}

/* A blocking connect() exchanges the description as well. */
static void epoll_before_a_blocking_one(void)
{
    unix_forward(AT_OPEN);
    int fd = unix_socket(0), set = habit_set();
    habit_add(set, fd, EPOLLIN, 7);
    CHECK(unix_connect(fd, unix_at(AT_OPEN)) == 0);
    habit_check_none(set);
    lab_write(fd, "x", 1);
    habit_check_one(set, EPOLLIN, 7);
}

#define UNIX(name)                                      \
    {                                                   \
#name, LAB_PLACES_SHIM, 0, name, NULL, LAB_ADDS \
    }

LAB(UNIX(poll_then_error), UNIX(flags_stay), UNIX(selected), UNIX(not_yet),
    { "by_the_other_address", LAB_PLACES_SHIM, 0, by_the_other_address, NULL, LAB_ADDS,
      .no_relay = true },
    UNIX(again), UNIX(blocking_again), UNIX(refused), UNIX(refused_by_connect),
    UNIX(refused_while_waiting), UNIX(closed), UNIX(shut_down), UNIX(ended_with_a_half_close),
    UNIX(epoll_before), UNIX(epoll_edge_after), UNIX(epoll_of_a_refused_one),
    UNIX(epoll_before_a_blocking_one))
