/* A program that changes its registrations while the connect goes on, has several sets, waits for
 * them in several threads. */
#include "tests/preload/habit_epoll.h"

#include <pthread.h>

static void modified_data(void)
{
    int fd = habit_begin(AT_SLOW), set = habit_set();
    habit_add(set, fd, EPOLLOUT, 1);
    habit_modify(set, fd, EPOLLOUT, HABIT_WIDE);
    habit_check_none(set);
    lab_answer(AT_SLOW, 0);
    habit_check_one(set, EPOLLOUT, HABIT_WIDE);
}

static void modified_events(void)
{
    int fd = habit_begin(AT_SLOW), set = habit_set();
    habit_add(set, fd, EPOLLOUT, 1);
    habit_modify(set, fd, EPOLLIN | EPOLLET, 2);
    lab_answer(AT_SLOW, 0);
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    habit_check_none(set);
    lab_write(fd, "x", 1);
    habit_check_one(set, EPOLLIN, 2);
    habit_check_none(set);
    habit_modify(set, fd, EPOLLOUT, 3);
    habit_check_one(set, EPOLLOUT, 3);
}

static void deleted(void)
{
    int fd = habit_nonblocking(), set = habit_set();
    habit_add(set, fd, EPOLLOUT, 1);
    CHECK(habit_connect(fd, AT_SLOW) == EINPROGRESS);
    CHECK(habit_control(set, EPOLL_CTL_DEL, fd, 0, 0) == 0);
    CHECK(habit_control(set, EPOLL_CTL_DEL, fd, 0, 0) == ENOENT);
    CHECK(habit_control(set, EPOLL_CTL_MOD, fd, EPOLLOUT, 0) == ENOENT);
    lab_answer(AT_SLOW, 0);
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    habit_check_none(set);
    CHECK(habit_control(set, EPOLL_CTL_DEL, fd, 0, 0) == ENOENT);
    habit_add(set, fd, EPOLLOUT, HABIT_WIDE);
    habit_check_one(set, EPOLLOUT, HABIT_WIDE);
}

static void deleted_and_added(void)
{
    int fd = habit_begin(AT_SLOW), set = habit_set();
    habit_add(set, fd, EPOLLIN, 1);
    CHECK(habit_control(set, EPOLL_CTL_DEL, fd, 0, 0) == 0);
    habit_add(set, fd, EPOLLOUT, HABIT_WIDE);
    CHECK(habit_control(set, EPOLL_CTL_ADD, fd, EPOLLOUT, 2) == EEXIST);
    habit_check_none(set);
    lab_answer(AT_SLOW, 0);
    habit_check_one(set, EPOLLOUT, HABIT_WIDE);
    CHECK(habit_control(set, EPOLL_CTL_ADD, fd, EPOLLOUT, 2) == EEXIST);
    CHECK(habit_control(set, EPOLL_CTL_DEL, fd, 0, 0) == 0);
    habit_check_none(set);
}

/* Deleted with a NULL event, as has been allowed since Linux 2.6.9. */
static void deleted_without_event(void)
{
    int fd = habit_begin(AT_SLOW), set = habit_set();
    habit_add(set, fd, EPOLLOUT, 1);
    CHECK(epoll_ctl(set, EPOLL_CTL_DEL, fd, NULL) == 0);
    lab_answer(AT_SLOW, 0);
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    habit_check_none(set);
}

