/* A program that connects a blocking TCP socket, as most do. */
#include "tests/preload/lab.h"

#include <fcntl.h>

static void echoes(void)
{
    lab_check_echo(lab_connect("192.0.2.1", 80));
}

static void keeps_errno(void)
{
    struct sockaddr_in to = lab_v4("192.0.2.1", 80);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    errno = 12345;
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    CHECK(errno == 12345);
}

static void peer_is_the_target(void)
{
    struct sockaddr_in peer, to = lab_v4("192.0.2.1", 80);
    socklen_t len = sizeof peer;
    int fd = lab_connect("192.0.2.1", 80);
    CHECK(getpeername(fd, (struct sockaddr *)&peer, &len) == 0);
    CHECK(len == sizeof peer && memcmp(&peer, &to, len) == 0);
}

static void peer_is_cut_to_the_room(void)
{
    struct sockaddr_in peer = { 0 };
    socklen_t len = 4;
    int fd = lab_connect("192.0.2.1", 80);
    CHECK(getpeername(fd, (struct sockaddr *)&peer, &len) == 0);
    CHECK(len == sizeof peer && peer.sin_port == htons(80) && peer.sin_addr.s_addr == 0);
}

static void options_survive(void)
{
    struct sockaddr_in to = lab_v4("192.0.2.1", 80);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1, value = 0;
    socklen_t len = sizeof value;
    CHECK(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one) == 0);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    CHECK(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &len) == 0 && value == 1);
    CHECK(getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, &len) == 0 && value == 1);
    CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
    CHECK((fcntl(fd, F_GETFL) & O_NONBLOCK) == 0);
}

static void send_timeout_survives(void)
{
    struct sockaddr_in to = lab_v4("192.0.2.1", 80);
    struct timeval set = { 7, 0 }, is = { 0, 0 };
    socklen_t len = sizeof is;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &set, sizeof set) == 0);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    CHECK(getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &is, &len) == 0 && is.tv_sec == 7);
}

static void bound_port_survives(void)
{
    struct sockaddr_in own = lab_v4("127.0.0.1", 0), after, to = lab_v4("192.0.2.1", 80);
    socklen_t len = sizeof own;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(bind(fd, (struct sockaddr *)&own, sizeof own) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&own, &len) == 0);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&after, &len) == 0);
    CHECK(after.sin_port == own.sin_port);
}

static void second_connect_is_eisconn(void)
{
    struct sockaddr_in to = lab_v4("192.0.2.1", 80);
    int fd = lab_connect("192.0.2.1", 80);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == -1 && errno == EISCONN);
    lab_check_echo(fd);
}

static void af_unspec_disconnects(void)
{
    struct sockaddr nobody = { .sa_family = AF_UNSPEC };
    struct sockaddr_in peer, to = lab_v4("192.0.2.2", 81);
    socklen_t len = sizeof peer;
    int fd = lab_connect("192.0.2.1", 80);
    CHECK(connect(fd, &nobody, sizeof nobody) == 0);
    CHECK(getpeername(fd, (struct sockaddr *)&peer, &len) == -1 && errno == ENOTCONN);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    lab_check_echo(fd);
}

static void ipv6_target(void)
{
    struct sockaddr_in6 peer, to = lab_v6("2001:db8::1", 443);
    socklen_t len = sizeof peer;
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    if (fd < 0)
        lab_skip("no IPv6");
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    CHECK(getpeername(fd, (struct sockaddr *)&peer, &len) == 0);
    CHECK(len == sizeof peer && memcmp(&peer.sin6_addr, &to.sin6_addr, 16) == 0);
    lab_check_echo(fd);
}

