/* A program that starts others, becomes another, exits or hands its socket to another process while
 * it connects. */
#include "tests/preload/habit.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

enum { CHILD_LIMIT_S = 20 };

/* ---- what is executed: standard input is a socket of the starter's ---------------------------- */

static void inner_finishes(void)
{
    alarm(CHILD_LIMIT_S);
    habit_check_quiet(STDIN_FILENO);
    CHECK(habit_connect(STDIN_FILENO, AT_SLOW) == EALREADY);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(STDIN_FILENO, AT_SLOW);
}

static void inner_is_refused(void)
{
    alarm(CHILD_LIMIT_S);
    CHECK(habit_poll(STDIN_FILENO, POLLIN | POLLOUT, 0) == 0);
    lab_answer(AT_REFUSING, 0);
    habit_check_fails(STDIN_FILENO, ECONNREFUSED);
}

static void inner_connects(void)
{
    alarm(CHILD_LIMIT_S);
    int fd = habit_begin(AT_OPEN);
    habit_check_connects(fd, AT_OPEN);
}

/* As before, once the starter's connect has ended. */
static void inner_connects_alone(void)
{
    CHECK(lab_wait_for_living(0));
    inner_connects();
}

/* Nothing of the starter's is in it but the standard streams. */
static void inner_has_nothing(void)
{
    CHECK(habit_count_descriptors() == 3);
}

static char **arguments(const char *name)
{
    static char option[] = "--case", word[64];
    static char *list[] = { NULL, option, word, NULL };
    list[0] = (char *)(size_t)lab_self();
    snprintf(word, sizeof word, "%s", name);
    return list;
}

static _Noreturn void become(const char *name)
{
    char **list = arguments(name);
    execv(list[0], list);
    lab_fail(__FILE__, __LINE__, "exec");
}

static int begin_at_stdin(enum lab_place place)
{
    int fd = habit_begin(place);
    CHECK(dup2(fd, STDIN_FILENO) == STDIN_FILENO && close(fd) == 0);
    return STDIN_FILENO;
}

/* ---- another program beside it ---------------------------------------------------------------- */

static void finish(int fd)
{
    habit_check_quiet(fd);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
}

static void spawned_beside(void)
{
    pid_t child = -1;
    int fd = habit_begin(AT_SLOW);
    CHECK(posix_spawn(&child, lab_self(), NULL, NULL, arguments("inner_connects"), environ) == 0);
    lab_check_child(child);
    finish(fd);
}

static void vforked_beside(void)
{
    int fd = habit_begin(AT_SLOW);
    char **list = arguments("inner_connects");
    pid_t child = vfork();
    if (child == 0) {
        execv(list[0], list);
        _exit(99);
    }
    lab_check_child(child);
    finish(fd);
}

/* As before, and the child closes its number first. */
static void vforked_and_closed(void)
{
    int fd = habit_begin(AT_SLOW);
    char **list = arguments("inner_connects");
    pid_t child = vfork();
    if (child == 0) {
        close(fd);
        execv(list[0], list);
        _exit(99);
    }
    lab_check_child(child);
    finish(fd);
}

static void vfork_fails_to_exec(void)
{
    int fd = habit_begin(AT_SLOW), status;
    pid_t child = vfork();
    if (child == 0) {
        execl("/nonexistent/program", "program", (char *)NULL);
        _exit(7);
    }
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 7);
    finish(fd);
}

static void shell_beside(void)
{
    int fd = habit_begin(AT_SLOW);
    CHECK(system("exit 3") == 3 << 8);
    FILE *stream = popen("echo word", "r");
    char line[16];
    CHECK(stream != NULL && fgets(line, sizeof line, stream) != NULL && pclose(stream) == 0);
    CHECK(strcmp(line, "word\n") == 0);
    finish(fd);
}

/* What the program did not mark is inherited, and what is ours is not. */
static void nothing_is_inherited(void)
{
    pid_t child = -1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    CHECK(close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) == 0);
    CHECK(habit_connect(fd, AT_SLOW) == EINPROGRESS);
    CHECK(posix_spawn(&child, lab_self(), NULL, NULL, arguments("inner_has_nothing"), environ) ==
          0);
    lab_check_child(child);
    finish(fd);
}

/* ---- another program with the socket ---------------------------------------------------------- */

static void spawned_with_it(void)
{
    posix_spawn_file_actions_t actions;
    pid_t child = -1;
    int fd = habit_begin(AT_SLOW);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
    CHECK(posix_spawn(&child, lab_self(), &actions, NULL, arguments("inner_finishes"), environ) ==
          0);
    posix_spawn_file_actions_destroy(&actions);
    lab_check_child(child);
    habit_check_connects(fd, AT_SLOW);
}

/* inetd's way: the starter keeps nothing. */
static void forked_with_it(void)
{
    int fd = begin_at_stdin(AT_SLOW);
    pid_t child = fork();
    if (child == 0)
        become("inner_finishes");
    CHECK(close(fd) == 0);
    lab_check_child(child);
}

static void refused_with_it(void)
{
    begin_at_stdin(AT_REFUSING);
    pid_t child = fork();
    if (child == 0)
        become("inner_is_refused");
    lab_check_child(child);
}

static void becomes_another(void)
{
    begin_at_stdin(AT_SLOW);
    become("inner_finishes");
}

static void becomes_another_and_is_refused(void)
{
    begin_at_stdin(AT_REFUSING);
    become("inner_is_refused");
}

