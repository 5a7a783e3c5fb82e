/* A program that sends datagrams where they are blocked: none leaves but to where the rules say direct, and each refusal
 * is an errno. 127.0.0.2 stands for a place beyond the proxy here, where a leak would be seen. */
#include "tests/preload/lab.h"

#include <sys/uio.h>

static struct sockaddr_in beyond; /* where the spy listens */
static int spy = -1;

static int bind_datagram(const char *ip, struct sockaddr_in *at)
{
    socklen_t len = sizeof *at;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    *at = lab_v4(ip, 0);
    CHECK(bind(fd, (struct sockaddr *)at, len) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)at, &len) == 0);
    return fd;
}

static int prepare(void)
{
    lab_configure("[rules]\nproxy default = 127.0.0.2\n[udp]\nmode = block\n");
    spy = bind_datagram("127.0.0.2", &beyond);
    return socket(AF_INET, SOCK_DGRAM, 0);
}

/* Loopback delivers before the sending call returns. */
static void check_no_leak(void)
{
    char byte;
    CHECK(recv(spy, &byte, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
}

#define CHECK_DENIED(call)                      \
    do {                                        \
        errno = 0;                              \
        CHECK((call) == -1 && errno == EACCES); \
        check_no_leak();                        \
    } while (0)

static void sendto_is_denied(void)
{
    struct sockaddr_in far = lab_v4("192.0.2.1", 54);
    int fd = prepare();
    CHECK_DENIED(sendto(fd, "x", 1, 0, (struct sockaddr *)&far, sizeof far));
    CHECK_DENIED(sendto(fd, "x", 1, 0, (struct sockaddr *)&beyond, sizeof beyond));
    CHECK_DENIED(sendto(fd, "", 0, 0, (struct sockaddr *)&beyond, sizeof beyond));
}

static struct msghdr message_to(struct sockaddr_in *to, struct iovec *bytes)
{
    return (struct msghdr){ .msg_name = to,
                            .msg_namelen = to == NULL ? 0 : sizeof *to,
                            .msg_iov = bytes,
                            .msg_iovlen = 1 };
}

static void sendmsg_is_denied(void)
{
    struct iovec bytes = { "x", 1 };
    int fd = prepare();
    struct msghdr message = message_to(&beyond, &bytes);
    CHECK_DENIED(sendmsg(fd, &message, 0));
}

static void sendmmsg_is_denied(void)
{
    struct iovec bytes = { "x", 1 };
    int fd = prepare();
    struct mmsghdr two[2] = { { message_to(&beyond, &bytes), 0 },
                              { message_to(&beyond, &bytes), 0 } };
    CHECK_DENIED(sendmmsg(fd, two, 2, 0));
}

/* The kernel tells how many went out before the one that failed. */
static void sendmmsg_stops_at_the_denied(void)
{
    char got[8];
    struct sockaddr_in near;
    struct iovec bytes = { "near", 4 };
    int fd = prepare(), other = bind_datagram("127.0.0.1", &near);
    struct mmsghdr three[3] = { { message_to(&near, &bytes), 0 },
                                { message_to(&beyond, &bytes), 0 },
                                { message_to(&near, &bytes), 0 } };
    CHECK(sendmmsg(fd, three, 3, 0) == 1 && three[0].msg_len == 4);
    CHECK(recv(other, got, sizeof got, MSG_DONTWAIT) == 4);
    CHECK(recv(other, got, sizeof got, MSG_DONTWAIT) == -1);
    check_no_leak();
}

static int prepare_connected(void)
{
    int fd = prepare();
    CHECK(connect(fd, (struct sockaddr *)&beyond, sizeof beyond) == 0);
    return fd;
}

static void connect_sends_nothing_and_names_the_peer(void)
{
    struct sockaddr_in own = { 0 };
    socklen_t len = sizeof own;
    int fd = prepare_connected();
    lab_check_peer(fd, "127.0.0.2", ntohs(beyond.sin_port));
    CHECK(getsockname(fd, (struct sockaddr *)&own, &len) == 0 && own.sin_port != 0);
    check_no_leak();
}

static void connected_send_is_denied(void)
{
    struct iovec bytes = { "x", 1 };
    struct msghdr message = message_to(NULL, &bytes);
    struct mmsghdr one = { message, 0 };
    int fd = prepare_connected();
    CHECK_DENIED(send(fd, "x", 1, 0));
    CHECK_DENIED(sendto(fd, "x", 1, 0, NULL, 0));
    CHECK_DENIED(sendmsg(fd, &message, 0));
    CHECK_DENIED(sendmmsg(fd, &one, 1, 0));
}

/* Calls that are not interposed meet a socket that the kernel has not connected. */
static void connected_write_fails(void)
{
    struct iovec bytes = { "x", 1 };
    int fd = prepare_connected();
    CHECK(write(fd, "x", 1) == -1);
    check_no_leak();
    CHECK(writev(fd, &bytes, 1) == -1);
    check_no_leak();
    CHECK(dprintf(fd, "x") == -1);
    check_no_leak();
}

static void unspecified_family_is_denied(void)
{
    int fd = prepare();
    struct sockaddr_in to = beyond;
    to.sin_family = AF_UNSPEC; /* IPv4 to the kernel */
    CHECK_DENIED(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof to));
}

static int prepare6(void)
{
    close(prepare());
    int fd = socket(AF_INET6, SOCK_DGRAM, 0);
    if (fd < 0)
        lab_skip("no IPv6");
    return fd;
}

static struct sockaddr_in6 mapped(const struct sockaddr_in *v4)
{
    char text[INET6_ADDRSTRLEN + 8] = "::ffff:";
    inet_ntop(AF_INET, &v4->sin_addr, text + strlen(text), INET_ADDRSTRLEN);
    return lab_v6(text, ntohs(v4->sin_port));
}

static void v4_mapped_is_denied(void)
{
    int fd = prepare6();
    struct sockaddr_in6 to = mapped(&beyond);
    CHECK_DENIED(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof to));
    CHECK_DENIED(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, 24)); /* SIN6_LEN_RFC2133 */
}

