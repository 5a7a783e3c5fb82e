/* A program that forks while it connects: the child uses the socket, the parent does, both do, or
 * neither. */
#include "tests/preload/habit.h"

#include <sys/syscall.h>
#include <sys/wait.h>

enum { CHILD_LIMIT_S = 20 };

/* In the child only: true. */
static bool fork_child(pid_t *child)
{
    *child = fork();
    CHECK(*child >= 0);
    if (*child == 0)
        alarm(CHILD_LIMIT_S);
    return *child == 0;
}

static void child_closes(void)
{
    pid_t child;
    int fd = habit_begin(AT_SLOW);
    if (fork_child(&child)) {
        CHECK(close(fd) == 0);
        _exit(0);
    }
    lab_check_child(child);
    habit_check_quiet(fd);
    CHECK(habit_connect(fd, AT_SLOW) == EALREADY);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
}

/* Its end does not end the parent's connect. */
static void child_exits(void)
{
    pid_t child;
    int fd = habit_begin(AT_SLOW);
    if (fork_child(&child))
        exit(0);
    lab_check_child(child);
    habit_check_quiet(fd);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
}

static void child_is_killed(void)
{
    pid_t child;
    int status, fd = habit_begin(AT_SLOW);
    if (fork_child(&child))
        pause();
    CHECK(kill(child, SIGKILL) == 0 && waitpid(child, &status, 0) == child);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
}

/* The parent keeps its number open, but leaves the socket to the child. */
static void child_uses(void)
{
    pid_t child;
    int fd = habit_begin(AT_SLOW);
    if (fork_child(&child)) {
        habit_check_quiet(fd);
        lab_answer(AT_SLOW, 0);
        habit_check_connects(fd, AT_SLOW);
        _exit(0);
    }
    lab_check_child(child);
    habit_check_connects(fd, AT_SLOW);
}

static void child_uses_and_parent_closes(void)
{
    pid_t child;
    int ready[2], fd = habit_begin(AT_SLOW);
    char byte;
    CHECK(pipe(ready) == 0);
    if (fork_child(&child)) {
        CHECK(read(ready[0], &byte, 1) == 1); /* the parent has closed it */
        habit_check_quiet(fd);
        lab_answer(AT_SLOW, 0);
        habit_check_connects(fd, AT_SLOW);
        CHECK(shutdown(fd, SHUT_WR) == 0);
        habit_check_ends_with(fd, "");
        _exit(0);
    }
    CHECK(close(fd) == 0 && write(ready[1], "x", 1) == 1);
    lab_check_child(child);
    CHECK(lab_wait_for_living(0));
}

static void both_wait(void)
{
    pid_t child;
    int ready[2], fd = habit_begin(AT_SLOW);
    char byte;
    CHECK(pipe(ready) == 0);
    if (fork_child(&child)) {
        habit_check_quiet(fd);
        CHECK(write(ready[1], "x", 1) == 1);
        CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
        CHECK(habit_error(fd) == 0 && habit_peer_error(fd) == 0);
        _exit(0);
    }
    CHECK(read(ready[0], &byte, 1) == 1);
    lab_answer(AT_SLOW, 0);
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    lab_check_child(child);
    habit_check_connects(fd, AT_SLOW);
}

/* In turn: each sees what the other one left. */
static void both_use_in_turn(void)
{
    pid_t child;
    char got[5];
    int turn[2], fd = habit_begin(AT_SLOW);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, turn) == 0);
    if (fork_child(&child)) {
        habit_check_connects(fd, AT_SLOW);
        lab_write(fd, "child", 5);
        CHECK(write(turn[1], "x", 1) == 1 && read(turn[1], got, 1) == 1);
        habit_check_echo(fd);
        _exit(0);
    }
    lab_answer(AT_SLOW, 0);
    CHECK(read(turn[0], got, 1) == 1);
    CHECK(habit_poll(fd, POLLIN, HABIT_BOUND_MS) == POLLIN);
    CHECK(fcntl(fd, F_SETFL, 0) == 0);
    lab_read(fd, got, 5);
    CHECK(memcmp(got, "child", 5) == 0);
    habit_check_connected(fd, AT_SLOW);
    CHECK(write(turn[0], "x", 1) == 1);
    lab_check_child(child);
    habit_check_connected(fd, AT_SLOW);
}

