/* Signal-driven readiness over an exchange. */
#include "shim/engine/sigio.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

TestSuite(sigio);

static int some_socket(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_geq(fd, 0);
    return fd;
}

static void block(int number)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    cr_assert_eq(sigprocmask(SIG_BLOCK, &set, NULL), 0);
}

static int taken(int number, siginfo_t *info)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    return sigtimedwait(&set, info, &(struct timespec){ 0, 0 });
}

Test(sigio, owner_and_signal_go_along)
{
    int from = some_socket(), to = some_socket();
    cr_assert_eq(fcntl(from, F_SETOWN, getpid()), 0);
    cr_assert_eq(fcntl(from, F_SETSIG, SIGRTMIN), 0);
    s5a_sigio_copy(from, to);
    cr_assert_eq(fcntl(to, F_GETOWN), getpid());
    cr_assert_eq(fcntl(to, F_GETSIG), SIGRTMIN);
}

Test(sigio, signal_of_the_programs_choice_tells_descriptor_and_band)
{
    siginfo_t info;
    int fd = some_socket();
    block(SIGRTMIN);
    cr_assert_eq(fcntl(fd, F_SETOWN, getpid()), 0);
    cr_assert_eq(fcntl(fd, F_SETSIG, SIGRTMIN), 0);
    s5a_sigio_raise(fd, O_ASYNC);
    cr_assert_eq(taken(SIGRTMIN, &info), SIGRTMIN);
    cr_assert_eq(info.si_fd, fd);
    cr_assert_neq(info.si_band & POLLOUT, 0);
}

Test(sigio, sigio_comes_without_a_choice_and_nothing_where_nobody_asked)
{
    siginfo_t info;
    int fd = some_socket();
    block(SIGIO);
    s5a_sigio_raise(fd, O_ASYNC); /* no owner */
    cr_assert_eq(fcntl(fd, F_SETOWN, getpid()), 0);
    s5a_sigio_raise(fd, 0);
    s5a_sigio_raise(fd, -1);
    cr_assert_eq(taken(SIGIO, &info), -1);
    s5a_sigio_raise(fd, O_ASYNC | O_NONBLOCK);
    cr_assert_eq(taken(SIGIO, &info), SIGIO);
}