static void wrong_uses(void)
{
    int fd = habit_begin(AT_SLOW), set = habit_set();
    struct epoll_event *volatile none = NULL;
    CHECK(habit_control(set, EPOLL_CTL_MOD, fd, EPOLLOUT, 1) == ENOENT);
    CHECK(habit_control(set, EPOLL_CTL_DEL, fd, 0, 0) == ENOENT);
    CHECK(habit_control(set, 4711, fd, EPOLLOUT, 1) == EINVAL);
    CHECK(habit_control(fd, EPOLL_CTL_ADD, fd, EPOLLOUT, 1) == EINVAL);
    CHECK(habit_control(fd, EPOLL_CTL_ADD, set, EPOLLOUT, 1) == EINVAL);
    CHECK(habit_control(1000, EPOLL_CTL_ADD, fd, EPOLLOUT, 1) == EBADF);
    CHECK(habit_control(set, EPOLL_CTL_ADD, 1000, EPOLLOUT, 1) == EBADF);
    CHECK(epoll_ctl(set, EPOLL_CTL_ADD, fd, none) == -1 && errno == EFAULT);
    habit_add(set, fd, EPOLLOUT, 1);
    CHECK(epoll_ctl(set, EPOLL_CTL_MOD, fd, none) == -1 && errno == EFAULT);
    habit_check_none(set);
    lab_answer(AT_SLOW, 0);
    habit_check_one(set, EPOLLOUT, 1);
}

static void exclusive(void)
{
    int fd = habit_begin(AT_SLOW), set = habit_set();
    CHECK(habit_control(set, EPOLL_CTL_ADD, fd, EPOLLOUT | EPOLLEXCLUSIVE | EPOLLONESHOT, 1) ==
          EINVAL);
    CHECK(habit_control(set, EPOLL_CTL_ADD, fd, EPOLLRDHUP | EPOLLEXCLUSIVE, 1) == EINVAL);
    habit_add(set, fd, EPOLLOUT | EPOLLEXCLUSIVE, HABIT_WIDE);
    CHECK(habit_control(set, EPOLL_CTL_MOD, fd, EPOLLOUT, 1) == EINVAL);
    CHECK(habit_control(set, EPOLL_CTL_MOD, fd, EPOLLOUT | EPOLLEXCLUSIVE, 1) == EINVAL);
    habit_check_none(set);
    lab_answer(AT_SLOW, 0);
    habit_check_one(set, EPOLLOUT, HABIT_WIDE);
    CHECK(habit_control(set, EPOLL_CTL_MOD, fd, EPOLLOUT, 1) == EINVAL);
    CHECK(habit_control(set, EPOLL_CTL_DEL, fd, 0, 0) == 0);
    habit_add(set, fd, EPOLLOUT, 1);
    CHECK(habit_control(set, EPOLL_CTL_MOD, fd, EPOLLOUT | EPOLLEXCLUSIVE, 1) == EINVAL);
}

/* ---- several sets, several threads ------------------------------------------------------------ */

static void several_sets(void)
{
    int fd = habit_nonblocking(), one = habit_set(), two = habit_set(), three = habit_set();
    habit_add(one, fd, EPOLLOUT, 1);
    CHECK(habit_connect(fd, AT_SLOW) == EINPROGRESS);
    habit_add(two, fd, EPOLLOUT | EPOLLET, 2);
    habit_add(three, fd, EPOLLIN, 3);
    habit_check_none(one);
    habit_check_none(two);
    habit_check_none(three);
    lab_answer(AT_SLOW, 0);
    habit_check_one(one, EPOLLOUT, 1);
    habit_check_one(two, EPOLLOUT, 2);
    habit_check_none(two);
    habit_check_none(three);
    habit_check_connected(fd, AT_SLOW);
}

static void set_is_closed(void)
{
    int fd = habit_begin(AT_SLOW), one = habit_set(), two = habit_set();
    habit_add(one, fd, EPOLLOUT, 1);
    habit_add(two, fd, EPOLLOUT, 2);
    CHECK(close(one) == 0);
    int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
    CHECK(file == one);
    lab_answer(AT_SLOW, 0);
    habit_check_one(two, EPOLLOUT, 2);
    CHECK(fcntl(one, F_GETFD) == FD_CLOEXEC && lseek(file, 0, SEEK_CUR) == 0);
    habit_check_connected(fd, AT_SLOW);
}

