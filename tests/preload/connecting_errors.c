/* A program whose connects fail, each error by each way of waiting for it: never before it is true,
 * and told once. */
#include "tests/preload/habit_epoll.h"

#include <sys/select.h>

/* ---- ways of waiting -------------------------------------------------------------------------- */

static void wait_by_select(int fd)
{
    struct timeval bound = { 10, 0 };
    fd_set out;
    FD_ZERO(&out);
    FD_SET(fd, &out);
    CHECK(select(fd + 1, NULL, &out, NULL, &bound) == 1 && FD_ISSET(fd, &out));
}

static void wait_by_epoll(int fd)
{
    int set = habit_set();
    habit_add(set, fd, EPOLLOUT, HABIT_WIDE);
    habit_check_soon(set, EPOLLOUT, HABIT_WIDE);
    CHECK(close(set) == 0);
}

static void wait_by_edge(int fd)
{
    int set = habit_set();
    habit_add(set, fd, EPOLLIN | EPOLLOUT | EPOLLET, HABIT_WIDE);
    habit_check_soon(set, EPOLLOUT, HABIT_WIDE);
    CHECK(close(set) == 0);
}

static void (*const ways[])(int) = { habit_wait, wait_by_select, wait_by_epoll, wait_by_edge };
enum { WAYS = sizeof ways / sizeof *ways };

/* ---- what is judged --------------------------------------------------------------------------- */

static void check_once(int fd, int error)
{
    CHECK(habit_error(fd) == error);
    CHECK(habit_error(fd) == 0 && habit_peer_error(fd) == ENOTCONN);
    CHECK(send(fd, "x", 1, MSG_NOSIGNAL) == -1 && errno == EPIPE);
}

/* Nothing is told while the place is silent; then the error is, by every way. */
static void check_place(enum lab_place place, int error)
{
    int fds[WAYS], blocking = habit_blocking();
    for (int i = 0; i < WAYS; i++)
        fds[i] = habit_begin(place);
    for (int i = 0; i < WAYS; i++)
        habit_check_quiet(fds[i]);
    lab_answer(place, 0);
    for (int i = 0; i < WAYS; i++) {
        ways[i](fds[i]);
        check_once(fds[i], error);
    }
    CHECK(habit_connect(blocking, place) == error);
    CHECK(habit_error(blocking) == 0);
    CHECK(habit_connect(blocking, AT_OPEN) == 0);
    /* Not by poll: what was unreachable is still in the kernel's error queue, and POLLERR with it. */
    lab_check_echo(blocking);
}

static void refused(void)
{
    check_place(AT_REFUSING, ECONNREFUSED);
}

static void host_unreachable(void)
{
    check_place(AT_HOSTLESS, EHOSTUNREACH);
}

static void net_unreachable(void)
{
    check_place(AT_NETLESS, ENETUNREACH);
}

/* Blocking, and the answer comes while it waits. */
static void check_blocking(enum lab_place place, int error)
{
    int fd = habit_blocking();
    lab_answer(place, 80);
    CHECK(habit_connect(fd, place) == error);
    CHECK(habit_error(fd) == 0 && habit_peer_error(fd) == ENOTCONN);
}

static void blocking(void)
{
    check_blocking(AT_REFUSING, ECONNREFUSED);
    check_blocking(AT_HOSTLESS, EHOSTUNREACH);
    check_blocking(AT_NETLESS, ENETUNREACH);
}

/* The kernel gives up after its first repetition, 3 s; the shim by its configuration. */
static void times_out(void)
{
    int one = 1, fd = habit_nonblocking(), other = habit_blocking();
    CHECK(setsockopt(fd, IPPROTO_TCP, TCP_SYNCNT, &one, sizeof one) == 0);
    CHECK(setsockopt(other, IPPROTO_TCP, TCP_SYNCNT, &one, sizeof one) == 0);
    CHECK(habit_connect(fd, AT_SILENT) == EINPROGRESS);
    habit_check_quiet(fd);
    CHECK(habit_connect(other, AT_SILENT) == ETIMEDOUT);
    habit_wait(fd);
    check_once(fd, ETIMEDOUT);
    CHECK(habit_connect(other, AT_OPEN) == 0);
    habit_check_connected(other, AT_OPEN);
}

