/* A program that sets and asks for options and flags of its socket before, during and after the
 * connect. */
#include "tests/preload/habit.h"

#include <linux/sockios.h>
#include <netinet/ip.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/time.h>

static int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t len = sizeof value;
    CHECK(getsockopt(fd, level, name, &value, &len) == 0 && len == sizeof value);
    return value;
}

static void set_option(int fd, int level, int name, int value)
{
    CHECK(setsockopt(fd, level, name, &value, sizeof value) == 0);
}

static void finish(int fd)
{
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
}

static void check_kind(int fd)
{
    CHECK(option(fd, SOL_SOCKET, SO_TYPE) == SOCK_STREAM);
    CHECK(option(fd, SOL_SOCKET, SO_DOMAIN) == AF_INET);
    CHECK(option(fd, SOL_SOCKET, SO_PROTOCOL) == IPPROTO_TCP);
    CHECK(option(fd, SOL_SOCKET, SO_ACCEPTCONN) == 0);
}

static void kind(void)
{
    int fd = habit_begin(AT_SLOW);
    check_kind(fd);
    finish(fd);
    check_kind(fd);
}

static const struct {
    int level, name;
} switches[] = {
    { SOL_SOCKET, SO_KEEPALIVE },      { SOL_SOCKET, SO_REUSEADDR },
    { SOL_SOCKET, SO_OOBINLINE },      { IPPROTO_TCP, TCP_NODELAY },
    { IPPROTO_TCP, TCP_QUICKACK },     { IPPROTO_TCP, TCP_KEEPIDLE },
    { IPPROTO_TCP, TCP_KEEPINTVL },    { IPPROTO_TCP, TCP_KEEPCNT },
    { IPPROTO_TCP, TCP_USER_TIMEOUT }, { IPPROTO_TCP, TCP_NOTSENT_LOWAT },
};
enum { SWITCHES = sizeof switches / sizeof *switches };

/* 7 is true for a switch and a number for the others. */
static void set_switches(int fd)
{
    for (size_t i = 0; i < SWITCHES; i++)
        set_option(fd, switches[i].level, switches[i].name, 7);
}

static void check_switches(int fd)
{
    for (size_t i = 0; i < SWITCHES; i++) {
        int value = option(fd, switches[i].level, switches[i].name);
        bool is_quick_ack = switches[i].name == TCP_QUICKACK && switches[i].level == IPPROTO_TCP;
        CHECK(value == 1 || value == 7 || is_quick_ack);
    }
}

static void set_before(void)
{
    int fd = habit_nonblocking();
    set_switches(fd);
    CHECK(habit_connect(fd, AT_SLOW) == EINPROGRESS);
    check_switches(fd);
    finish(fd);
    check_switches(fd);
}

static void set_while_connecting(void)
{
    int fd = habit_begin(AT_SLOW);
    CHECK(option(fd, IPPROTO_TCP, TCP_NODELAY) == 0 && option(fd, SOL_SOCKET, SO_KEEPALIVE) == 0);
    set_switches(fd);
    check_switches(fd);
    finish(fd);
    check_switches(fd);
}

static void set_and_taken_back(void)
{
    int fd = habit_nonblocking();
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    CHECK(habit_connect(fd, AT_SLOW) == EINPROGRESS);
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 0);
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 0);
    finish(fd);
    CHECK(option(fd, IPPROTO_TCP, TCP_NODELAY) == 0 && option(fd, SOL_SOCKET, SO_KEEPALIVE) == 0);
}

static void set_survives_refusal(void)
{
    int fd = habit_begin(AT_REFUSING);
    set_switches(fd);
    lab_answer(AT_REFUSING, 0);
    habit_check_fails(fd, ECONNREFUSED);
    check_switches(fd);
}

static void check_structures(int fd)
{
    struct linger linger = { 0 };
    struct timeval time = { 0 };
    socklen_t len = sizeof linger;
    CHECK(getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &len) == 0);
    CHECK(linger.l_onoff == 1 && linger.l_linger == 5);
    len = sizeof time;
    CHECK(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, &len) == 0 && time.tv_sec == 3);
    CHECK(getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, &len) == 0 && time.tv_sec == 4);
}

static void set_structures(int fd)
{
    const struct linger linger = { 1, 5 };
    const struct timeval in = { 3, 0 }, out = { 4, 0 };
    CHECK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) == 0);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &in, sizeof in) == 0);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &out, sizeof out) == 0);
}

static void linger_and_timeouts(void)
{
    int before = habit_nonblocking(), during;
    set_structures(before);
    CHECK(habit_connect(before, AT_SLOW) == EINPROGRESS);
    check_structures(before);
    during = habit_begin(AT_SLOW);
    set_structures(during);
    check_structures(during);
    finish(before);
    finish(during);
    check_structures(before);
    check_structures(during);
}