static void v6only_socket_gets_a_standin(void)
{
    struct sockaddr_in6 own, peer, to = lab_v6("2001:db8::1", 443);
    socklen_t len = sizeof peer, own_len = sizeof own, int_len = sizeof(int);
    int one = 1, value = 0, fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        lab_skip("no IPv6");
    CHECK(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one) == 0);
    CHECK(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    CHECK(getpeername(fd, (struct sockaddr *)&peer, &len) == 0 && peer.sin6_family == AF_INET6);
    CHECK(getsockname(fd, (struct sockaddr *)&own, &own_len) == 0 && own.sin6_family == AF_INET6);
    CHECK(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &int_len) == 0 && value == AF_INET6);
    CHECK(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &int_len) == 0 && value == 1);
    CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == -1 && errno == EISCONN);
    lab_check_echo(fd);
}

static void bad_calls_fail_as_in_the_kernel(void)
{
    struct sockaddr_in v4 = lab_v4("192.0.2.1", 80);
    struct sockaddr_in6 v6 = lab_v6("2001:db8::1", 80);
    const struct sockaddr *volatile nowhere = NULL;
    int fd = socket(AF_INET, SOCK_STREAM, 0), six = socket(AF_INET6, SOCK_STREAM, 0);
    CHECK(connect(fd, nowhere, sizeof v4) == -1 && errno == EFAULT);
    CHECK(connect(fd, (struct sockaddr *)&v4, 4) == -1 && errno == EINVAL);
    CHECK(connect(fd, (struct sockaddr *)&v6, sizeof v6) == -1 && errno == EAFNOSUPPORT);
    CHECK(six < 0 || (connect(six, (struct sockaddr *)&v4, sizeof v4) == -1 && errno == EINVAL));
    CHECK(connect(12345, (struct sockaddr *)&v4, sizeof v4) == -1 && errno == EBADF);
    CHECK(connect(open("/dev/null", O_RDWR), (struct sockaddr *)&v4, sizeof v4) == -1 &&
          errno == ENOTSOCK);
}

static void early_data_stay_in_the_stream(void)
{
    char line[11];
    int fd = lab_connect("192.0.2.1", 21);
    lab_read(fd, line, sizeof line);
    CHECK(memcmp(line, "220 early\r\n", sizeof line) == 0);
    lab_check_echo(fd);
}

LAB_BY_RELAY(
    { "echoes", LAB_HONEST, 0, echoes, "192.0.2.1:80" },
    { "keeps_errno", LAB_HONEST, 0, keeps_errno, "192.0.2.1:80" },
    { "peer_is_the_target", LAB_HONEST, 0, peer_is_the_target, "192.0.2.1:80" },
    { "peer_is_cut_to_the_room", LAB_HONEST, 0, peer_is_cut_to_the_room, NULL },
    { "options_survive", LAB_HONEST, 0, options_survive, NULL },
    { "send_timeout_survives", LAB_HONEST, 0, send_timeout_survives, NULL },
    { "bound_port_survives", LAB_HONEST, 0, bound_port_survives, NULL },
    { "second_connect_is_eisconn", LAB_HONEST, 0, second_connect_is_eisconn, "192.0.2.1:80" },
    { "af_unspec_disconnects", LAB_HONEST, 0, af_unspec_disconnects, "192.0.2.1:80;192.0.2.2:81" },
    { "ipv6_target", LAB_HONEST, 0, ipv6_target, "2001:db8::1:443" },
    { "v6only_socket_gets_a_standin", LAB_HONEST, 0, v6only_socket_gets_a_standin,
      "2001:db8::1:443" },
    { "bad_calls_fail_as_in_the_kernel", LAB_HONEST, 0, bad_calls_fail_as_in_the_kernel, "" },
    { "reply_with_a_name", LAB_BY_NAME, 200, echoes, "192.0.2.1:80" },
    { "reply_with_an_empty_looking_name", LAB_BY_NAME, 1, echoes, "192.0.2.1:80" },
    { "reply_with_ipv6", LAB_BY_IPV6, 0, echoes, "192.0.2.1:80" },
    { "early_data_stay_in_the_stream", LAB_EARLY_DATA, 0, early_data_stay_in_the_stream, NULL })