/* Each socket its own error, whatever the order in which they fail and are asked. */
static void many_at_once(void)
{
    static const struct {
        enum lab_place place;
        int error;
    } kinds[] = { { AT_REFUSING, ECONNREFUSED },
                  { AT_HOSTLESS, EHOSTUNREACH },
                  { AT_SLOW, 0 },
                  { AT_NETLESS, ENETUNREACH } };
    enum { MANY = 40 };
    int fds[MANY];
    for (int i = 0; i < MANY; i++)
        fds[i] = habit_begin(kinds[i % 4].place);
    for (int i = 3; i >= 0; i--)
        lab_answer(kinds[i].place, 10 * i);
    for (int i = 0; i < MANY; i++) {
        habit_wait(fds[i]);
        CHECK(habit_error(fds[i]) == kinds[i % 4].error);
        CHECK(habit_error(fds[i]) == 0);
        CHECK(habit_peer_error(fds[i]) == (kinds[i % 4].error == 0 ? 0 : ENOTCONN));
    }
}

/* ---- with the shim alone: what the kernel has no counterpart for ------------------------------ */

/* Without blocking, by the four ways, blocking: all of them, and nothing but this error. */
static void check_error(int error)
{
    int fds[WAYS], at_once[WAYS];
    for (int i = 0; i < WAYS; i++) {
        fds[i] = habit_nonblocking();
        at_once[i] = habit_connect(fds[i], AT_OPEN);
        CHECK(at_once[i] == EINPROGRESS || at_once[i] == error);
    }
    for (int i = 0; i < WAYS; i++) {
        if (at_once[i] == error)
            continue;
        ways[i](fds[i]);
        check_once(fds[i], error);
    }
    int fd = habit_blocking();
    CHECK(habit_connect(fd, AT_OPEN) == error);
    CHECK(habit_error(fd) == 0 && habit_peer_error(fd) == ENOTCONN);
}

static void proxy_is_down(void)
{
    check_error(ECONNREFUSED);
}

static void proxy_closes(void)
{
    check_error(ECONNRESET);
}

static void proxy_says_nonsense(void)
{
    check_error(ECONNABORTED);
}

static void proxy_wants_more(void)
{
    check_error(EACCES);
}

static void proxy_hangs(void)
{
    check_error(ETIMEDOUT);
}

static void denied_by_rule(void)
{
    lab_configure("[rules]\ndeny = 198.51.100.0/24\n");
    check_error(EACCES);
}

static void unknown_command(void)
{
    check_error(EOPNOTSUPP);
}

#define CASE(name)                 \
    {                              \
#name, LAB_PLACES, 0, name \
    }
#define AT_UNIX(name)                                     \
    {                                                     \
#name "_at_unix_socket", LAB_PLACES_UNIX, 0, name \
    }
LAB({ "times_out", LAB_PLACES, 0, times_out, NULL, "SOCKS5A_TIMEOUT=2" }, CASE(refused),
    CASE(host_unreachable), CASE(net_unreachable), CASE(blocking), CASE(many_at_once),
    AT_UNIX(refused), AT_UNIX(many_at_once), { "proxy_is_down", LAB_DOWN, 0, proxy_is_down, "" },
    { "proxy_closes_at_once", LAB_CLOSES, 0, proxy_closes },
    { "proxy_closes_after_greeting", LAB_CLOSES, 2, proxy_closes },
    { "proxy_closes_in_reply", LAB_CLOSES, 7, proxy_closes },
    { "proxy_closes_before_the_last_byte", LAB_CLOSES, 11, proxy_closes },
    { "garbage", LAB_GARBAGE, 0, proxy_says_nonsense, "" },
    { "another_version", LAB_SAYS, 0, proxy_says_nonsense },
    { "http_for_a_reply", LAB_SAYS, 7, proxy_says_nonsense },
    { "no_credentials", LAB_PASSWORD, 0, proxy_wants_more, "" },
    { "proxy_hangs", LAB_HANGS, 0, proxy_hangs, "", "SOCKS5A_TIMEOUT=1" },
    { "denied_by_rule", LAB_HONEST, 0, denied_by_rule, "", "SOCKS5A_CONF=@/conf" },
    { "refused_by_proxy", LAB_REFUSES, 2, proxy_wants_more },
    { "unknown_command", LAB_REFUSES, 7, unknown_command })
