/* A program that connects sockets of IPv6 without blocking, to IPv6 and to mapped IPv4 addresses. */
#include "tests/preload/habit_epoll.h"

#include <sys/ioctl.h>

static int new_socket(int flags)
{
    int fd = socket(AF_INET6, SOCK_STREAM | flags, 0);
    if (fd < 0)
        lab_skip("no IPv6");
    return fd;
}

static int try(int fd, const struct sockaddr_in6 *to)
{
    return connect(fd, (const struct sockaddr *)to, sizeof *to) == 0 ? 0 : errno;
}

static int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t len = sizeof value;
    CHECK(getsockopt(fd, level, name, &value, &len) == 0);
    return value;
}

/* The names of both ends are of the family that the program knows. */
static void check_names(int fd, const struct sockaddr_in6 *to)
{
    struct sockaddr_in6 peer = { 0 }, own = { 0 };
    socklen_t peer_len = sizeof peer, own_len = sizeof own;
    CHECK(getpeername(fd, (struct sockaddr *)&peer, &peer_len) == 0 && peer_len == sizeof peer);
    CHECK(peer.sin6_family == AF_INET6 && peer.sin6_port == to->sin6_port);
    CHECK(memcmp(&peer.sin6_addr, &to->sin6_addr, sizeof peer.sin6_addr) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&own, &own_len) == 0 && own_len == sizeof own);
    CHECK(own.sin6_family == AF_INET6 && own.sin6_port != 0);
    CHECK(option(fd, SOL_SOCKET, SO_DOMAIN) == AF_INET6);
    CHECK(option(fd, SOL_SOCKET, SO_PROTOCOL) == IPPROTO_TCP);
}

static void check_connects(const struct sockaddr_in6 *to)
{
    struct sockaddr_in6 own = { 0 };
    socklen_t len = sizeof own;
    int fd = new_socket(SOCK_NONBLOCK | SOCK_CLOEXEC), set = habit_set();
    habit_add(set, fd, EPOLLOUT | EPOLLET, HABIT_WIDE);
    habit_check_one(set, EPOLLOUT | EPOLLHUP, HABIT_WIDE);
    CHECK(try(fd, to) == EINPROGRESS);
    CHECK(try(fd, to) == EALREADY && habit_peer_error(fd) == ENOTCONN);
    CHECK(getsockname(fd, (struct sockaddr *)&own, &len) == 0 && own.sin6_family == AF_INET6);
    CHECK(option(fd, SOL_SOCKET, SO_DOMAIN) == AF_INET6);
    habit_check_none(set);
    lab_answer(AT_SLOW, 0);
    habit_check_one(set, EPOLLOUT, HABIT_WIDE);
    habit_check_none(set);
    CHECK(habit_error(fd) == 0);
    check_names(fd, to);
    habit_check_echo(fd);
    CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC && fcntl(fd, F_GETFL) == (O_RDWR | O_NONBLOCK));
}

static void check_fails(const struct sockaddr_in6 *to, const struct sockaddr_in6 *next)
{
    int fd = new_socket(SOCK_NONBLOCK), blocking = new_socket(0);
    CHECK(try(fd, to) == EINPROGRESS);
    habit_check_quiet(fd);
    lab_answer(AT_REFUSING, 0);
    habit_check_fails(fd, ECONNREFUSED);
    CHECK(try(fd, next) == ECONNABORTED && try(fd, next) == EINPROGRESS);
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    check_names(fd, next);
    CHECK(try(blocking, to) == ECONNREFUSED && try(blocking, next) == 0);
    check_names(blocking, next);
    habit_check_echo(blocking);
}

static void success(void)
{
    struct sockaddr_in6 to = lab_at6(AT_SLOW);
    check_connects(&to);
}

static void success_mapped(void)
{
    struct sockaddr_in6 to = lab_at_mapped(AT_SLOW);
    check_connects(&to);
}

static void refusal(void)
{
    struct sockaddr_in6 to = lab_at6(AT_REFUSING), next = lab_at6(AT_OPEN);
    check_fails(&to, &next);
}

static void refusal_mapped(void)
{
    struct sockaddr_in6 to = lab_at_mapped(AT_REFUSING), next = lab_at_mapped(AT_OPEN);
    check_fails(&to, &next);
}

/* One family after the other on one socket. */
static void refusal_then_the_other_family(void)
{
    struct sockaddr_in6 to = lab_at6(AT_REFUSING), next = lab_at_mapped(AT_OPEN);
    check_fails(&to, &next);
}

static void v6only(void)
{
    struct sockaddr_in6 to = lab_at6(AT_SLOW), mapped = lab_at_mapped(AT_OPEN);
    int one = 1, fd = new_socket(SOCK_NONBLOCK);
    CHECK(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one) == 0);
    CHECK(try(fd, &mapped) == ENETUNREACH);
    CHECK(try(fd, &to) == EINPROGRESS);
    CHECK(option(fd, IPPROTO_IPV6, IPV6_V6ONLY) == 1);
    habit_check_quiet(fd);
    lab_answer(AT_SLOW, 0);
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    check_names(fd, &to);
    CHECK(option(fd, IPPROTO_IPV6, IPV6_V6ONLY) == 1);
}

static void options_survive(void)
{
    struct sockaddr_in6 to = lab_at6(AT_SLOW);
    struct linger linger = { 1, 5 };
    int one = 1, fd = new_socket(SOCK_NONBLOCK);
    socklen_t len = sizeof linger;
    CHECK(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) == 0);
    CHECK(try(fd, &to) == EINPROGRESS);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one) == 0);
    CHECK(option(fd, IPPROTO_TCP, TCP_NODELAY) == 1);
    lab_answer(AT_SLOW, 0);
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    CHECK(option(fd, IPPROTO_TCP, TCP_NODELAY) == 1 && option(fd, SOL_SOCKET, SO_KEEPALIVE) == 1);
    linger.l_linger = 0;
    CHECK(getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &len) == 0 && linger.l_linger == 5);
    habit_check_echo(fd);
}

/* Addresses that the kernel refuses at once. */
static void wrong_addresses(void)
{
    struct sockaddr_in v4 = lab_at(AT_OPEN);
    struct sockaddr_in6 v6 = lab_at6(AT_OPEN);
    int four = habit_nonblocking(), six = new_socket(SOCK_NONBLOCK);
    CHECK(connect(six, (struct sockaddr *)&v4, sizeof v4) == -1 && errno == EINVAL);
    CHECK(connect(four, (struct sockaddr *)&v6, sizeof v6) == -1 && errno == EAFNOSUPPORT);
    CHECK(connect(four, (struct sockaddr *)&v4, 8) == -1 && errno == EINVAL);
    CHECK(try(six, &v6) == EINPROGRESS);
    CHECK(habit_poll(six, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    CHECK(habit_connect(four, AT_OPEN) == EINPROGRESS);
    habit_check_connects(four, AT_OPEN);
}

#define CASE(name)                 \
    {                              \
#name, LAB_PLACES, 0, name \
    }
#define AT_UNIX(name)                                     \
    {                                                     \
#name "_at_unix_socket", LAB_PLACES_UNIX, 0, name \
    }
LAB(CASE(success), CASE(success_mapped), CASE(refusal), CASE(refusal_mapped),
    CASE(refusal_then_the_other_family), CASE(v6only), CASE(options_survive), CASE(wrong_addresses),
    AT_UNIX(success), AT_UNIX(success_mapped), AT_UNIX(refusal_mapped), AT_UNIX(options_survive))