/* The set's number now stands for another set, which knows nothing of the socket. */
static void set_is_replaced(void)
{
    int fd = habit_begin(AT_SLOW), set = habit_set(), other = habit_set();
    habit_add(set, fd, EPOLLOUT, 1);
    CHECK(dup2(other, set) == set);
    lab_answer(AT_SLOW, 0);
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    habit_check_none(set);
    habit_check_none(other);
}

/* Registered by one number of the set, waited for by another. */
static void set_is_duplicated(void)
{
    int fd = habit_begin(AT_SLOW), set = habit_set(), copy = dup(set);
    habit_add(set, fd, EPOLLOUT, HABIT_WIDE);
    CHECK(close(set) == 0);
    habit_check_none(copy);
    lab_answer(AT_SLOW, 0);
    habit_check_one(copy, EPOLLOUT, HABIT_WIDE);
}

static void socket_is_closed(void)
{
    int fd = habit_begin(AT_SLOW), set = habit_set(), other;
    habit_add(set, fd, EPOLLOUT, 1);
    CHECK(close(fd) == 0);
    habit_check_none(set);
    other = habit_begin(AT_SLOW_TOO);
    CHECK(other == fd);
    CHECK(habit_control(set, EPOLL_CTL_MOD, other, EPOLLOUT, 2) == ENOENT);
    lab_answer(AT_SLOW, 0);
    habit_check_none(set);
    habit_add(set, other, EPOLLOUT, 3);
    habit_check_none(set);
    lab_answer(AT_SLOW_TOO, 0);
    habit_check_one(set, EPOLLOUT, 3);
    habit_check_connected(other, AT_SLOW_TOO);
}

static void nested(void)
{
    int fd = habit_begin(AT_SLOW), inner = habit_set(), outer = habit_set();
    habit_add(inner, fd, EPOLLOUT, HABIT_WIDE);
    habit_add(outer, inner, EPOLLIN, 2);
    habit_check_none(outer);
    CHECK(habit_poll(inner, POLLIN, 0) == 0);
    lab_answer(AT_SLOW, 0);
    habit_check_one(outer, EPOLLIN, 2);
    CHECK(habit_poll(inner, POLLIN, 0) == POLLIN);
    habit_check_one(inner, EPOLLOUT, HABIT_WIDE);
}

static void *wait_asleep(void *context)
{
    struct epoll_event *got = calloc(1, sizeof *got);
    CHECK(epoll_wait(*(int *)context, got, 1, HABIT_BOUND_MS) == 1);
    return got;
}

static void sleep_and_wake(bool added_asleep, enum lab_place place, uint32_t how, uint32_t events)
{
    int fd = habit_begin(place), set = habit_set();
    pthread_t thread;
    void *result;
    if (!added_asleep)
        habit_add(set, fd, EPOLLOUT | how, HABIT_WIDE);
    CHECK(pthread_create(&thread, NULL, wait_asleep, &set) == 0);
    habit_check_quiet(fd); /* meanwhile it is asleep */
    if (added_asleep)
        habit_add(set, fd, EPOLLOUT | how, HABIT_WIDE);
    habit_check_quiet(fd);
    CHECK(pthread_tryjoin_np(thread, &result) == EBUSY);
    lab_answer(place, 0);
    CHECK(pthread_join(thread, &result) == 0);
    const struct epoll_event *got = result;
    CHECK(got->events != 0 && (got->events & events) == events && got->data.u64 == HABIT_WIDE);
}

static void sleeper(void)
{
    sleep_and_wake(false, AT_SLOW, 0, EPOLLOUT);
    sleep_and_wake(true, AT_SLOW_TOO, EPOLLET, EPOLLOUT);
}

static void sleeper_refused(void)
{
    sleep_and_wake(true, AT_REFUSING, EPOLLET, 0);
}

