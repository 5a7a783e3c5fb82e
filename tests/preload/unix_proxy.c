/* A program whose proxy is at a Unix socket: its own socket is replaced by a stand-in, and it does
 * not notice. */
#include "tests/preload/lab.h"

#include <fcntl.h>
#include <poll.h>

static int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t len = sizeof value;
    CHECK(getsockopt(fd, level, name, &value, &len) == 0 && len == sizeof value);
    return value;
}

static void echoes(void)
{
    lab_check_echo(lab_connect("192.0.2.1", 80));
    lab_check_echo(lab_connect("192.0.2.1", 80));
}

static void names_are_tcp(void)
{
    struct sockaddr_in own = { 0 };
    socklen_t len = sizeof own;
    int fd = lab_connect("192.0.2.1", 80);
    lab_check_peer(fd, "192.0.2.1", 80);
    CHECK(getsockname(fd, (struct sockaddr *)&own, &len) == 0);
    CHECK(len == sizeof own && own.sin_family == AF_INET);
    lab_check_echo(fd);
}

static void kind_is_tcp(void)
{
    int fd = lab_connect("192.0.2.1", 80);
    CHECK(option(fd, SOL_SOCKET, SO_DOMAIN) == AF_INET);
    CHECK(option(fd, SOL_SOCKET, SO_PROTOCOL) == IPPROTO_TCP);
    CHECK(option(fd, SOL_SOCKET, SO_TYPE) == SOCK_STREAM);
    CHECK(option(fd, SOL_SOCKET, SO_ERROR) == 0);
}

static void options_before(void)
{
    struct sockaddr_in to = lab_v4("192.0.2.1", 80);
    int one = 1, seven = 7, fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0);
    CHECK(setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &seven, sizeof seven) == 0);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one) == 0);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    CHECK(option(fd, IPPROTO_TCP, TCP_NODELAY) == 1);
    CHECK(option(fd, IPPROTO_TCP, TCP_KEEPCNT) == 7);
    CHECK(option(fd, SOL_SOCKET, SO_KEEPALIVE) == 1);
    lab_check_echo(fd);
}

static void options_after(void)
{
    int one = 1, tos = 16, fd = lab_connect("192.0.2.1", 80);
    CHECK(option(fd, IPPROTO_TCP, TCP_NODELAY) == 0);
    CHECK(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0);
    CHECK(option(fd, IPPROTO_TCP, TCP_NODELAY) == 1);
    CHECK(setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof tos) == 0);
    CHECK(option(fd, IPPROTO_IP, IP_TOS) == 16);
    CHECK(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, NULL, sizeof one) == -1 && errno == EFAULT);
}

static void tcp_info(void)
{
    struct tcp_info info = { 0 };
    socklen_t len = sizeof info;
    int fd = lab_connect("192.0.2.1", 80);
    CHECK(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0);
    CHECK(info.tcpi_state == TCP_ESTABLISHED);
}

static void number_and_flags_stay(void)
{
    struct sockaddr_in to = lab_v4("192.0.2.1", 80);
    struct timeval timeout = { 3, 0 }, is = { 0, 0 };
    socklen_t len = sizeof is;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), next = dup(STDERR_FILENO);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) == 0);
    close(next);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
    CHECK((fcntl(fd, F_GETFL) & O_NONBLOCK) == 0);
    CHECK(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &is, &len) == 0 && is.tv_sec == 3);
    CHECK(dup(STDERR_FILENO) == next); /* no descriptor is left over */
}

static void nonblocking(void)
{
    struct sockaddr_in to = lab_v4("192.0.2.1", 80);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct pollfd one = { .fd = fd, .events = POLLOUT };
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == -1 && errno == EINPROGRESS);
    CHECK(poll(&one, 1, 10000) == 1 && one.revents == POLLOUT);
    CHECK((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    CHECK(option(fd, SOL_SOCKET, SO_ERROR) == 0);
}

static void half_close(void)
{
    char back[8];
    int fd = lab_connect("192.0.2.1", 80);
    lab_write(fd, "hello", 5);
    CHECK(shutdown(fd, SHUT_WR) == 0);
    lab_read(fd, back, 5);
    CHECK(recv(fd, back, sizeof back, 0) == 0);
}

static void second_connect_is_eisconn(void)
{
    struct sockaddr_in to = lab_v4("192.0.2.1", 80);
    int fd = lab_connect("192.0.2.1", 80);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == -1 && errno == EISCONN);
}

static void child_sees_the_same(void)
{
    int fd = lab_connect("192.0.2.1", 80);
    pid_t child = fork();
    if (child == 0) {
        CHECK(dup2(fd, STDIN_FILENO) == STDIN_FILENO);
        execl(lab_self(), lab_self(), "--case", "inner", (char *)NULL);
        CHECK(!"executes");
    }
    lab_check_child(child);
}

static void inner(void)
{
    lab_check_peer(STDIN_FILENO, "192.0.2.1", 80);
    CHECK(option(STDIN_FILENO, SOL_SOCKET, SO_DOMAIN) == AF_INET);
    lab_check_echo(STDIN_FILENO);
}

static void ipv6_program(void)
{
    struct sockaddr_in6 own = { 0 }, peer = { 0 }, to = lab_v6("2001:db8::1", 443);
    socklen_t own_len = sizeof own, len = sizeof peer;
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    if (fd < 0)
        lab_skip("no IPv6");
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    CHECK(getpeername(fd, (struct sockaddr *)&peer, &len) == 0 && peer.sin6_family == AF_INET6);
    CHECK(getsockname(fd, (struct sockaddr *)&own, &own_len) == 0);
    CHECK(own_len == sizeof own && own.sin6_family == AF_INET6);
    lab_check_echo(fd);
}

LAB({ "echoes", LAB_UNIX, 0, echoes, "192.0.2.1:80;192.0.2.1:80" },
    { "names_are_tcp", LAB_UNIX, 0, names_are_tcp, NULL },
    { "kind_is_tcp", LAB_UNIX, 0, kind_is_tcp, NULL },
    { "options_before", LAB_UNIX, 0, options_before, NULL },
    { "options_after", LAB_UNIX, 0, options_after, NULL },
    { "tcp_info", LAB_UNIX, 0, tcp_info, NULL },
    { "number_and_flags_stay", LAB_UNIX, 0, number_and_flags_stay, NULL },
    { "nonblocking", LAB_UNIX, 0, nonblocking, NULL },
    { "half_close", LAB_UNIX, 0, half_close, NULL, NULL, 5 },
    { "second_connect_is_eisconn", LAB_UNIX, 0, second_connect_is_eisconn, NULL },
    { "child_sees_the_same", LAB_UNIX, 0, child_sees_the_same, NULL },
    { "inner", LAB_INNER, 0, inner, NULL },
    { "ipv6_program", LAB_UNIX, 0, ipv6_program, "2001:db8::1:443" })
