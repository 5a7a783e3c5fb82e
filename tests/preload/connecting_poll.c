/* A program that waits for its connect with poll, ppoll, select or pselect. */
#include "tests/preload/habit.h"

#include <pthread.h>
#include <signal.h>
#include <sys/select.h>

static void success(void)
{
    int fd = habit_begin(AT_SLOW);
    habit_check_quiet(fd);
    lab_answer(AT_SLOW, 0);
    CHECK(habit_poll(fd, POLLIN | POLLOUT | POLLRDHUP, HABIT_BOUND_MS) == POLLOUT);
    habit_check_connects(fd, AT_SLOW);
    CHECK(habit_poll(fd, POLLIN | POLLOUT | POLLRDHUP, 0) == POLLOUT);
}

static void success_at_once(void)
{
    habit_check_connects(habit_begin(AT_OPEN), AT_OPEN);
}

static void before_connect(void)
{
    int fd = habit_nonblocking();
    CHECK(habit_poll(fd, POLLIN | POLLOUT, 0) == (POLLOUT | POLLHUP));
    CHECK(habit_connect(fd, AT_SLOW) == EINPROGRESS);
    habit_check_quiet(fd);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
}

static void refusal(void)
{
    int fd = habit_begin(AT_REFUSING);
    habit_check_quiet(fd);
    lab_answer(AT_REFUSING, 0);
    habit_check_fails(fd, ECONNREFUSED);
}

/* All that there is to be seen, before and after the error was taken. */
static void refusal_bits(void)
{
    const int all = POLLIN | POLLOUT | POLLRDHUP;
    int fd = habit_begin(AT_REFUSING);
    lab_answer(AT_REFUSING, 0);
    habit_settle(fd);
    CHECK(habit_poll(fd, POLLOUT, 0) == (POLLOUT | POLLERR | POLLHUP));
    CHECK(habit_poll(fd, all, 0) == (all | POLLERR | POLLHUP));
    CHECK(habit_poll(fd, 0, 0) == (POLLERR | POLLHUP));
    CHECK(habit_error(fd) == ECONNREFUSED);
    CHECK(habit_poll(fd, all, 0) == (all | POLLHUP));
    CHECK(habit_poll(fd, 0, 0) == POLLHUP);
}

/* No POLLOUT without being asked; POLLERR and POLLHUP always. */
static void refusal_wakes_readers(void)
{
    int fd = habit_begin(AT_REFUSING);
    lab_answer(AT_REFUSING, 20);
    CHECK(habit_poll(fd, POLLIN, HABIT_BOUND_MS) != 0);
    CHECK(habit_error(fd) == ECONNREFUSED);
}

/* A reader sleeps through the success, until there are bytes. */
static void reader_sleeps_on(void)
{
    int fd = habit_begin(AT_SLOW);
    lab_answer(AT_SLOW, 0);
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    CHECK(habit_poll(fd, POLLIN, HABIT_QUIET_MS) == 0);
    habit_check_connected(fd, AT_SLOW);
}

static void early_bytes(void)
{
    char got[11];
    int fd = habit_begin(AT_SLOW_GREETING);
    CHECK(habit_poll(fd, POLLIN, HABIT_QUIET_MS) == 0);
    lab_answer(AT_SLOW_GREETING, 0);
    CHECK(habit_poll(fd, POLLIN, HABIT_BOUND_MS) == POLLIN);
    lab_read(fd, got, sizeof got);
    CHECK(memcmp(got, "220 early\r\n", 11) == 0);
    habit_check_connects(fd, AT_SLOW_GREETING);
}

static void target_ends(void)
{
    int fd = habit_begin(AT_SLOW_CLOSING);
    lab_answer(AT_SLOW_CLOSING, 0);
    CHECK(habit_poll(fd, POLLRDHUP, HABIT_BOUND_MS) == POLLRDHUP);
    CHECK(habit_poll(fd, POLLIN | POLLOUT | POLLRDHUP, 0) == (POLLIN | POLLOUT | POLLRDHUP));
    habit_check_ends_with(fd, "bye\r\n");
    CHECK(send(fd, "x", 1, 0) == 1);
    CHECK(shutdown(fd, SHUT_WR) == 0);
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == (POLLOUT | POLLHUP));
}