/* It sleeps before the connect, with the socket in its set, as Java's selector does. */
static void sleeper_before_connect(void)
{
    int fd = habit_nonblocking(), set = habit_set();
    pthread_t thread;
    void *result;
    habit_add(set, fd, EPOLLOUT | EPOLLET, HABIT_WIDE);
    habit_check_one(set, EPOLLOUT | EPOLLHUP, HABIT_WIDE);
    CHECK(pthread_create(&thread, NULL, wait_asleep, &set) == 0);
    habit_check_none(set); /* meanwhile it is asleep */
    CHECK(habit_connect(fd, AT_SLOW) == EINPROGRESS);
    habit_check_quiet(fd);
    CHECK(pthread_tryjoin_np(thread, &result) == EBUSY);
    lab_answer(AT_SLOW, 0);
    CHECK(pthread_join(thread, &result) == 0);
    const struct epoll_event *got = result;
    CHECK(got->events == EPOLLOUT && got->data.u64 == HABIT_WIDE);
}

/* Each is told once, the refused ones at least: the kernel may wake twice for these. */
static void many_in_one_set(void)
{
    enum { MANY = 50 };
    struct epoll_event got[MANY];
    int set = habit_set(), fds[MANY], told[MANY] = { 0 }, seen = 0;
    for (int i = 0; i < MANY; i++) {
        fds[i] = habit_begin(i % 5 == 0 ? AT_SILENT : i % 2 == 0 ? AT_SLOW : AT_REFUSING);
        habit_add(set, fds[i], EPOLLOUT | EPOLLET, (uint64_t)i << 33);
    }
    CHECK(epoll_wait(set, got, 1, HABIT_QUIET_MS) == 0);
    lab_answer(AT_SLOW, 0);
    lab_answer(AT_REFUSING, 0);
    while (seen < MANY / 5 * 4) {
        int count = epoll_wait(set, got, MANY, HABIT_BOUND_MS);
        CHECK(count > 0);
        for (int i = 0; i < count; i++) {
            uint64_t at = got[i].data.u64 >> 33;
            CHECK(at % 5 != 0 && (at % 2 != 0 || got[i].events == EPOLLOUT));
            CHECK(at % 2 != 0 || told[at] == 0);
            seen += told[at]++ == 0;
        }
    }
    habit_check_none(set);
    for (int i = 0; i < MANY; i++)
        CHECK(habit_error(fds[i]) == (told[i] > 0 && i % 2 != 0 ? ECONNREFUSED : 0));
}

static void with_pwait(void)
{
    struct epoll_event got = { 0 };
    const struct timespec bound = { 10, 0 };
    int fd = habit_begin(AT_SLOW), set = habit_set();
    habit_add(set, fd, EPOLLOUT, HABIT_WIDE);
    CHECK(epoll_pwait(set, &got, 1, HABIT_QUIET_MS, NULL) == 0);
    lab_answer(AT_SLOW, 0);
    CHECK(epoll_pwait(set, &got, 1, HABIT_BOUND_MS, NULL) == 1 && got.data.u64 == HABIT_WIDE);
    int count = epoll_pwait2(set, &got, 1, &bound, NULL);
    CHECK(count == 1 || errno == ENOSYS);
    CHECK(got.events == EPOLLOUT);
}

#define CASE(name)                 \
    {                              \
#name, LAB_PLACES, 0, name \
    }
#define AT_UNIX(name)                                     \
    {                                                     \
#name "_at_unix_socket", LAB_PLACES_UNIX, 0, name \
    }
LAB(CASE(modified_data), CASE(modified_events), CASE(deleted), CASE(deleted_and_added),
    CASE(deleted_without_event), CASE(wrong_uses), CASE(exclusive), CASE(several_sets),
    CASE(set_is_closed), CASE(set_is_replaced), CASE(set_is_duplicated), CASE(socket_is_closed),
    CASE(nested), CASE(sleeper), CASE(sleeper_refused), CASE(sleeper_before_connect),
    CASE(many_in_one_set), CASE(with_pwait), AT_UNIX(several_sets), AT_UNIX(sleeper_before_connect))