/* A fork that libc does not know of, in a process whose sockets are shared: the child ends. */
static void raw_fork(void)
{
    pid_t child;
    int fd = habit_begin(AT_SLOW);
    if (fork_child(&child))
        _exit(0);
    lab_check_child(child);
    child = (pid_t)syscall(SYS_fork);
    if (child == 0) {
        alarm(10);
        habit_check_connects(habit_begin(AT_OPEN), AT_OPEN);
        _exit(0);
    }
    lab_check_child(child);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
}

static void refusal_in_the_child(void)
{
    pid_t child;
    int fd = habit_begin(AT_REFUSING);
    if (fork_child(&child)) {
        lab_answer(AT_REFUSING, 50);
        habit_check_fails(fd, ECONNREFUSED);
        _exit(0);
    }
    lab_check_child(child);
    habit_wait(fd);
    CHECK(habit_error(fd) == 0); /* the child has it */
    CHECK(habit_peer_error(fd) == ENOTCONN);
}

static void refusal_in_the_parent(void)
{
    pid_t child;
    int fd = habit_begin(AT_REFUSING);
    if (fork_child(&child))
        _exit(0);
    lab_check_child(child);
    lab_answer(AT_REFUSING, 0);
    habit_check_fails(fd, ECONNREFUSED);
}

/* The child has connects of its own, while the parent's go on. */
static void child_connects_too(void)
{
    pid_t child;
    int fd = habit_begin(AT_SLOW);
    if (fork_child(&child)) {
        int own = habit_begin(AT_SLOW_TOO);
        habit_check_quiet(own);
        lab_answer(AT_SLOW_TOO, 0);
        habit_check_connects(own, AT_SLOW_TOO);
        int blocking = habit_blocking();
        CHECK(habit_connect(blocking, AT_OPEN) == 0);
        habit_check_connected(blocking, AT_OPEN);
        CHECK(close(fd) == 0 && close(own) == 0);
        _exit(0);
    }
    lab_check_child(child);
    habit_check_quiet(fd);
    int another = habit_begin(AT_OPEN);
    habit_check_connects(another, AT_OPEN);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
}

static void child_closes_everything(void)
{
    pid_t child;
    int fd = habit_begin(AT_SLOW);
    if (fork_child(&child)) {
        closefrom(3);
        int own = habit_begin(AT_OPEN);
        CHECK(own == 3);
        habit_check_connects(own, AT_OPEN);
        _exit(0);
    }
    lab_check_child(child);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
}

/* Parents and children in a row, each with a connect that the next one inherits. */
static void generations(void)
{
    int first = habit_begin(AT_SLOW), second;
    pid_t child;
    if (fork_child(&child)) {
        pid_t grandchild;
        second = habit_begin(AT_SLOW_TOO);
        if (fork_child(&grandchild)) {
            CHECK(habit_poll(first, POLLOUT, 0) == 0 && habit_poll(second, POLLOUT, 0) == 0);
            lab_answer(AT_SLOW_TOO, 0);
            habit_check_connects(second, AT_SLOW_TOO);
            _exit(0);
        }
        lab_check_child(grandchild);
        habit_check_connects(second, AT_SLOW_TOO);
        _exit(0);
    }
    lab_check_child(child);
    habit_check_quiet(first);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(first, AT_SLOW);
}

/* What is left, once all of them are gone: nothing. */
static void nothing_is_left(void)
{
    pid_t child;
    int fd = habit_begin(AT_OPEN);
    habit_check_connects(fd, AT_OPEN);
    CHECK(close(fd) == 0);
    int descriptors = habit_count_descriptors(), threads = habit_count_threads();
    fd = habit_begin(AT_SILENT);
    if (fork_child(&child)) {
        CHECK(close(fd) == 0);
        _exit(0);
    }
    lab_check_child(child);
    CHECK(close(fd) == 0 && lab_wait_for_living(0));
    habit_check_counts(descriptors, threads);
}

LAB(CASE(child_closes), CASE(child_exits), CASE(child_is_killed), CASE(child_uses),
    CASE(child_uses_and_parent_closes), CASE(both_wait), CASE(both_use_in_turn), CASE(raw_fork),
    DIFFERS(refusal_in_the_child), CASE(refusal_in_the_parent), CASE(child_connects_too),
    CASE(child_closes_everything), CASE(generations), CASE(nothing_is_left), AT_UNIX(child_uses),
    AT_UNIX(both_use_in_turn))