static void target_resets(void)
{
    char byte;
    int fd = habit_begin(AT_RESETTING);
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    CHECK(send(fd, "x", 1, 0) == 1);
    habit_settle(fd);
    CHECK(habit_poll(fd, POLLIN, 0) == (POLLIN | POLLERR | POLLHUP));
    CHECK(recv(fd, &byte, 1, 0) == -1 && errno == ECONNRESET);
    CHECK(recv(fd, &byte, 1, 0) == 0);
}

static void several_at_once(void)
{
    struct pollfd all[4] = {
        { habit_begin(AT_SLOW), POLLOUT, 0 },
        { habit_begin(AT_REFUSING), POLLOUT, 0 },
        { habit_begin(AT_SILENT), POLLOUT, 0 },
        { habit_begin(AT_SLOW_TOO), POLLOUT, 0 },
    };
    CHECK(poll(all, 4, HABIT_QUIET_MS) == 0);
    lab_answer(AT_SLOW_TOO, 0);
    CHECK(poll(all, 4, HABIT_BOUND_MS) == 1 && all[3].revents == POLLOUT);
    all[3].fd = -1;
    lab_answer(AT_REFUSING, 0);
    CHECK(poll(all, 4, HABIT_BOUND_MS) == 1 && all[1].revents != 0);
    CHECK(habit_error(all[1].fd) == ECONNREFUSED);
    all[1].fd = -1;
    lab_answer(AT_SLOW, 0);
    CHECK(poll(all, 4, HABIT_BOUND_MS) == 1 && all[0].revents == POLLOUT);
    habit_check_connected(all[0].fd, AT_SLOW);
    habit_check_quiet(all[2].fd);
}

static void the_same_twice(void)
{
    int fd = habit_begin(AT_SLOW);
    struct pollfd both[2] = { { fd, POLLIN, 0 }, { fd, POLLOUT, 0 } };
    CHECK(poll(both, 2, HABIT_QUIET_MS) == 0);
    lab_answer(AT_SLOW, 0);
    CHECK(poll(both, 2, HABIT_BOUND_MS) == 1 && both[0].revents == 0 && both[1].revents == POLLOUT);
}

static void with_ppoll(void)
{
    const struct timespec quiet = { 0, HABIT_QUIET_MS * 1000000L }, bound = { 10, 0 };
    struct pollfd one = { habit_begin(AT_SLOW), POLLOUT, 0 };
    sigset_t none;
    sigemptyset(&none);
    CHECK(ppoll(&one, 1, &quiet, &none) == 0);
    lab_answer(AT_SLOW, 0);
    CHECK(ppoll(&one, 1, &bound, &none) == 1 && one.revents == POLLOUT);
    habit_check_connects(one.fd, AT_SLOW);
}

/* ---- select --------------------------------------------------------------------------------- */

struct sets {
    fd_set in, out, except;
};

static int wait_select(int fd, struct sets *sets, int ms)
{
    struct timeval time = { ms / 1000, ms % 1000 * 1000 };
    FD_ZERO(&sets->in);
    FD_ZERO(&sets->out);
    FD_ZERO(&sets->except);
    FD_SET(fd, &sets->in);
    FD_SET(fd, &sets->out);
    FD_SET(fd, &sets->except);
    return select(fd + 1, &sets->in, &sets->out, &sets->except, &time);
}

static void select_success(void)
{
    struct sets sets;
    int fd = habit_begin(AT_SLOW);
    CHECK(wait_select(fd, &sets, HABIT_QUIET_MS) == 0);
    lab_answer(AT_SLOW, 0);
    CHECK(wait_select(fd, &sets, HABIT_BOUND_MS) == 1);
    CHECK(FD_ISSET(fd, &sets.out) && !FD_ISSET(fd, &sets.in) && !FD_ISSET(fd, &sets.except));
    habit_check_connects(fd, AT_SLOW);
}

/* Readable and writable, as all of Unix has it. */
static void select_refusal(void)
{
    struct sets sets;
    int fd = habit_begin(AT_REFUSING);
    CHECK(wait_select(fd, &sets, HABIT_QUIET_MS) == 0);
    lab_answer(AT_REFUSING, 0);
    CHECK(wait_select(fd, &sets, HABIT_BOUND_MS) == 2);
    CHECK(FD_ISSET(fd, &sets.out) && FD_ISSET(fd, &sets.in) && !FD_ISSET(fd, &sets.except));
    CHECK(habit_error(fd) == ECONNREFUSED);
}

