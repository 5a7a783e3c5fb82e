/* A program of many connects at once, and one that has few descriptors for them. */
#include "tests/preload/habit_epoll.h"

#include <sys/resource.h>
#include <time.h>

enum { MANY = 200 };

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* All of them wait, none is told anything; then all stand. Side by side: one after the other would
 * be MANY times the 50 ms. */
static void side_by_side(void)
{
    int fds[MANY], set = habit_set();
    for (int i = 0; i < MANY; i++) {
        fds[i] = habit_begin(AT_SLOW);
        habit_add(set, fds[i], EPOLLOUT | EPOLLONESHOT, (uint64_t)i);
    }
    habit_check_none(set);
    double begun = seconds();
    lab_answer(AT_SLOW, 50);
    for (int seen = 0; seen < MANY;) {
        struct epoll_event got[64];
        int count = epoll_wait(set, got, 64, HABIT_BOUND_MS);
        CHECK(count > 0);
        for (int i = 0; i < count; i++) {
            CHECK(got[i].events == EPOLLOUT);
            CHECK(habit_error(fds[got[i].data.u64]) == 0);
        }
        seen += count;
    }
    CHECK(seconds() - begun < MANY * 0.05 / 2);
    habit_check_none(set);
    for (int i = 0; i < MANY; i++)
        habit_check_connected(fds[i], AT_SLOW);
}

/* Each at a place of another kind. */
static void side_by_side_mixed(void)
{
    static const enum lab_place kinds[] = { AT_SLOW, AT_REFUSING, AT_SILENT, AT_OPEN,
                                            AT_SLOW_GREETING };
    int fds[MANY];
    for (int i = 0; i < MANY; i++)
        fds[i] = habit_begin(kinds[i % 5]);
    lab_answer(AT_SLOW_GREETING, 0);
    lab_answer(AT_REFUSING, 20);
    lab_answer(AT_SLOW, 40);
    for (int i = 0; i < MANY; i++) {
        if (kinds[i % 5] == AT_SILENT)
            continue;
        habit_wait(fds[i]);
        CHECK(habit_error(fds[i]) == (kinds[i % 5] == AT_REFUSING ? ECONNREFUSED : 0));
        if (kinds[i % 5] == AT_SLOW)
            habit_check_connected(fds[i], AT_SLOW);
    }
    for (int i = 2; i < MANY; i += 5)
        CHECK(habit_poll(fds[i], POLLOUT, 0) == 0);
}

static void set_limit(rlim_t limit)
{
    struct rlimit now;
    CHECK(getrlimit(RLIMIT_NOFILE, &now) == 0);
    now.rlim_cur = limit;
    CHECK(setrlimit(RLIMIT_NOFILE, &now) == 0);
}

/* With the shim a connect may need descriptors of its own, and say EMFILE; nothing else, and the
 * socket is as it was. Connects that began are not lost. Natively all of them begin. */
static void few_descriptors(void)
{
    enum { LIMIT = 64 };
    int fds[LIMIT], count = 0, begun[LIMIT], fd;
    set_limit(LIMIT);
    while ((fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) >= 0) {
        CHECK(fd < LIMIT);
        int error = habit_connect(fd, AT_SLOW);
        CHECK(error == EINPROGRESS || (error == EMFILE && !lab_is_native()));
        begun[count] = error == EINPROGRESS;
        fds[count++] = fd;
    }
    CHECK(errno == EMFILE && count >= 1);
    for (int i = 0; i < count; i++)
        CHECK(habit_poll(fds[i], POLLOUT, 0) == (begun[i] ? 0 : POLLOUT | POLLHUP));
    lab_answer(AT_SLOW, 0);
    for (int i = 0; i < count; i++)
        if (begun[i]) {
            habit_check_connects(fds[i], AT_SLOW);
            CHECK(close(fds[i]) == 0);
        }
    for (int i = 0; i < count; i++)
        if (!begun[i]) {
            CHECK(habit_connect(fds[i], AT_SLOW) == EINPROGRESS);
            habit_check_connects(fds[i], AT_SLOW);
        }
}