static void v4_address_on_v6_socket_is_denied(void)
{
    int fd = prepare6();
    CHECK_DENIED(sendto(fd, "x", 1, 0, (struct sockaddr *)&beyond, sizeof beyond));
}

static void v6_is_denied(void)
{
    struct sockaddr_in6 to = lab_v6("2001:db8::1", 54);
    int fd = prepare6();
    CHECK_DENIED(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof to));
    CHECK_DENIED(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, 24));
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    CHECK_DENIED(send(fd, "x", 1, 0));
}

static void v6_loopback_works(void)
{
    char byte = 0;
    int fd = prepare6(), other = socket(AF_INET6, SOCK_DGRAM, 0);
    struct sockaddr_in6 at = lab_v6("::1", 0);
    socklen_t len = sizeof at;
    if (bind(other, (struct sockaddr *)&at, len) != 0)
        lab_skip("no ::1");
    CHECK(getsockname(other, (struct sockaddr *)&at, &len) == 0);
    CHECK(sendto(fd, "x", 1, 0, (struct sockaddr *)&at, sizeof at) == 1);
    CHECK(recv(other, &byte, 1, 0) == 1 && byte == 'x');
}

static void loopback_works(void)
{
    char got[8];
    struct sockaddr_in near;
    int fd = prepare(), other = bind_datagram("127.0.0.1", &near);
    CHECK(sendto(fd, "one", 3, 0, (struct sockaddr *)&near, sizeof near) == 3);
    CHECK(recv(other, got, sizeof got, 0) == 3);
    CHECK(connect(fd, (struct sockaddr *)&near, sizeof near) == 0);
    lab_check_peer(fd, "127.0.0.1", ntohs(near.sin_port));
    CHECK(send(fd, "two", 3, 0) == 3 && write(fd, "three", 5) == 5);
    CHECK(recv(other, got, sizeof got, 0) == 3 && recv(other, got, sizeof got, 0) == 5);
}

