/* A program that opens connections with data in the first packet: connected, and the data arrive
 * once. */
#include "tests/preload/habit.h"

#include <sys/uio.h>

enum form { SENDTO, SENDMSG, SENDMMSG };

static struct msghdr hello_to(struct sockaddr_in *to)
{
    static char he[] = "he", llo[] = "llo";
    static struct iovec parts[2] = { { he, 2 }, { llo, 3 } };
    return (struct msghdr){
        .msg_name = to, .msg_namelen = sizeof *to, .msg_iov = parts, .msg_iovlen = 2
    };
}

/* What was sent; or -1 and errno. */
static ssize_t open_with_hello(enum form form, int fd, enum lab_place place, int flags)
{
    struct sockaddr_in to = lab_at(place);
    struct msghdr message = hello_to(&to);
    struct mmsghdr one = { message, 0 };
    flags |= MSG_FASTOPEN | MSG_NOSIGNAL;
    if (form == SENDTO)
        return sendto(fd, "hello", 5, flags, (struct sockaddr *)&to, sizeof to);
    if (form == SENDMSG)
        return sendmsg(fd, &message, flags);
    return sendmmsg(fd, &one, 1, flags) == 1 ? (ssize_t)one.msg_len : -1;
}

/* "hello" comes back, and nothing else. */
static void check_once(int fd, enum lab_place place)
{
    struct sockaddr_in peer, to = lab_at(place);
    socklen_t len = sizeof peer;
    CHECK(getpeername(fd, (struct sockaddr *)&peer, &len) == 0);
    CHECK(memcmp(&peer, &to, sizeof to) == 0);
    CHECK(shutdown(fd, SHUT_WR) == 0);
    habit_check_ends_with(fd, "hello");
}

static void check_blocking(enum form form)
{
    int fd = habit_blocking();
    lab_answer(AT_SLOW, 50);
    CHECK(open_with_hello(form, fd, AT_SLOW, 0) == 5);
    CHECK(habit_error(fd) == 0);
    check_once(fd, AT_SLOW);
}

static void blocking_sendto(void)
{
    check_blocking(SENDTO);
}

static void blocking_sendmsg(void)
{
    check_blocking(SENDMSG);
}

static void blocking_sendmmsg(void)
{
    check_blocking(SENDMMSG);
}

