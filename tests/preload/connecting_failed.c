/* A program that reads from and writes to a socket whose connect has failed. */
#include "tests/preload/habit.h"

#include <signal.h>
#include <sys/uio.h>

#define CHECK_ERROR(call, error) CHECK((call) == -1 && errno == (error))

static char byte[16];
static struct iovec part = { byte, sizeof byte };

static int failed_socket(void)
{
    int fd = habit_begin(AT_REFUSING);
    lab_answer(AT_REFUSING, 0);
    habit_wait(fd);
    return fd;
}

/* Whoever asks first has the error. */
static void error_by_read(void)
{
    int fd = failed_socket();
    CHECK_ERROR(read(fd, byte, 1), ECONNREFUSED);
    CHECK(read(fd, byte, 1) == 0);
    CHECK(habit_error(fd) == 0);
}

static void error_by_recv(void)
{
    int fd = failed_socket();
    CHECK_ERROR(recv(fd, byte, 1, MSG_PEEK), ECONNREFUSED);
    CHECK(habit_error(fd) == 0);
}

static void error_by_write(void)
{
    int fd = failed_socket();
    signal(SIGPIPE, SIG_IGN);
    CHECK_ERROR(write(fd, "x", 1), ECONNREFUSED);
    CHECK_ERROR(write(fd, "x", 1), EPIPE);
    CHECK(habit_error(fd) == 0);
}

static void error_by_sendmsg(void)
{
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    int fd = failed_socket();
    CHECK_ERROR(sendmsg(fd, &message, MSG_NOSIGNAL), ECONNREFUSED);
    CHECK_ERROR(sendmsg(fd, &message, MSG_NOSIGNAL), EPIPE);
}

static void error_was_taken(void)
{
    int fd = failed_socket();
    CHECK(habit_error(fd) == ECONNREFUSED);
    CHECK(read(fd, byte, 1) == 0 && recv(fd, byte, 1, MSG_PEEK) == 0);
    CHECK_ERROR(send(fd, "x", 1, MSG_NOSIGNAL), EPIPE);
    CHECK(habit_peer_error(fd) == ENOTCONN);
    CHECK_ERROR(shutdown(fd, SHUT_WR), ENOTCONN);
}

/* SIGPIPE comes with EPIPE, not with the error. */
static volatile sig_atomic_t pipes;

static void count_pipe(int number)
{
    (void)number;
    pipes = pipes + 1;
}

static void broken_pipe(void)
{
    int fd = habit_begin(AT_SLOW), failed;
    signal(SIGPIPE, count_pipe);
    CHECK_ERROR(write(fd, "x", 1), EAGAIN);
    CHECK(pipes == 0);
    failed = failed_socket();
    CHECK_ERROR(write(failed, "x", 1), ECONNREFUSED);
    CHECK(pipes == 0);
    CHECK_ERROR(write(failed, "x", 1), EPIPE);
    CHECK(pipes == 1);
    CHECK_ERROR(send(failed, "x", 1, MSG_NOSIGNAL), EPIPE);
    CHECK(pipes == 1);
}

LAB(CASE(error_by_read), CASE(error_by_recv), CASE(error_by_write), CASE(error_by_sendmsg),
    CASE(error_was_taken), CASE(broken_pipe))
