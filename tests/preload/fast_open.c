/* A program that opens TCP connections with data in the SYN: they go through the proxy, and the
 * data arrive once. */
#include "tests/preload/lab.h"

#include <poll.h>

static int stream(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(fd >= 0);
    return fd;
}

/* The echo of "hello", and no byte more. */
static void check_once(int fd)
{
    char back[16];
    lab_check_peer(fd, "192.0.2.1", 80);
    CHECK(recv(fd, back, 5, MSG_WAITALL) == 5 && memcmp(back, "hello", 5) == 0);
    CHECK(shutdown(fd, SHUT_WR) == 0);
    CHECK(recv(fd, back, sizeof back, 0) == 0);
}

static void by_sendto(void)
{
    struct sockaddr_in to = lab_v4("192.0.2.1", 80);
    int fd = stream();
    CHECK(sendto(fd, "hello", 5, MSG_FASTOPEN, (struct sockaddr *)&to, sizeof to) == 5);
    check_once(fd);
}

static struct msghdr hello_to(struct sockaddr_in *to)
{
    static struct iovec parts[2] = { { "he", 2 }, { "llo", 3 } };
    return (struct msghdr){
        .msg_name = to, .msg_namelen = sizeof *to, .msg_iov = parts, .msg_iovlen = 2
    };
}

static void by_sendmsg(void)
{
    struct sockaddr_in to = lab_v4("192.0.2.1", 80);
    struct msghdr message = hello_to(&to);
    int fd = stream();
    CHECK(sendmsg(fd, &message, MSG_FASTOPEN) == 5);
    check_once(fd);
}

static void by_sendmmsg(void)
{
    struct sockaddr_in to = lab_v4("192.0.2.1", 80);
    struct mmsghdr one = { hello_to(&to), 0 };
    int fd = stream();
    CHECK(sendmmsg(fd, &one, 1, MSG_FASTOPEN) == 1 && one.msg_len == 5);
    check_once(fd);
}

static void by_socket_option(void)
{
    struct sockaddr_in to = lab_v4("192.0.2.1", 80);
    int one = 1, fd = stream();
    CHECK(setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &one, sizeof one) == 0);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    lab_write(fd, "hello", 5);
    check_once(fd);
}

static void without_data(void)
{
    struct sockaddr_in to = lab_v4("192.0.2.1", 80);
    int fd = stream();
    CHECK(sendto(fd, NULL, 0, MSG_FASTOPEN, (struct sockaddr *)&to, sizeof to) == 0);
    lab_write(fd, "hello", 5);
    check_once(fd);
}

static void nonblocking(void)
{
    struct sockaddr_in to = lab_v4("192.0.2.1", 80);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct pollfd one = { .fd = fd, .events = POLLIN };
    char back[16];
    ssize_t sent = sendto(fd, "hello", 5, MSG_FASTOPEN, (struct sockaddr *)&to, sizeof to);
    CHECK(sent == -1 && errno == EINPROGRESS);
    one.events = POLLOUT;
    CHECK(poll(&one, 1, 10000) == 1 && send(fd, "hello", 5, 0) == 5);
    one.events = POLLIN;
    CHECK(poll(&one, 1, 10000) == 1 && recv(fd, back, sizeof back, 0) == 5);
}

static void refusal_is_told(void)
{
    struct sockaddr_in to = lab_v4("192.0.2.1", 80);
    int fd = stream();
    CHECK(sendto(fd, "hello", 5, MSG_FASTOPEN, (struct sockaddr *)&to, sizeof to) == -1);
    CHECK(errno == EOPNOTSUPP);
}

static void on_connected_socket(void)
{
    struct sockaddr_in to = lab_v4("192.0.2.1", 80);
    int fd = lab_connect("192.0.2.1", 80);
    CHECK(sendto(fd, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&to, sizeof to) == -1);
    CHECK(errno == EISCONN);
    CHECK(sendto(fd, "hello", 5, 0, (struct sockaddr *)&to, sizeof to) == 5);
    check_once(fd);
}

static void without_address(void)
{
    const struct sockaddr *volatile nowhere = NULL;
    CHECK(sendto(stream(), "x", 1, MSG_FASTOPEN, nowhere, 0) == -1 && errno != 0);
    CHECK(send(stream(), "x", 1, MSG_FASTOPEN) == -1);
}

LAB_BY_RELAY({ "by_sendto", LAB_HONEST, 0, by_sendto, "192.0.2.1:80", NULL, 5 },
             { "by_sendmsg", LAB_HONEST, 0, by_sendmsg, "192.0.2.1:80", NULL, 5 },
             { "by_sendmmsg", LAB_HONEST, 0, by_sendmmsg, "192.0.2.1:80", NULL, 5 },
             { "by_socket_option", LAB_HONEST, 0, by_socket_option, "192.0.2.1:80", NULL, 5 },
             { "without_data", LAB_HONEST, 0, without_data, "192.0.2.1:80", NULL, 5 },
             { "nonblocking", LAB_HONEST, 0, nonblocking, "192.0.2.1:80", NULL, 5 },
             { "refusal_is_told", LAB_REFUSES, 7, refusal_is_told, NULL },
             { "on_connected_socket", LAB_HONEST, 0, on_connected_socket, "192.0.2.1:80", NULL, 5 },
             { "without_address", LAB_HONEST, 0, without_address, "" })
