/* A program that changes flags of its socket, asks it by ioctl and is signalled by it while it
 * connects. */
#include "tests/preload/habit.h"

#include <linux/sockios.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>

static void finish(int fd)
{
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
}

static void flags_survive(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    CHECK(habit_connect(fd, AT_SLOW) == EINPROGRESS);
    CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC && fcntl(fd, F_GETFL) == (O_RDWR | O_NONBLOCK));
    finish(fd);
    CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC && fcntl(fd, F_GETFL) == (O_RDWR | O_NONBLOCK));
}

static void flags_change_while_connecting(void)
{
    int fd = habit_begin(AT_SLOW);
    CHECK(fcntl(fd, F_GETFD) == 0);
    CHECK(fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd, F_SETFL, O_RDWR) == 0);
    CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC && fcntl(fd, F_GETFL) == O_RDWR);
    finish(fd);
    CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC && fcntl(fd, F_GETFL) == O_RDWR);
}

static void ioctl_switches_blocking(void)
{
    int on = 1, off = 0, fd = habit_begin(AT_SLOW);
    CHECK(ioctl(fd, FIONBIO, &off) == 0 && fcntl(fd, F_GETFL) == O_RDWR);
    CHECK(ioctl(fd, FIONBIO, &on) == 0 && fcntl(fd, F_GETFL) == (O_RDWR | O_NONBLOCK));
    CHECK(ioctl(fd, FIOCLEX) == 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
    CHECK(ioctl(fd, FIONBIO, &off) == 0);
    finish(fd);
    CHECK(fcntl(fd, F_GETFL) == O_RDWR && fcntl(fd, F_GETFD) == FD_CLOEXEC);
}

static void ioctl_counts(void)
{
    int value = -1, fd = habit_begin(AT_SLOW);
    CHECK(ioctl(fd, FIONREAD, &value) == 0 && value == 0);
    value = -1;
    CHECK(ioctl(fd, SIOCOUTQ, &value) == 0 && value == 0);
    CHECK(ioctl(fd, SIOCATMARK, &value) == 0);
    finish(fd);
    lab_write(fd, "hello", 5);
    CHECK(habit_poll(fd, POLLIN, HABIT_BOUND_MS) == POLLIN);
    CHECK(ioctl(fd, FIONREAD, &value) == 0 && value > 0 && value <= 5);
}

static volatile sig_atomic_t signalled;

static void note_signal(int number)
{
    (void)number;
    signalled = signalled + 1;
}

static void wait_for_signal(void)
{
    for (int i = 0; i < HABIT_BOUND_MS && signalled == 0; i++)
        lab_pause_ms(1);
    CHECK(signalled > 0);
}

/* O_ASYNC: SIGIO to the owner, when it is connected. */
static void owner_is_signalled(void)
{
    struct sigaction action = { .sa_handler = note_signal };
    int fd = habit_nonblocking();
    CHECK(sigaction(SIGIO, &action, NULL) == 0);
    CHECK(fcntl(fd, F_SETOWN, getpid()) == 0);
    CHECK(fcntl(fd, F_SETFL, O_NONBLOCK | O_ASYNC) == 0);
    CHECK(habit_connect(fd, AT_SLOW) == EINPROGRESS);
    CHECK(fcntl(fd, F_GETOWN) == getpid() && (fcntl(fd, F_GETFL) & O_ASYNC) != 0);
    habit_check_quiet(fd);
    signalled = 0;
    lab_answer(AT_SLOW, 0);
    wait_for_signal();
    habit_check_connects(fd, AT_SLOW);
    CHECK(fcntl(fd, F_GETOWN) == getpid());
    CHECK(fcntl(fd, F_GETFL) == (O_RDWR | O_NONBLOCK | O_ASYNC));
}

/* Asked for while it connects; a refusal signals too. */
static void owner_is_set_while_connecting(void)
{
    struct sigaction action = { .sa_handler = note_signal };
    int fd = habit_begin(AT_REFUSING);
    CHECK(sigaction(SIGIO, &action, NULL) == 0);
    CHECK(fcntl(fd, F_SETOWN, getpid()) == 0);
    CHECK(fcntl(fd, F_SETFL, O_NONBLOCK | O_ASYNC) == 0);
    habit_check_quiet(fd);
    CHECK(signalled == 0);
    lab_answer(AT_REFUSING, 0);
    wait_for_signal();
    habit_check_fails(fd, ECONNREFUSED);
}

enum { BLOCKING_CONNECTS = 300 };

static _Atomic int looked_at = -1;
static _Atomic bool is_looking;

static void *look_at_flags(void *context)
{
    (void)context;
    while (is_looking) {
        int fd = looked_at, flags = fd >= 0 ? fcntl(fd, F_GETFL) : -1;
        CHECK(flags < 0 || (flags & O_NONBLOCK) == 0);
    }
    return NULL;
}

/* Another thread never sees a blocking socket as anything else, whatever stands in its place. */
static void flags_of_a_blocking_socket_hold(void)
{
    const struct linger reset = { 1, 0 };
    pthread_t thread;
    is_looking = true;
    CHECK(pthread_create(&thread, NULL, look_at_flags, NULL) == 0);
    for (int i = 0; i < BLOCKING_CONNECTS; i++) {
        int fd = habit_blocking();
        looked_at = fd;
        CHECK(habit_connect(fd, AT_OPEN) == 0);
        looked_at = -1;
        CHECK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0);
        CHECK(close(fd) == 0);
    }
    is_looking = false;
    CHECK(pthread_join(thread, NULL) == 0);
}

LAB(CASE(flags_survive), CASE(flags_of_a_blocking_socket_hold), CASE(flags_change_while_connecting),
    CASE(ioctl_switches_blocking), CASE(ioctl_counts), CASE(owner_is_signalled),
    CASE(owner_is_set_while_connecting), AT_UNIX(flags_survive))
