/* A program that connects without blocking and waits for the socket in the ways there are, at
 * proxies that no place of the laboratory stands for; connecting_*.c have the rest. */
#include "tests/preload/lab.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>

static int nonblocking(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    CHECK(fd >= 0);
    return fd;
}

/* 0 or errno */
static int begin(int fd)
{
    struct sockaddr_in to = lab_v4("192.0.2.1", 80);
    return connect(fd, (struct sockaddr *)&to, sizeof to) == 0 ? 0 : errno;
}

static int pending_error(int fd)
{
    int value = -1;
    socklen_t len = sizeof value;
    CHECK(getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &len) == 0);
    return value;
}

static void check_begun(int fd)
{
    CHECK(begin(fd) == EINPROGRESS);
}

/* The bytes come back; the socket stays as it is. */
static void check_nonblocking_echo(int fd)
{
    struct pollfd one = { .fd = fd, .events = POLLIN };
    char back[5];
    CHECK(send(fd, "hello", 5, 0) == 5);
    CHECK(poll(&one, 1, 10000) == 1 && recv(fd, back, 5, 0) > 0 && back[0] == 'h');
}

static void poll_waits(void)
{
    int fd = nonblocking();
    struct pollfd one = { .fd = fd, .events = POLLOUT };
    check_begun(fd);
    CHECK(poll(&one, 1, 10000) == 1 && one.revents == POLLOUT);
    CHECK(pending_error(fd) == 0);
    lab_check_peer(fd, "192.0.2.1", 80);
    check_nonblocking_echo(fd);
}

