/* A program whose forwarded Unix sockets have several numbers, holders or threads while they connect. */
#include "tests/preload/habit_unix.h"

#include <pthread.h>
#include <signal.h>

#include "tests/preload/lab_handing.h"

enum { CHILD_LIMIT_S = 20 };

/* ---- numbers ---------------------------------------------------------------------------------- */

static void doubled_before(void)
{
    unix_forward(AT_SLOW);
    int fd = unix_socket(SOCK_NONBLOCK), twin = dup(fd);
    CHECK(unix_connect(fd, unix_at(AT_SLOW)) == EINPROGRESS);
    habit_check_quiet(twin);
    CHECK(close(fd) == 0);
    lab_answer(AT_SLOW, 0);
    unix_check_connects(twin, AT_SLOW);
}

static void doubled_meanwhile(void)
{
    unix_forward(AT_SLOW);
    int fd = unix_begin(AT_SLOW), twin = dup(fd);
    lab_answer(AT_SLOW, 0);
    unix_check_connects(twin, AT_SLOW);
    unix_check_connected(fd, AT_SLOW);
}

static void doubled_before_a_blocking_one(void)
{
    unix_forward(AT_OPEN);
    int fd = unix_socket(0), twin = dup(fd);
    CHECK(unix_connect(fd, unix_at(AT_OPEN)) == 0);
    CHECK(close(fd) == 0);
    unix_check_connected(twin, AT_OPEN);
}

/* ---- processes -------------------------------------------------------------------------------- */

static void forked_meanwhile(void)
{
    unix_forward(AT_SLOW);
    int fd = unix_begin(AT_SLOW);
    pid_t child = fork();
    if (child == 0) {
        alarm(CHILD_LIMIT_S);
        habit_check_quiet(fd);
        lab_answer(AT_SLOW, 0);
        unix_check_connects(fd, AT_SLOW);
        CHECK(unix_option(fd, SOL_SOCKET, SO_DOMAIN) == AF_UNIX);
        _exit(0);
    }
    lab_check_child(child);
    unix_check_connects(fd, AT_SLOW);
}

static void forked_and_refused(void)
{
    unix_forward(AT_REFUSING);
    int fd = unix_begin(AT_REFUSING);
    pid_t child = fork();
    if (child == 0) {
        alarm(CHILD_LIMIT_S);
        lab_answer(AT_REFUSING, 0);
        habit_wait(fd);
        CHECK(habit_error(fd) == ECONNREFUSED);
        _exit(0);
    }
    lab_check_child(child);
    habit_wait(fd);
    CHECK(habit_error(fd) == ECONNREFUSED);
}

static void executes(const char *what, int fd)
{
    char number[16];
    snprintf(number, sizeof number, "%d", fd);
    execl(lab_self(), lab_self(), "--case", what, number, (char *)NULL);
    CHECK(!"exec");
}

static void executed_meanwhile(void)
{
    unix_forward(AT_SLOW);
    executes("connects_inside", unix_begin(AT_SLOW));
}

static void connects_inside(void)
{
    int fd = atoi(lab_argument());
    habit_check_quiet(fd);
    lab_answer(AT_SLOW, 0);
    unix_check_connects(fd, AT_SLOW);
    CHECK(unix_option(fd, SOL_SOCKET, SO_DOMAIN) == AF_UNIX);
}

static void executed_afterwards(void)
{
    unix_forward(AT_OPEN);
    int fd = unix_socket(0);
    CHECK(unix_connect(fd, unix_at(AT_OPEN)) == 0);
    executes("is_connected_inside", fd);
}

static void is_connected_inside(void)
{
    int fd = atoi(lab_argument());
    unix_check_connected(fd, AT_OPEN);
    CHECK(unix_option(fd, SOL_SOCKET, SO_DOMAIN) == AF_UNIX);
}

/* ---- descriptor passing ------------------------------------------------------------------------- */