static void buffers(void)
{
    int fd = habit_nonblocking();
    set_option(fd, SOL_SOCKET, SO_RCVBUF, 30000);
    int in = option(fd, SOL_SOCKET, SO_RCVBUF);
    CHECK(habit_connect(fd, AT_SLOW) == EINPROGRESS);
    CHECK(option(fd, SOL_SOCKET, SO_RCVBUF) == in);
    set_option(fd, SOL_SOCKET, SO_SNDBUF, 20000);
    int out = option(fd, SOL_SOCKET, SO_SNDBUF);
    CHECK(out >= 20000);
    finish(fd);
    CHECK(option(fd, SOL_SOCKET, SO_RCVBUF) == in && option(fd, SOL_SOCKET, SO_SNDBUF) == out);
}

static void type_of_service(void)
{
    int fd = habit_nonblocking();
    set_option(fd, IPPROTO_IP, IP_TOS, IPTOS_LOWDELAY);
    CHECK(habit_connect(fd, AT_SLOW) == EINPROGRESS);
    CHECK(option(fd, IPPROTO_IP, IP_TOS) == IPTOS_LOWDELAY);
    set_option(fd, IPPROTO_IP, IP_TTL, 33);
    finish(fd);
    CHECK(option(fd, IPPROTO_IP, IP_TOS) == IPTOS_LOWDELAY);
    CHECK(option(fd, IPPROTO_IP, IP_TTL) == 33);
}

static int tcp_state(int fd)
{
    struct tcp_info info = { 0 };
    socklen_t len = sizeof info;
    CHECK(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0);
    return info.tcpi_state;
}

static void tcp_info_tells_the_state(void)
{
    int fd = habit_nonblocking();
    CHECK(tcp_state(fd) == TCP_CLOSE);
    CHECK(habit_connect(fd, AT_SLOW) == EINPROGRESS);
    CHECK(tcp_state(fd) == TCP_SYN_SENT);
    finish(fd);
    CHECK(tcp_state(fd) == TCP_ESTABLISHED);
    fd = habit_begin(AT_REFUSING);
    lab_answer(AT_REFUSING, 0);
    habit_check_fails(fd, ECONNREFUSED);
    CHECK(tcp_state(fd) == TCP_CLOSE);
}

static void wrong_uses(void)
{
    int value = 1, fd = habit_begin(AT_SLOW);
    socklen_t len = sizeof value;
    CHECK(setsockopt(fd, SOL_SOCKET, SO_ERROR, &value, sizeof value) == -1 && errno == ENOPROTOOPT);
    CHECK(setsockopt(fd, SOL_SOCKET, 9999, &value, sizeof value) == -1 && errno == ENOPROTOOPT);
    CHECK(getsockopt(fd, IPPROTO_TCP, 9999, &value, &len) == -1 && errno == ENOPROTOOPT);
    CHECK(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, 1) == -1 && errno == EINVAL);
    finish(fd);
}

static void short_so_error(void)
{
    unsigned char bytes[8] = { 9, 9, 9, 9, 9, 9, 9, 9 };
    socklen_t len = 1;
    int fd = habit_begin(AT_REFUSING);
    lab_answer(AT_REFUSING, 0);
    habit_wait(fd);
    CHECK(getsockopt(fd, SOL_SOCKET, SO_ERROR, bytes, &len) == 0 && len == 1);
    CHECK(bytes[0] == ECONNREFUSED && bytes[1] == 9);
    len = sizeof bytes;
    CHECK(getsockopt(fd, SOL_SOCKET, SO_ERROR, bytes, &len) == 0 && len == 4);
    CHECK(bytes[0] == 0 && bytes[4] == 9);
}

/* ---- flags ------------------------------------------------------------------------------------ */

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

#define CASE(name)                 \
    {                              \
#name, LAB_PLACES, 0, name \
    }
#define AT_UNIX(name)                                     \
    {                                                     \
#name "_at_unix_socket", LAB_PLACES_UNIX, 0, name \
    }
LAB(CASE(kind), CASE(set_before), CASE(set_while_connecting), CASE(set_and_taken_back),
    CASE(set_survives_refusal), CASE(linger_and_timeouts), CASE(buffers), CASE(type_of_service),
    CASE(tcp_info_tells_the_state), CASE(wrong_uses), CASE(short_so_error), CASE(flags_survive),
    CASE(flags_change_while_connecting), CASE(ioctl_switches_blocking), CASE(ioctl_counts),
    CASE(owner_is_signalled), CASE(owner_is_set_while_connecting), AT_UNIX(kind),
    AT_UNIX(flags_survive), AT_UNIX(linger_and_timeouts))
