/* Programs that end, become another or split right after writing: all of it arrives, and an end behind
 * it. What they do with one connection they do with several. */
#include "tests/preload/habit.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

enum { SOME = 1 << 19, CONNECTIONS = 4, CHILD_LIMIT_S = 20 };

static char bytes[SOME];

/* A connection that the laboratory knows of, since the case may end before anything has come. */
static int sink(void)
{
    static int count;
    int fd = habit_blocking();
    CHECK(habit_connect(fd, AT_SINK) == 0);
    CHECK(lab_wait_for_living(++count));
    return fd;
}

/* … with all of it written. */
static int written(void)
{
    int fd = sink();
    lab_write(fd, bytes, SOME);
    return fd;
}

static void quits_quickly(void)
{
    (void)written();
    quick_exit(0);
}

static void leaves_several_open(void)
{
    for (int i = 0; i < CONNECTIONS; i++)
        (void)written();
    exit(0);
}

static void becomes_another(void)
{
    int fd = written();
    CHECK(fcntl(fd, F_SETFD, FD_CLOEXEC) == 0);
    execl("/bin/true", "true", (char *)NULL);
    lab_fail(__FILE__, __LINE__, "exec");
}

static void becomes_another_that_has_it(void)
{
    (void)written();
    execl("/bin/true", "true", (char *)NULL);
    lab_fail(__FILE__, __LINE__, "exec");
}

/* It goes on as it was. */
static void cannot_become_another(void)
{
    int fd = habit_blocking();
    CHECK(habit_connect(fd, AT_OPEN) == 0);
    CHECK(execl("/nonexistent/program", "program", (char *)NULL) == -1 && errno == ENOENT);
    habit_check_connected(fd, AT_OPEN);
    CHECK(fcntl(fd, F_SETFD, FD_CLOEXEC) == 0);
    CHECK(execl("/nonexistent/program", "program", (char *)NULL) == -1 && errno == ENOENT);
    habit_check_connected(fd, AT_OPEN);
}

/* Who ends a job kills its process group: what has left it goes on writing. */
static void group_is_killed_behind_it(void)
{
    int gone[2];
    char byte;
    CHECK(pipe(gone) == 0);
    if (fork() == 0) {
        CHECK(setpgid(0, 0) == 0);
        pid_t group = getpid();
        int fd = sink();
        if (fork() == 0) {
            alarm(CHILD_LIMIT_S);
            close(gone[1]);
            CHECK(setsid() > 0 && read(gone[0], &byte, 1) == 0);
            (void)kill(-group, SIGKILL);
            lab_write(fd, bytes, SOME);
        }
        _exit(0);
    }
    close(gone[1]);
    CHECK(lab_wait_for_taken(SOME));
}

static void child_writes_and_ends(void)
{
    int fd = sink();
    pid_t child = fork();
    if (child == 0) {
        lab_write(fd, bytes, SOME);
        _exit(0);
    }
    CHECK(close(fd) == 0);
    lab_check_child(child);
}

/* Both have the connection, and both write. */
static void child_and_parent_write(void)
{
    int fd = sink();
    pid_t child = fork();
    lab_write(fd, bytes, SOME);
    if (child == 0)
        _exit(0);
    lab_check_child(child);
}

static void child_connects_too(void)
{
    int fd = habit_blocking();
    CHECK(habit_connect(fd, AT_OPEN) == 0);
    pid_t child = fork();
    if (child == 0) {
        alarm(CHILD_LIMIT_S);
        habit_check_connected(fd, AT_OPEN);
        int own = habit_begin(AT_OPEN);
        habit_check_connects(own, AT_OPEN);
        _exit(0);
    }
    lab_check_child(child);
    habit_check_connected(fd, AT_OPEN);
}

/* The child of a child goes on after both of its forebears. */
static void grandchild_goes_on(void)
{
    int gone[2], fd = sink();
    char byte;
    CHECK(pipe(gone) == 0);
    if (fork() == 0) {
        if (fork() == 0) {
            alarm(CHILD_LIMIT_S);
            close(gone[1]);
            CHECK(read(gone[0], &byte, 1) == 0);
            lab_write(fd, bytes, SOME);
            _exit(0);
        }
        _exit(0);
    }
    _exit(0);
}

static void spawns_beside(void)
{
    extern char **environ;
    char *arguments[] = { (char[]){ "true" }, NULL };
    pid_t child = -1;
    int fd = habit_blocking();
    CHECK(habit_connect(fd, AT_OPEN) == 0);
    CHECK(posix_spawn(&child, "/bin/true", NULL, NULL, arguments, environ) == 0);
    lab_check_child(child);
    habit_check_connected(fd, AT_OPEN);
}

static void becomes_a_daemon(void)
{
    int fd = sink();
    CHECK(daemon(1, 1) == 0);
    lab_write(fd, bytes, SOME);
    _exit(0);
}

LAB(TAKES(quits_quickly, SOME), TAKES(leaves_several_open, CONNECTIONS *SOME),
    TAKES(becomes_another, SOME), TAKES(becomes_another_that_has_it, SOME),
    CASE(cannot_become_another), CASE(group_is_killed_behind_it),
    TAKES(child_writes_and_ends, SOME), TAKES(child_and_parent_write, 2 * SOME),
    CASE(child_connects_too), TAKES(grandchild_goes_on, SOME), CASE(spawns_beside),
    TAKES(becomes_a_daemon, SOME))
