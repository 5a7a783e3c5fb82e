/* A program that leaves a blocking connect by a jump out of a handler or by a cancelled thread, and
 * one whose handlers use sockets: nothing is left locked. */
#include "tests/preload/habit_signals.h"

#include <pthread.h>
#include <setjmp.h>

static sigjmp_buf back;

/* Not at once: the connect may not have begun. */
static void jump(int number)
{
    enum { LATE = 5 };
    (void)number;
    habit_alarms = habit_alarms + 1;
    if (habit_alarms >= LATE)
        siglongjmp(back, 1);
}

static void *connect_and_check(void *unused)
{
    int fd = habit_blocking();
    CHECK(habit_connect(fd, AT_OPEN) == 0);
    habit_check_connected(fd, AT_OPEN);
    CHECK(close(fd) == 0);
    fd = habit_begin(AT_OPEN);
    habit_check_connects(fd, AT_OPEN);
    CHECK(close(fd) == 0);
    return unused;
}

static int jump_out(enum lab_place place)
{
    static volatile int fd;
    fd = habit_blocking();
    habit_handle(SIGALRM, jump, SA_RESTART);
    if (sigsetjmp(back, 1) == 0) {
        habit_set_timer(20);
        (void)!habit_connect(fd, place);
        CHECK(!"comes back");
    }
    habit_set_timer(0);
    return fd;
}

/* Nothing is locked; and the connect goes on. */
static void jumps_out(void)
{
    pthread_t thread;
    int fd = jump_out(AT_SLOW);
    CHECK(pthread_create(&thread, NULL, connect_and_check, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    connect_and_check(NULL);
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        connect_and_check(NULL);
        _exit(0);
    }
    lab_check_child(child);
    habit_check_quiet(fd);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
}

static void jumps_out_and_connects_again(void)
{
    int fd = jump_out(AT_SLOW);
    lab_answer(AT_SLOW, 50);
    CHECK(habit_connect(fd, AT_OPEN) == 0);
    habit_check_connected(fd, AT_SLOW);
}

static void jumps_out_and_closes(void)
{
    connect_and_check(NULL);
    CHECK(lab_wait_for_living(0));
    int descriptors = habit_count_descriptors(), threads = habit_count_threads();
    CHECK(close(jump_out(AT_SILENT)) == 0);
    CHECK(lab_wait_for_living(0));
    habit_check_counts(descriptors, threads);
    connect_and_check(NULL);
}

static _Atomic int slow; /* the thread */

static void *connect_slowly(void *context)
{
    slow = gettid();
    (void)!habit_connect(*(int *)context, AT_SLOW);
    return NULL;
}

static void thread_is_cancelled(void)
{
    pthread_t thread;
    void *result;
    int fd = habit_blocking();
    CHECK(pthread_create(&thread, NULL, connect_slowly, &fd) == 0);
    habit_wait_asleep(&slow);
    CHECK(pthread_cancel(thread) == 0);
    CHECK(pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED);
    connect_and_check(NULL);
    habit_check_quiet(fd);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
}

/* Cancelled before it begins: it does not begin. */
static void *cancel_and_connect(void *context)
{
    CHECK(pthread_cancel(pthread_self()) == 0);
    (void)!habit_connect(*(int *)context, AT_OPEN);
    return NULL;
}

static void thread_is_cancelled_before(void)
{
    pthread_t thread;
    void *result;
    int fd = habit_blocking();
    CHECK(pthread_create(&thread, NULL, cancel_and_connect, &fd) == 0);
    CHECK(pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED);
    CHECK(habit_peer_error(fd) == ENOTCONN);
    connect_and_check(NULL);
}

static int watched = -1;
static volatile sig_atomic_t seen;

/* Asks for the socket whose connect it interrupted, and begins another one. */
static void ask_and_begin(int number)
{
    int before = errno;
    (void)number;
    if (seen == 0 && habit_peer_error(watched) == ENOTCONN)
        seen = habit_begin(AT_OPEN);
    errno = before;
}

static void handler_begins_another(void)
{
    watched = habit_blocking();
    connect_and_check(NULL); /* the configuration is read: malloc is no handler's business */
    habit_handle(SIGALRM, ask_and_begin, SA_RESTART);
    habit_set_timer(20);
    lab_answer(AT_SLOW, 200);
    CHECK(habit_connect(watched, AT_SLOW) == 0);
    habit_set_timer(0);
    habit_check_connected(watched, AT_SLOW);
    CHECK(seen > 0);
    habit_check_connects(seen, AT_OPEN);
}

static void close_watched(int number)
{
    (void)number;
    if (watched >= 0)
        seen = close(watched) + 1;
    watched = -1;
}

/* The kernel's call keeps the socket until it is over. */
static void handler_closes(void)
{
    int fd = watched = habit_blocking();
    habit_handle(SIGALRM, close_watched, 0);
    habit_set_timer(150);
    CHECK(habit_connect(fd, AT_SILENT) == EINTR);
    habit_set_timer(0);
    CHECK(seen == 1 && fcntl(fd, F_GETFD) == -1 && errno == EBADF);
    CHECK(lab_wait_for_living(0));
    connect_and_check(NULL);
}

LAB(CASE(jumps_out), CASE(jumps_out_and_connects_again), CASE(jumps_out_and_closes),
    CASE(thread_is_cancelled), CASE(thread_is_cancelled_before), CASE(handler_begins_another),
    CASE(handler_closes), AT_UNIX(jumps_out))
