/* A connection that is cut is no end of file: errors, readiness and signals, in every state that the
 * program may have it in. */
#include "tests/preload/habit_signals.h"

#include <signal.h>
#include <sys/uio.h>

static int connected(enum lab_place place)
{
    int fd = habit_blocking();
    CHECK(habit_connect(fd, place) == 0);
    return fd;
}

/* Cut, and the kernel knows; nobody has been told. */
static int cut(void)
{
    int fd = connected(AT_RESETTING);
    lab_write(fd, "x", 1);
    CHECK((habit_poll(fd, POLLIN, HABIT_BOUND_MS) & POLLIN) != 0);
    return fd;
}

static ssize_t read_one(int fd)
{
    char byte;
    return read(fd, &byte, 1);
}

static void read_tells_once(void)
{
    int fd = cut();
    CHECK(read_one(fd) == -1 && errno == ECONNRESET);
    CHECK(read_one(fd) == 0);
    CHECK(habit_error(fd) == 0);
}

static void option_tells_once(void)
{
    int fd = cut();
    CHECK(habit_error(fd) == ECONNRESET);
    CHECK(habit_error(fd) == 0);
    CHECK(read_one(fd) == 0);
}

static void poll_shows_it(void)
{
    enum { ALL = POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP };
    int fd = cut();
    while (habit_poll(fd, POLLIN | POLLOUT | POLLRDHUP, 0) != ALL)
        continue;
}

/* The first write tells the reset; only those after it raise a signal. */
static void check_writes(ssize_t (*write_one)(int fd))
{
    int fd = cut();
    habit_handle(SIGPIPE, habit_count_signal, 0);
    CHECK(write_one(fd) == -1 && errno == ECONNRESET && habit_other_signals == 0);
    CHECK(write_one(fd) == -1 && errno == EPIPE && habit_other_signals == 1);
}

static ssize_t by_write(int fd)
{
    return write(fd, "x", 1);
}

static ssize_t by_writev(int fd)
{
    return writev(fd, &(struct iovec){ (char[]){ 'x' }, 1 }, 1);
}

static ssize_t by_send(int fd)
{
    return send(fd, "x", 1, 0);
}

static ssize_t by_sendmsg(int fd)
{
    struct iovec byte = { (char[]){ 'x' }, 1 };
    struct msghdr message = { .msg_iov = &byte, .msg_iovlen = 1 };
    return sendmsg(fd, &message, 0);
}

static void writes(void)
{
    check_writes(by_write);
}

static void writes_in_parts(void)
{
    check_writes(by_writev);
}

static void sends(void)
{
    check_writes(by_send);
}

static void sends_messages(void)
{
    check_writes(by_sendmsg);
}

static void sends_without_signal(void)
{
    int fd = cut();
    CHECK(send(fd, "x", 1, MSG_NOSIGNAL) == -1 && errno == ECONNRESET);
    CHECK(send(fd, "x", 1, MSG_NOSIGNAL) == -1 && errno == EPIPE);
}

/* After its own half-close a program waits for the answer: it must not take a cut for the end of it. */
static void half_closed(void)
{
    int fd = connected(AT_RESETTING);
    lab_write(fd, "x", 1);
    (void)shutdown(fd, SHUT_WR);
    CHECK(read_one(fd) == -1 && errno == ECONNRESET);
}

static void asleep_in_a_read(void)
{
    int fd = connected(AT_RESETTING);
    pid_t child = fork();
    if (child == 0) {
        lab_pause_ms(20);
        lab_write(fd, "x", 1);
        _exit(0);
    }
    CHECK(read_one(fd) == -1 && errno == ECONNRESET);
    lab_check_child(child);
}

LAB(CASE(read_tells_once), CASE(option_tells_once), CASE(poll_shows_it), CASE(writes),
    CASE(writes_in_parts), CASE(sends), CASE(sends_messages), CASE(sends_without_signal),
    CASE(half_closed), CASE(asleep_in_a_read))