static void flag_stays(void)
{
    char byte;
    int fd = nonblocking();
    check_begun(fd);
    CHECK((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    CHECK(recv(fd, &byte, 1, 0) == -1 && errno == EAGAIN);
}

static void select_waits(void)
{
    int fd = nonblocking();
    struct timeval bound = { 10, 0 };
    fd_set set;
    check_begun(fd);
    FD_ZERO(&set);
    FD_SET(fd, &set);
    CHECK(select(fd + 1, NULL, &set, NULL, &bound) == 1 && FD_ISSET(fd, &set));
    CHECK(pending_error(fd) == 0);
    check_nonblocking_echo(fd);
}

static void check_epoll(bool before, uint32_t how)
{
    int fd = nonblocking(), set = epoll_create1(0);
    struct epoll_event want = { .events = EPOLLOUT | how, .data.u64 = 4711 }, got = { 0 };
    if (before)
        CHECK(epoll_ctl(set, EPOLL_CTL_ADD, fd, &want) == 0);
    check_begun(fd);
    if (!before)
        CHECK(epoll_ctl(set, EPOLL_CTL_ADD, fd, &want) == 0);
    CHECK(epoll_wait(set, &got, 1, 10000) == 1 && got.data.u64 == 4711);
    CHECK(got.events == EPOLLOUT);
    CHECK(pending_error(fd) == 0);
    check_nonblocking_echo(fd);
}

static void epoll_after(void)
{
    check_epoll(false, 0);
}

static void epoll_before(void)
{
    check_epoll(true, 0);
}

static void epoll_before_edge_triggered(void)
{
    check_epoll(true, EPOLLET);
}

static void epoll_after_edge_triggered(void)
{
    check_epoll(false, EPOLLET);
}

static void second_connect_is_eisconn(void)
{
    int fd = nonblocking();
    struct pollfd one = { .fd = fd, .events = POLLOUT };
    check_begun(fd);
    CHECK(poll(&one, 1, 10000) == 1);
    CHECK(begin(fd) == 0 && begin(fd) == EISCONN);
}

static void refusal_is_told(void)
{
    int fd = nonblocking();
    struct pollfd one = { .fd = fd, .events = POLLOUT };
    check_begun(fd);
    CHECK(poll(&one, 1, 10000) == 1);
    CHECK(pending_error(fd) == EOPNOTSUPP && pending_error(fd) == 0);
    CHECK((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
}

/* The proxy sends them with its reply: they are the program's, and none of them is lost. */
static void early_bytes(void)
{
    char got[11];
    int fd = nonblocking();
    struct pollfd one = { .fd = fd, .events = POLLIN };
    check_begun(fd);
    CHECK(poll(&one, 1, 10000) == 1 && one.revents == POLLIN);
    lab_read(fd, got, sizeof got);
    CHECK(memcmp(got, "220 early\r\n", sizeof got) == 0);
    CHECK(pending_error(fd) == 0);
    check_nonblocking_echo(fd);
}

/* The proxy gives up after 0, 1, 2… bytes of its 12, then does not: each time an error, or none. */
static void closed_at_every_byte(void)
{
    int failed = 0, error = ECONNRESET;
    while (error == ECONNRESET) {
        int fd = nonblocking();
        struct pollfd one = { .fd = fd, .events = POLLOUT };
        check_begun(fd);
        CHECK(poll(&one, 1, 10000) == 1);
        error = pending_error(fd);
        failed += error != 0;
        CHECK(failed <= 12);
        if (error == 0)
            check_nonblocking_echo(fd);
        CHECK(close(fd) == 0);
    }
    CHECK(error == 0 && failed >= 6); /* each failure may have taken two connections */
}

static void deadline(void)
{
    int fd = nonblocking();
    struct pollfd one = { .fd = fd, .events = POLLOUT };
    check_begun(fd);
    CHECK(poll(&one, 1, 10000) == 1);
    CHECK(pending_error(fd) == ETIMEDOUT && pending_error(fd) == 0);
}

static void flag_by_fcntl(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct pollfd one = { .fd = fd, .events = POLLOUT };
    CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    check_begun(fd);
    CHECK(poll(&one, 1, 10000) == 1 && pending_error(fd) == 0);
    CHECK(fcntl(fd, F_SETFL, 0) == 0);
    lab_check_echo(fd);
}

static void high_descriptor(void)
{
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max;
    if (limit.rlim_max <= 3000 || setrlimit(RLIMIT_NOFILE, &limit) != 0)
        lab_skip("no descriptor 3000");
    int fd = dup2(nonblocking(), 3000);
    struct pollfd one = { .fd = fd, .events = POLLOUT };
    CHECK(fd == 3000);
    check_begun(fd);
    CHECK(poll(&one, 1, 10000) == 1 && pending_error(fd) == 0);
    lab_check_peer(fd, "192.0.2.1", 80);
    check_nonblocking_echo(fd);
}

LAB_BY_RELAY(
    { "poll_waits", LAB_HONEST, 0, poll_waits, "192.0.2.1:80" },
    { "poll_waits_for_slow_proxy", LAB_TRICKLES, 5, poll_waits, "192.0.2.1:80" },
    { "poll_waits_for_dropping_proxy", LAB_DROPS, 0, poll_waits, NULL },
    { "poll_waits_pipelined", LAB_HONEST, 0, poll_waits, "192.0.2.1:80", "SOCKS5A_PIPELINE=on" },
    { "poll_waits_in_turn", LAB_HONEST, 0, poll_waits, "192.0.2.1:80", "SOCKS5A_PIPELINE=off" },
    { "poll_waits_for_log_in", LAB_PASSWORD, 0, poll_waits, "192.0.2.1:80",
      "SOCKS5A_USER=alice\nSOCKS5A_PASSWORD=secret" },
    { "poll_waits_for_reply_with_name", LAB_BY_NAME, 200, poll_waits, "192.0.2.1:80" },
    { "poll_waits_for_reply_with_ipv6", LAB_BY_IPV6, 0, poll_waits, "192.0.2.1:80" },
    { "epoll_before_slow_proxy", LAB_TRICKLES, 5, epoll_before_edge_triggered, "192.0.2.1:80" },
    { "early_bytes", LAB_EARLY_DATA, 0, early_bytes, "192.0.2.1:80" },
    { "closed_at_every_byte", LAB_CLOSES, -1, closed_at_every_byte, NULL },
    { "closed_at_every_byte_pipelined", LAB_CLOSES, -1, closed_at_every_byte, NULL,
      "SOCKS5A_PIPELINE=on" },
    { "closed_at_every_byte_in_turn", LAB_CLOSES, -1, closed_at_every_byte, NULL,
      "SOCKS5A_PIPELINE=off" },
    { "deadline_of_hanging_proxy", LAB_HANGS, 0, deadline, "", "SOCKS5A_TIMEOUT=1" },
    { "deadline_of_trickling_proxy", LAB_TRICKLES, 300, deadline, NULL, "SOCKS5A_TIMEOUT=1" },
    { "flag_stays", LAB_HONEST, 0, flag_stays, NULL },
    { "select_waits", LAB_HONEST, 0, select_waits, "192.0.2.1:80" },
    { "epoll_after", LAB_HONEST, 0, epoll_after, "192.0.2.1:80" },
    { "epoll_before", LAB_HONEST, 0, epoll_before, "192.0.2.1:80" },
    { "epoll_before_edge_triggered", LAB_HONEST, 0, epoll_before_edge_triggered, "192.0.2.1:80" },
    { "epoll_after_edge_triggered", LAB_HONEST, 0, epoll_after_edge_triggered, "192.0.2.1:80" },
    { "second_connect_is_eisconn", LAB_HONEST, 0, second_connect_is_eisconn, "192.0.2.1:80" },
    { "refusal_is_told", LAB_REFUSES, 7, refusal_is_told, NULL },
    { "flag_by_fcntl", LAB_HONEST, 0, flag_by_fcntl, "192.0.2.1:80" },
    { "high_descriptor", LAB_HONEST, 0, high_descriptor, "192.0.2.1:80" })