/* More than a handful must go: 64 descriptors are enough for 20 connects. */
static void twenty_of_sixty_four(void)
{
    enum { TWENTY = 20 };
    int fds[TWENTY];
    set_limit(64);
    for (int i = 0; i < TWENTY; i++)
        fds[i] = habit_begin(AT_SLOW);
    for (int i = 0; i < TWENTY; i++)
        CHECK(habit_poll(fds[i], POLLOUT, 0) == 0);
    lab_answer(AT_SLOW, 0);
    for (int i = 0; i < TWENTY; i++)
        habit_check_connects(fds[i], AT_SLOW);
}

/* A blocking connect needs nothing but its socket. */
static void no_descriptor_left(void)
{
    int fd = habit_blocking(), last = -1, one;
    set_limit(64);
    while ((one = dup(STDERR_FILENO)) >= 0)
        last = one;
    CHECK(errno == EMFILE && last > 0);
    int error = habit_connect(fd, AT_OPEN);
    CHECK(error == 0 || (error == EMFILE && !lab_is_native()));
    CHECK(close(last) == 0 && close(last - 1) == 0 && close(last - 2) == 0);
    CHECK(error == 0 || habit_connect(fd, AT_OPEN) == 0);
    habit_check_connected(fd, AT_OPEN);
}

/* The limit sinks while connects are under way: they end well. */
static void limit_sinks(void)
{
    enum { SOME = 30 };
    int fds[SOME];
    for (int i = 0; i < SOME; i++)
        fds[i] = habit_begin(i % 2 == 0 ? AT_SLOW : AT_REFUSING);
    set_limit(5);
    lab_answer(AT_SLOW, 0);
    lab_answer(AT_REFUSING, 0);
    for (int i = 0; i < SOME; i++) {
        habit_wait(fds[i]);
        CHECK(habit_error(fds[i]) == (i % 2 == 0 ? 0 : ECONNREFUSED));
        if (i % 2 == 0)
            CHECK(habit_peer_error(fds[i]) == 0);
    }
}

/* Numbers that select has no bits for, 1,100 of them. */
static void beyond_select(void)
{
    enum { THERE = 1100 };
    struct rlimit now;
    int fds[THERE], set = habit_set();
    CHECK(getrlimit(RLIMIT_NOFILE, &now) == 0);
    if (now.rlim_max < 4096)
        lab_skip("no 4096 descriptors");
    set_limit(now.rlim_max);
    for (int i = 0; i < THERE; i++) {
        fds[i] = habit_begin(AT_SLOW);
        habit_add(set, fds[i], EPOLLOUT | EPOLLONESHOT, (uint64_t)i);
    }
    CHECK(fds[THERE - 1] > 1024);
    habit_check_none(set);
    lab_answer(AT_SLOW, 0);
    for (int seen = 0; seen < THERE;) {
        struct epoll_event got[256];
        int count = epoll_wait(set, got, 256, HABIT_BOUND_MS);
        CHECK(count > 0);
        for (int i = 0; i < count; i++)
            CHECK(got[i].events == EPOLLOUT && habit_error(fds[got[i].data.u64]) == 0);
        seen += count;
    }
    habit_check_connected(fds[THERE - 1], AT_SLOW);
}

/* Threads cannot be made: non-blocking connects work, at the latest when they block. */
static void no_threads(void)
{
    struct rlimit none = { 0, 0 };
    if (geteuid() == 0 && setuid(65534) != 0)
        lab_skip("no other user");
    CHECK(setrlimit(RLIMIT_NPROC, &none) == 0);
    int fd = habit_nonblocking(), error = habit_connect(fd, AT_OPEN);
    CHECK(error == EINPROGRESS || (error == 0 && !lab_is_native()));
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    habit_check_connected(fd, AT_OPEN);
}

LAB(HEAVY(side_by_side), HEAVY(side_by_side_mixed), CASE(few_descriptors),
    CASE(twenty_of_sixty_four), NO_RELAY(no_descriptor_left), CASE(limit_sinks),
    HEAVY(beyond_select), NO_RELAY(no_threads), AT_UNIX(side_by_side), AT_UNIX(few_descriptors))
