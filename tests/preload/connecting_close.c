/* A program that closes what it connects, all it has, or puts something else in its place: nothing
 * stays behind, and nothing else is touched. */
#include "tests/preload/habit.h"

#include <pthread.h>

/* Descriptors and threads of the program that has connected before: what is kept is in it. */
static int descriptors, threads;

static void take_counts(void)
{
    int fd = habit_begin(AT_OPEN);
    habit_check_connects(fd, AT_OPEN);
    CHECK(close(fd) == 0 && lab_wait_for_living(0));
    descriptors = habit_count_descriptors();
    threads = habit_count_threads();
}

/* A thread that serves connects may live, once; descriptors may not. */
static void check_nothing_left(void)
{
    CHECK(lab_wait_for_living(0));
    habit_check_counts(descriptors, threads);
}

static void closed(void)
{
    take_counts();
    int fd = habit_begin(AT_SILENT);
    habit_check_quiet(fd);
    CHECK(close(fd) == 0);
    CHECK(close(fd) == -1 && errno == EBADF);
    check_nothing_left();
}

static void closed_at_once(void)
{
    take_counts();
    for (int i = 0; i < 50; i++)
        CHECK(close(habit_begin(i % 2 == 0 ? AT_SILENT : AT_OPEN)) == 0);
    check_nothing_left();
}

static void closed_after_success(void)
{
    take_counts();
    int fd = habit_begin(AT_SLOW);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
    CHECK(close(fd) == 0);
    check_nothing_left();
}

static void closed_after_failure(void)
{
    take_counts();
    int seen = habit_begin(AT_REFUSING), unseen = habit_begin(AT_REFUSING);
    lab_answer(AT_REFUSING, 0);
    habit_check_fails(seen, ECONNREFUSED);
    habit_wait(unseen);
    CHECK(close(seen) == 0 && close(unseen) == 0);
    check_nothing_left();
}

/* The answer and the close at the same time, in turn one before the other. */
static void closed_as_it_succeeds(void)
{
    take_counts();
    lab_answer(AT_SLOW, 0);
    for (int i = 0; i < 60; i++) {
        int fd = habit_begin(AT_SLOW);
        for (volatile int spin = 0; spin < i * 4000; spin++)
            continue;
        CHECK(close(fd) == 0);
    }
    check_nothing_left();
}

static void lingering_close(void)
{
    const struct linger linger = { 1, 1 };
    take_counts();
    int fd = habit_begin(AT_SILENT);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) == 0);
    CHECK(close(fd) == 0);
    check_nothing_left();
}

/* ---- something else in its place -------------------------------------------------------------- */

static void number_is_reused(void)
{
    char path[300];
    snprintf(path, sizeof path, "%s/file", lab_directory());
    take_counts();
    int fd = habit_begin(AT_SLOW);
    CHECK(close(fd) == 0);
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    CHECK(file == fd && write(file, "kept", 4) == 4);
    lab_answer(AT_SLOW, 0);
    int other = habit_begin(AT_SLOW_TOO);
    lab_answer(AT_SLOW_TOO, 50);
    habit_check_connects(other, AT_SLOW_TOO);
    CHECK(lseek(file, 0, SEEK_CUR) == 4 && fcntl(file, F_GETFD) == FD_CLOEXEC);
    CHECK(fcntl(file, F_GETFL) & O_RDWR && habit_peer_error(file) == ENOTSOCK);
    CHECK(close(file) == 0 && close(other) == 0);
    check_nothing_left();
}

static void number_is_reused_by_a_connect(void)
{
    take_counts();
    int fd = habit_begin(AT_SLOW);
    CHECK(close(fd) == 0);
    CHECK(habit_begin(AT_SLOW_TOO) == fd);
    lab_answer(AT_SLOW, 0);
    habit_check_quiet(fd);
    CHECK(habit_peer_error(fd) == ENOTCONN);
    lab_answer(AT_SLOW_TOO, 0);
    habit_check_connects(fd, AT_SLOW_TOO);
    CHECK(close(fd) == 0);
    check_nothing_left();
}

static void replaced(bool by_dup3)
{
    take_counts();
    int fd = habit_begin(AT_SLOW), file = open("/dev/null", O_RDWR);
    CHECK((by_dup3 ? dup3(file, fd, O_CLOEXEC) : dup2(file, fd)) == fd);
    CHECK(habit_peer_error(fd) == ENOTSOCK);
    CHECK(lab_wait_for_living(0));
    lab_answer(AT_SLOW, 0);
    int other = habit_begin(AT_OPEN);
    habit_check_connects(other, AT_OPEN);
    CHECK(write(fd, "x", 1) == 1 && fcntl(fd, F_GETFD) == (by_dup3 ? FD_CLOEXEC : 0));
    CHECK(close(fd) == 0 && close(file) == 0 && close(other) == 0);
    check_nothing_left();
}