/* Nothing is sent without a cookie: the program sends it again once it is connected. */
static void check_nonblocking(enum form form)
{
    int fd = habit_nonblocking();
    CHECK(open_with_hello(form, fd, AT_SLOW, 0) == -1 && errno == EINPROGRESS);
    habit_check_quiet(fd);
    CHECK(habit_peer_error(fd) == ENOTCONN && habit_error(fd) == 0);
    CHECK(send(fd, "hello", 5, 0) == -1 && errno == EAGAIN);
    lab_answer(AT_SLOW, 0);
    CHECK(habit_poll(fd, POLLIN | POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    CHECK(habit_error(fd) == 0);
    CHECK(send(fd, "hello", 5, 0) == 5);
    check_once(fd, AT_SLOW);
}

static void nonblocking_sendto(void)
{
    check_nonblocking(SENDTO);
}

static void nonblocking_sendmsg(void)
{
    check_nonblocking(SENDMSG);
}

static void nonblocking_sendmmsg(void)
{
    check_nonblocking(SENDMMSG);
}

static void nonblocking_refused(void)
{
    int fd = habit_nonblocking();
    CHECK(open_with_hello(SENDTO, fd, AT_REFUSING, 0) == -1 && errno == EINPROGRESS);
    habit_check_quiet(fd);
    lab_answer(AT_REFUSING, 0);
    habit_check_fails(fd, ECONNREFUSED);
}

static void blocking_refused(void)
{
    int fd = habit_blocking();
    lab_answer(AT_REFUSING, 50);
    CHECK(open_with_hello(SENDMSG, fd, AT_REFUSING, 0) == -1 && errno == ECONNREFUSED);
    CHECK(habit_error(fd) == 0);
}

/* A flag instead of O_NONBLOCK: the call is one that blocks no more than the other. */
static void dontwait(void)
{
    int fd = habit_blocking();
    CHECK(open_with_hello(SENDTO, fd, AT_SLOW, MSG_DONTWAIT) == -1 && errno == EINPROGRESS);
    habit_check_quiet(fd);
    lab_answer(AT_SLOW, 0);
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    CHECK(write(fd, "hello", 5) == 5);
    check_once(fd, AT_SLOW);
}

static void without_data(void)
{
    struct sockaddr_in to = lab_at(AT_SLOW);
    int fd = habit_blocking();
    lab_answer(AT_SLOW, 50);
    CHECK(sendto(fd, NULL, 0, MSG_FASTOPEN, (struct sockaddr *)&to, sizeof to) == 0);
    lab_write(fd, "hello", 5);
    check_once(fd, AT_SLOW);
}

static void on_connecting_socket(void)
{
    int fd = habit_begin(AT_SLOW);
    CHECK(open_with_hello(SENDTO, fd, AT_SLOW, 0) == -1 && errno == EALREADY);
    lab_answer(AT_SLOW, 0);
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    lab_write(fd, "hello", 5);
    check_once(fd, AT_SLOW);
}

static void on_connected_socket(void)
{
    int fd = habit_begin(AT_OPEN);
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    CHECK(habit_connect(fd, AT_OPEN) == 0);
    CHECK(open_with_hello(SENDTO, fd, AT_OPEN, 0) == -1 && errno == EISCONN);
    lab_write(fd, "hello", 5);
    check_once(fd, AT_OPEN);
}

static void without_address(void)
{
    const struct sockaddr *volatile nowhere = NULL;
    CHECK(send(habit_blocking(), "x", 1, MSG_FASTOPEN) == -1 && errno == EINVAL);
    CHECK(sendto(habit_blocking(), "x", 1, MSG_FASTOPEN, nowhere, 0) == -1 && errno == EINVAL);
}

/* ---- TCP_FASTOPEN_CONNECT: connect() succeeds at once where there is a cookie, else as usual -- */

static int with_option(int fd)
{
    int one = 1;
    CHECK(setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &one, sizeof one) == 0);
    return fd;
}

static void option_blocking(void)
{
    int fd = with_option(habit_blocking());
    lab_answer(AT_SLOW, 50);
    CHECK(habit_connect(fd, AT_SLOW) == 0);
    CHECK(write(fd, "hello", 5) == 5);
    check_once(fd, AT_SLOW);
}

static void option_nonblocking(void)
{
    int fd = with_option(habit_nonblocking());
    CHECK(habit_connect(fd, AT_SLOW) == EINPROGRESS);
    habit_check_quiet(fd);
    CHECK(send(fd, "hello", 5, 0) == -1 && errno == EAGAIN);
    lab_answer(AT_SLOW, 0);
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    CHECK(send(fd, "hello", 5, 0) == 5);
    check_once(fd, AT_SLOW);
}

static void option_refused(void)
{
    int fd = with_option(habit_nonblocking()), other = with_option(habit_blocking());
    CHECK(habit_connect(fd, AT_REFUSING) == EINPROGRESS);
    habit_check_quiet(fd);
    lab_answer(AT_REFUSING, 0);
    habit_check_fails(fd, ECONNREFUSED);
    CHECK(habit_connect(other, AT_REFUSING) == ECONNREFUSED);
}

static void option_is_told(void)
{
    int value = 0, fd = with_option(habit_nonblocking());
    socklen_t len = sizeof value;
    CHECK(habit_connect(fd, AT_OPEN) == EINPROGRESS);
    CHECK(getsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &value, &len) == 0 && value == 1);
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    lab_write(fd, "hello", 5);
    check_once(fd, AT_OPEN);
}

/* "hello" once; what was refused brings nothing. */
#define ONCE(name)                                \
    {                                             \
#name, LAB_PLACES, 0, name, NULL, NULL, 5 \
    }
#define CASE(name)                 \
    {                              \
#name, LAB_PLACES, 0, name \
    }
#define AT_UNIX(name)                                                    \
    {                                                                    \
#name "_at_unix_socket", LAB_PLACES_UNIX, 0, name, NULL, NULL, 5 \
    }
LAB(ONCE(blocking_sendto), ONCE(blocking_sendmsg), ONCE(blocking_sendmmsg),
    ONCE(nonblocking_sendto), ONCE(nonblocking_sendmsg), ONCE(nonblocking_sendmmsg),
    CASE(nonblocking_refused), CASE(blocking_refused), ONCE(dontwait), ONCE(without_data),
    ONCE(on_connecting_socket), ONCE(on_connected_socket), CASE(without_address),
    ONCE(option_blocking), ONCE(option_nonblocking), CASE(option_refused), ONCE(option_is_told),
    AT_UNIX(blocking_sendto), AT_UNIX(nonblocking_sendto), AT_UNIX(option_nonblocking))