/* glibc's resolver, and happy-eyeballs code, connect one socket to several places. */
static void reconnects(void)
{
    struct sockaddr_in near;
    struct sockaddr nobody = { .sa_family = AF_UNSPEC };
    int fd = prepare_connected(), other = bind_datagram("127.0.0.1", &near);
    char byte = 0;
    CHECK(connect(fd, (struct sockaddr *)&near, sizeof near) == 0);
    lab_check_peer(fd, "127.0.0.1", ntohs(near.sin_port));
    CHECK(send(fd, "x", 1, 0) == 1 && recv(other, &byte, 1, 0) == 1);
    CHECK(connect(fd, (struct sockaddr *)&beyond, sizeof beyond) == 0);
    lab_check_peer(fd, "127.0.0.2", ntohs(beyond.sin_port));
    CHECK_DENIED(send(fd, "x", 1, 0));
    CHECK(write(fd, "x", 1) == -1);
    check_no_leak();
    CHECK(connect(fd, &nobody, sizeof nobody) == 0);
    socklen_t len = sizeof near;
    CHECK(getpeername(fd, (struct sockaddr *)&near, &len) == -1 && errno == ENOTCONN);
    CHECK(send(fd, "x", 1, 0) == -1 && errno == EDESTADDRREQ);
}

static void local_datagrams_are_not_ours(void)
{
    int pair[2];
    char byte;
    close(prepare());
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
    CHECK(send(pair[0], "x", 1, 0) == 1 && recv(pair[1], &byte, 1, 0) == 1);
}

static void bad_calls_fail_as_in_the_kernel(void)
{
    const void *volatile nowhere = NULL;
    int fd = prepare();
    CHECK(sendto(fd, "x", 1, 0, (struct sockaddr *)&beyond, 4) == -1 && errno == EINVAL);
    CHECK(send(fd, "x", 1, 0) == -1 && errno == EDESTADDRREQ);
    CHECK(sendto(12345, "x", 1, 0, (struct sockaddr *)&beyond, sizeof beyond) == -1 &&
          errno == EBADF);
    CHECK(sendmsg(fd, nowhere, 0) == -1 && errno == EFAULT);
}

#define CONF "SOCKS5A_CONF=@/conf"
LAB({ "sendto_is_denied", LAB_HONEST, 0, sendto_is_denied, "", CONF },
    { "sendmsg_is_denied", LAB_HONEST, 0, sendmsg_is_denied, "", CONF },
    { "sendmmsg_is_denied", LAB_HONEST, 0, sendmmsg_is_denied, "", CONF },
    { "sendmmsg_stops_at_the_denied", LAB_HONEST, 0, sendmmsg_stops_at_the_denied, "", CONF },
    { "connect_sends_nothing_and_names_the_peer", LAB_HONEST, 0,
      connect_sends_nothing_and_names_the_peer, "", CONF },
    { "connected_send_is_denied", LAB_HONEST, 0, connected_send_is_denied, "", CONF },
    { "connected_write_fails", LAB_HONEST, 0, connected_write_fails, "", CONF },
    { "unspecified_family_is_denied", LAB_HONEST, 0, unspecified_family_is_denied, "", CONF },
    { "v4_mapped_is_denied", LAB_HONEST, 0, v4_mapped_is_denied, "", CONF },
    { "v4_address_on_v6_socket_is_denied", LAB_HONEST, 0, v4_address_on_v6_socket_is_denied, "",
      CONF },
    { "v6_is_denied", LAB_HONEST, 0, v6_is_denied, "", CONF },
    { "v6_loopback_works", LAB_HONEST, 0, v6_loopback_works, "", CONF },
    { "loopback_works", LAB_HONEST, 0, loopback_works, "", CONF },
    { "reconnects", LAB_HONEST, 0, reconnects, "", CONF },
    { "local_datagrams_are_not_ours", LAB_HONEST, 0, local_datagrams_are_not_ours, "", CONF },
    { "bad_calls_fail_as_in_the_kernel", LAB_HONEST, 0, bad_calls_fail_as_in_the_kernel, "", CONF })