/* Who gets it knows of a relay what it stands for; of a plain connection the kernel tells the proxy. */
static void handed_over(void)
{
    int pair[2];
    unix_forward(AT_SLOW);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    pid_t child = fork();
    if (child == 0) {
        alarm(CHILD_LIMIT_S);
        int got = lab_take_descriptor(pair[1]);
        habit_check_quiet(got);
        lab_answer(AT_SLOW, 0);
        CHECK(habit_poll(got, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
        unix_check_connected(got, AT_SLOW);
        CHECK(unix_option(got, SOL_SOCKET, SO_DOMAIN) == AF_UNIX);
        CHECK(unix_option(got, IPPROTO_TCP, TCP_NODELAY) == -EOPNOTSUPP);
        _exit(0);
    }
    int fd = unix_begin(AT_SLOW);
    lab_send_descriptor(pair[0], fd);
    lab_check_child(child);
    unix_check_connects(fd, AT_SLOW);
}

/* ---- threads and signals ------------------------------------------------------------------------ */

static _Atomic int sleeper;
static int shared;

static void *writes(void *unused)
{
    sleeper = gettid();
    lab_write(shared, "hello", 5);
    return unused;
}

/* Who writes while it connects sleeps until then. */
static void thread_writes_meanwhile(void)
{
    pthread_t thread;
    char back[5];
    unix_forward(AT_SLOW);
    shared = unix_begin(AT_SLOW);
    CHECK(fcntl(shared, F_SETFL, 0) == 0);
    CHECK(pthread_create(&thread, NULL, writes, NULL) == 0);
    habit_wait_asleep(&sleeper);
    lab_answer(AT_SLOW, 0);
    CHECK(pthread_join(thread, NULL) == 0);
    lab_read(shared, back, sizeof back);
    CHECK(memcmp(back, "hello", sizeof back) == 0);
    unix_check_peer(shared, unix_at(AT_SLOW));
}

static void ring(int number)
{
    (void)number;
}

/* A handler without SA_RESTART ends a blocking connect(), which goes on. */
static void interrupted(enum lab_place place)
{
    struct sigaction action = { .sa_handler = ring };
    unix_forward(place);
    CHECK(sigaction(SIGALRM, &action, NULL) == 0);
    int fd = unix_socket(0);
    ualarm(HABIT_QUIET_MS * 1000, HABIT_QUIET_MS * 1000); /* again, if it came too early */
    CHECK(unix_connect(fd, unix_at(place)) == EINTR);
    ualarm(0, 0);
    habit_check_quiet(fd);
    lab_answer(place, 0);
    if (place == AT_SLOW)
        unix_check_connects(fd, place);
    else
        habit_check_fails(fd, ECONNREFUSED);
}

static void interrupted_and_connected(void)
{
    interrupted(AT_SLOW);
}

static void interrupted_and_refused(void)
{
    interrupted(AT_REFUSING);
}

enum { CROWD = 24 };

static void *connects(void *unused)
{
    int fd = unix_socket(SOCK_NONBLOCK);
    CHECK(unix_connect(fd, "/run/lab-1.sock") == EINPROGRESS);
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    habit_check_echo(fd);
    CHECK(close(fd) == 0);
    return unused;
}

static void crowd(void)
{
    pthread_t threads[CROWD];
    unix_forward(AT_OPEN);
    for (int i = 0; i < CROWD; i++)
        CHECK(pthread_create(&threads[i], NULL, connects, NULL) == 0);
    for (int i = 0; i < CROWD; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
}

#define UNIX(name)                                      \
    {                                                   \
#name, LAB_PLACES_SHIM, 0, name, NULL, LAB_ADDS \
    }

LAB(UNIX(doubled_before), UNIX(doubled_meanwhile), UNIX(doubled_before_a_blocking_one),
    UNIX(forked_meanwhile), UNIX(forked_and_refused), UNIX(executed_meanwhile),
    INNER(connects_inside), UNIX(executed_afterwards), INNER(is_connected_inside),
    UNIX(handed_over), UNIX(thread_writes_meanwhile), UNIX(interrupted_and_connected),
    UNIX(interrupted_and_refused), UNIX(crowd))