/* The socket is closed by exec, and with it the connect ends. */
static void becomes_another_without_it(void)
{
    int fd = habit_begin(AT_SILENT);
    CHECK(fcntl(fd, F_SETFD, FD_CLOEXEC) == 0);
    become("inner_connects_alone");
}

static void exec_fails(void)
{
    int fd = habit_begin(AT_SLOW);
    CHECK(execl("/nonexistent/program", "program", (char *)NULL) == -1 && errno == ENOENT);
    finish(fd);
}

/* ---- exit ------------------------------------------------------------------------------------- */

static void exit_with(void (*end)(int))
{
    pid_t child = fork();
    if (child == 0) {
        alarm(CHILD_LIMIT_S);
        for (int i = 0; i < 100; i++)
            habit_begin(i % 3 == 0 ? AT_SILENT : i % 3 == 1 ? AT_OPEN : AT_SLOW);
        lab_answer(AT_SLOW, 0);
        end(0);
    }
    lab_check_child(child);
    CHECK(lab_wait_for_living(0));
}

static void exits(void)
{
    exit_with(exit);
}

static void exits_without_handlers(void)
{
    exit_with(_exit);
}

static void exits_quickly(void)
{
    exit_with(quick_exit);
}

static void dies(int number)
{
    (void)number;
    kill(getpid(), SIGKILL);
}

static void is_killed(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        habit_begin(AT_SILENT);
        dies(0);
    }
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
    CHECK(lab_wait_for_living(0));
}

/* ---- the socket is handed over ---------------------------------------------------------------- */

static void send_descriptor(int over, int fd)
{
    union {
        char room[CMSG_SPACE(sizeof(int))];
        struct cmsghdr head;
    } control = { { 0 } };
    struct iovec byte = { (char[]){ "x" }, 1 };
    struct msghdr message = { .msg_iov = &byte,
                              .msg_iovlen = 1,
                              .msg_control = control.room,
                              .msg_controllen = sizeof control.room };
    control.head = (struct cmsghdr){ CMSG_LEN(sizeof fd), SOL_SOCKET, SCM_RIGHTS };
    memcpy(CMSG_DATA(&control.head), &fd, sizeof fd);
    CHECK(sendmsg(over, &message, 0) == 1);
}

static int take_descriptor(int over)
{
    union {
        char room[CMSG_SPACE(sizeof(int))];
        struct cmsghdr head;
    } control;
    int fd = -1;
    char byte;
    struct iovec into = { &byte, 1 };
    struct msghdr message = { .msg_iov = &into,
                              .msg_iovlen = 1,
                              .msg_control = control.room,
                              .msg_controllen = sizeof control.room };
    CHECK(recvmsg(over, &message, 0) == 1 && CMSG_FIRSTHDR(&message) != NULL);
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
    return fd;
}

/* The child was there before the socket. */
static void handed_over(enum lab_place place, bool keeps)
{
    int pair[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    pid_t child = fork();
    if (child == 0) {
        alarm(CHILD_LIMIT_S);
        int got = take_descriptor(pair[1]);
        CHECK(habit_poll(got, POLLIN | POLLOUT, HABIT_QUIET_MS) == 0);
        lab_answer(place, 0);
        habit_wait(got);
        if (place == AT_SLOW)
            habit_check_echo(got);
        else
            CHECK(habit_error(got) == ECONNREFUSED);
        _exit(0);
    }
    int fd = habit_begin(place);
    send_descriptor(pair[0], fd);
    if (!keeps)
        CHECK(close(fd) == 0);
    lab_check_child(child);
    if (keeps && place == AT_SLOW)
        habit_check_connects(fd, place);
}

static void handed_over_and_kept(void)
{
    handed_over(AT_SLOW, true);
}

static void handed_over_and_closed(void)
{
    handed_over(AT_SLOW, false);
}

static void handed_over_and_refused(void)
{
    handed_over(AT_REFUSING, true);
}

static void handed_over_to_itself(void)
{
    int pair[2], fd = habit_begin(AT_SLOW);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    send_descriptor(pair[0], fd);
    CHECK(close(fd) == 0);
    int got = take_descriptor(pair[1]);
    finish(got);
}

#define CASE(name)                 \
    {                              \
#name, LAB_PLACES, 0, name \
    }
#define INNER(name)               \
    {                             \
#name, LAB_INNER, 0, name \
    }
#define AT_UNIX(name)                                     \
    {                                                     \
#name "_at_unix_socket", LAB_PLACES_UNIX, 0, name \
    }
LAB(INNER(inner_finishes), INNER(inner_is_refused), INNER(inner_connects),
    INNER(inner_connects_alone), INNER(inner_has_nothing), CASE(spawned_beside),
    CASE(vforked_beside), CASE(vforked_and_closed), CASE(vfork_fails_to_exec), CASE(shell_beside),
    CASE(nothing_is_inherited), CASE(spawned_with_it), CASE(forked_with_it), CASE(refused_with_it),
    CASE(becomes_another), CASE(becomes_another_and_is_refused), CASE(becomes_another_without_it),
    CASE(exec_fails), CASE(exits), CASE(exits_without_handlers), CASE(exits_quickly),
    CASE(is_killed), CASE(handed_over_and_kept), CASE(handed_over_and_closed),
    CASE(handed_over_and_refused), CASE(handed_over_to_itself), AT_UNIX(spawned_with_it),
    AT_UNIX(becomes_another), AT_UNIX(handed_over_and_kept))