static void replaced_by_dup2(void)
{
    replaced(false);
}

static void replaced_by_dup3(void)
{
    replaced(true);
}

static void replaced_by_another_connect(void)
{
    take_counts();
    int one = habit_begin(AT_SLOW), two = habit_begin(AT_SLOW_TOO);
    CHECK(dup2(two, one) == one);
    lab_answer(AT_SLOW, 0);
    habit_check_quiet(one);
    lab_answer(AT_SLOW_TOO, 0);
    habit_check_connects(one, AT_SLOW_TOO);
    habit_check_connects(two, AT_SLOW_TOO);
    CHECK(close(one) == 0 && close(two) == 0);
    check_nothing_left();
}

static void replaced_by_itself(void)
{
    int fd = habit_begin(AT_SLOW);
    CHECK(dup2(fd, fd) == fd);
    CHECK(dup3(fd, fd, 0) == -1 && errno == EINVAL);
    habit_check_quiet(fd);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
}

/* ---- everything is closed --------------------------------------------------------------------- */

enum way { BY_RANGE, BY_CLOSEFROM, ONE_BY_ONE };

static void close_all(enum way way)
{
    if (way == BY_RANGE)
        CHECK(close_range(3, ~0u, 0) == 0);
    else if (way == BY_CLOSEFROM)
        closefrom(3);
    for (int fd = 3; way == ONE_BY_ONE && fd < 1024; fd++)
        close(fd);
}

/* As daemons do, while connects go on; the next ones work. */
static void everything_is_closed(enum way way)
{
    int fds[3];
    take_counts();
    for (int i = 0; i < 3; i++)
        fds[i] = habit_begin(i == 0 ? AT_SLOW : AT_SILENT);
    close_all(way);
    for (int i = 0; i < 3; i++)
        CHECK(fcntl(fds[i], F_GETFD) == -1 && errno == EBADF);
    CHECK(lab_wait_for_living(0));
    int blocking = habit_blocking(), fd = habit_begin(AT_SLOW_TOO);
    CHECK(blocking == 3 && fd == 4);
    CHECK(habit_connect(blocking, AT_OPEN) == 0);
    habit_check_connected(blocking, AT_OPEN);
    habit_check_quiet(fd);
    lab_answer(AT_SLOW_TOO, 0);
    habit_check_connects(fd, AT_SLOW_TOO);
    close_all(way);
    CHECK(lab_wait_for_living(0));
    CHECK(habit_begin(AT_OPEN) == 3);
    habit_check_connects(3, AT_OPEN);
}

static void closed_by_range(void)
{
    everything_is_closed(BY_RANGE);
}

static void closed_by_closefrom(void)
{
    everything_is_closed(BY_CLOSEFROM);
}

static void closed_one_by_one(void)
{
    everything_is_closed(ONE_BY_ONE);
}

/* CLOSE_RANGE_CLOEXEC closes nothing now. */
static void marked_by_range(void)
{
    int fd = habit_begin(AT_SLOW);
    CHECK(close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) == 0);
    CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
    CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
}

/* ---- another thread's use --------------------------------------------------------------------- */

/* A poll that sleeps on a socket keeps it; closing its number wakes nobody. The connect ends. */
static void *poll_asleep(void *context)
{
    return (void *)(size_t)habit_poll(*(int *)context, POLLOUT, 300);
}

static void closed_under_a_sleeper(void)
{
    take_counts();
    int fd = habit_begin(AT_SILENT);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, poll_asleep, &fd) == 0);
    habit_check_quiet(fd);
    CHECK(close(fd) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    check_nothing_left();
}

#define CASE(name)                 \
    {                              \
#name, LAB_PLACES, 0, name \
    }
#define AT_UNIX(name)                                     \
    {                                                     \
#name "_at_unix_socket", LAB_PLACES_UNIX, 0, name \
    }
LAB(CASE(closed), CASE(closed_at_once), CASE(closed_after_success), CASE(closed_after_failure),
    CASE(closed_as_it_succeeds), CASE(lingering_close), CASE(number_is_reused),
    CASE(number_is_reused_by_a_connect), CASE(replaced_by_dup2), CASE(replaced_by_dup3),
    CASE(replaced_by_another_connect), CASE(replaced_by_itself), CASE(closed_by_range),
    CASE(closed_by_closefrom), CASE(closed_one_by_one), CASE(marked_by_range),
    CASE(closed_under_a_sleeper), AT_UNIX(closed), AT_UNIX(number_is_reused),
    AT_UNIX(closed_by_range), AT_UNIX(closed_at_once))