static void with_pselect(void)
{
    const struct timespec quiet = { 0, HABIT_QUIET_MS * 1000000L }, bound = { 10, 0 };
    int fd = habit_begin(AT_SLOW);
    sigset_t none;
    fd_set out;
    sigemptyset(&none);
    FD_ZERO(&out);
    FD_SET(fd, &out);
    CHECK(pselect(fd + 1, NULL, &out, NULL, &quiet, &none) == 0);
    lab_answer(AT_SLOW, 0);
    FD_SET(fd, &out);
    CHECK(pselect(fd + 1, NULL, &out, NULL, &bound, &none) == 1 && FD_ISSET(fd, &out));
    habit_check_connects(fd, AT_SLOW);
}

/* ---- sleepers in another thread --------------------------------------------------------------- */

static void *poll_asleep(void *context)
{
    return (void *)(size_t)habit_poll(*(int *)context, POLLOUT, HABIT_BOUND_MS);
}

static void *select_asleep(void *context)
{
    struct timeval bound = { 10, 0 };
    int fd = *(int *)context;
    fd_set out;
    FD_ZERO(&out);
    FD_SET(fd, &out);
    return (void *)(size_t)select(fd + 1, NULL, &out, NULL, &bound);
}

static size_t wake(void *(*asleep)(void *), enum lab_place place)
{
    int fd = habit_begin(place);
    pthread_t thread;
    void *result;
    CHECK(pthread_create(&thread, NULL, asleep, &fd) == 0);
    habit_check_quiet(fd); /* meanwhile it is asleep */
    CHECK(pthread_tryjoin_np(thread, &result) == EBUSY);
    lab_answer(place, 0);
    CHECK(pthread_join(thread, &result) == 0);
    return (size_t)result;
}

static void poll_sleeper(void)
{
    CHECK(wake(poll_asleep, AT_SLOW) == POLLOUT);
}

static void poll_sleeper_refused(void)
{
    CHECK(wake(poll_asleep, AT_REFUSING) != 0);
}

static void select_sleeper(void)
{
    CHECK(wake(select_asleep, AT_SLOW) == 1);
    CHECK(wake(select_asleep, AT_REFUSING) == 1);
}

/* Several threads at one socket: all wake. */
static void many_sleepers(void)
{
    int fd = habit_begin(AT_SLOW);
    pthread_t threads[6];
    void *result;
    for (size_t i = 0; i < 6; i++)
        CHECK(pthread_create(&threads[i], NULL, i % 2 == 0 ? poll_asleep : select_asleep, &fd) ==
              0);
    habit_check_quiet(fd);
    lab_answer(AT_SLOW, 0);
    for (size_t i = 0; i < 6; i++)
        CHECK(pthread_join(threads[i], &result) == 0 &&
              (size_t)result == (i % 2 == 0 ? POLLOUT : 1));
}

LAB({ "success", LAB_PLACES, 0, success, "198.51.100.6:80" },
    { "success_at_once", LAB_PLACES, 0, success_at_once, "198.51.100.1:80" },
    { "before_connect", LAB_PLACES, 0, before_connect, "198.51.100.6:80" },
    { "refusal", LAB_PLACES, 0, refusal, "198.51.100.10:80" },
    { "refusal_bits", LAB_PLACES, 0, refusal_bits },
    { "refusal_wakes_readers", LAB_PLACES, 0, refusal_wakes_readers },
    { "reader_sleeps_on", LAB_PLACES, 0, reader_sleeps_on },
    { "early_bytes", LAB_PLACES, 0, early_bytes }, { "target_ends", LAB_PLACES, 0, target_ends },
    { "target_resets", LAB_PLACES, 0, target_resets },
    { "several_at_once", LAB_PLACES, 0, several_at_once },
    { "the_same_twice", LAB_PLACES, 0, the_same_twice },
    { "with_ppoll", LAB_PLACES, 0, with_ppoll },
    { "select_success", LAB_PLACES, 0, select_success },
    { "select_refusal", LAB_PLACES, 0, select_refusal },
    { "with_pselect", LAB_PLACES, 0, with_pselect },
    { "poll_sleeper", LAB_PLACES, 0, poll_sleeper },
    { "poll_sleeper_refused", LAB_PLACES, 0, poll_sleeper_refused },
    { "select_sleeper", LAB_PLACES, 0, select_sleeper },
    { "many_sleepers", LAB_PLACES, 0, many_sleepers })
