/* A program that becomes a daemon while it connects. */
#include "tests/preload/habit.h"

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

/* The parent of the daemon exits while the connect goes on; the verdict comes by a pipe. */
static void check_daemon(void (*leave)(void), enum lab_place place, int error)
{
    int verdict[2];
    char byte;
    pid_t child;
    CHECK(pipe(verdict) == 0);
    if (fork_child(&child)) {
        pid_t daemon_child;
        int fd = habit_begin(place);
        if (!fork_child(&daemon_child))
            leave();
        setsid();
        while (getppid() == child) /* its parent is gone */
            lab_pause_ms(1);
        if (error == 0)
            habit_check_quiet(fd);
        lab_answer(place, 0);
        if (error == 0)
            habit_check_connects(fd, place);
        else
            habit_check_fails(fd, error);
        CHECK(write(verdict[1], "y", 1) == 1);
        _exit(0);
    }
    lab_check_child(child);
    CHECK(close(verdict[1]) == 0 && read(verdict[0], &byte, 1) == 1);
}

static void leave_by_exit(void)
{
    exit(0);
}

static void leave_by_underscore_exit(void)
{
    _exit(0);
}

static void daemon_after_exit(void)
{
    check_daemon(leave_by_exit, AT_SLOW, 0);
}

static void daemon_after_underscore_exit(void)
{
    check_daemon(leave_by_underscore_exit, AT_SLOW, 0);
}

static void daemon_is_refused(void)
{
    check_daemon(leave_by_exit, AT_REFUSING, ECONNREFUSED);
}

static void daemon_by_libc(void)
{
    int verdict[2];
    char byte;
    pid_t child;
    CHECK(pipe(verdict) == 0);
    if (fork_child(&child)) {
        int fd = habit_begin(AT_SLOW);
        CHECK(daemon(1, 1) == 0);
        alarm(CHILD_LIMIT_S);
        lab_answer(AT_SLOW, 50);
        habit_check_connects(fd, AT_SLOW);
        CHECK(write(verdict[1], "y", 1) == 1);
        _exit(0);
    }
    lab_check_child(child);
    CHECK(close(verdict[1]) == 0 && read(verdict[0], &byte, 1) == 1);
}

LAB(CASE(daemon_after_exit), CASE(daemon_after_underscore_exit), CASE(daemon_is_refused),
    CASE(daemon_by_libc), AT_UNIX(daemon_after_exit))
