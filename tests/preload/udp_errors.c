/* A program that asks for errors about its datagrams (IP_RECVERR), as traceroute and QUIC do: what it gets
 * is about whom it has sent to, and nothing of the relay. By the shim alone. */
#include "tests/preload/habit_udp.h"

#include <linux/errqueue.h>

static int asking(int family)
{
    int one = 1, fd = udp_socket(family);
    CHECK(setsockopt(fd, IPPROTO_IP, IP_RECVERR, &one, sizeof one) == 0);
    if (family == AF_INET6)
        CHECK(setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &one, sizeof one) == 0);
    return fd;
}

static bool shows_error(int fd)
{
    return (habit_poll(fd, POLLIN, 5) & POLLERR) != 0;
}

/* The next error is about the text, sent to the place; nobody is named as who raised it. */
static void check_error(int fd, const void *to, socklen_t to_len, const char *text)
{
    union {
        struct cmsghdr header;
        char bytes[512];
    } control;
    char bytes[256];
    struct sockaddr_storage name = { 0 };
    struct iovec part = { bytes, sizeof bytes };
    struct msghdr message = { &name, sizeof name, &part, 1, &control, sizeof control, 0 };
    struct sock_extended_err error;
    struct sockaddr offender;
    ssize_t len = recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT);
    CHECK(len == (ssize_t)strlen(text) && memcmp(bytes, text, strlen(text)) == 0);
    CHECK((message.msg_flags & MSG_ERRQUEUE) != 0 && (message.msg_flags & MSG_TRUNC) == 0);
    CHECK(message.msg_namelen == to_len && memcmp(&name, to, to_len) == 0);
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    CHECK(c != NULL && c->cmsg_len >= CMSG_LEN(sizeof error + sizeof offender));
    memcpy(&error, CMSG_DATA(c), sizeof error);
    memcpy(&offender, CMSG_DATA(c) + sizeof error, sizeof offender);
    CHECK(error.ee_errno == ECONNREFUSED && offender.sa_family == AF_UNSPEC);
}

/* Once the relay's port is closed: the kernel itself says so. */
static void shut_relay(int fd)
{
    udp_send_to(fd, AT_OPEN, "before");
    udp_check(fd, "before");
    udp_send_to(fd, AT_SINK, "the end of it");
    CHECK(lab_wait_for_taken(6 + 13));
}

static void send_until_it_shows(int fd, const void *to, socklen_t to_len, const char *text)
{
    for (int i = 0; i < HABIT_BOUND_MS / 5 && !shows_error(fd); i++)
        (void)!sendto(fd, text, strlen(text), MSG_DONTWAIT, to, to_len);
    CHECK(shows_error(fd));
}

static void of_an_unconnected_socket(void)
{
    struct sockaddr_in to = lab_at(AT_GREETING);
    char byte;
    int fd = asking(AF_INET);
    shut_relay(fd);
    send_until_it_shows(fd, &to, sizeof to, "lost");
    CHECK(recv(fd, &byte, 1, MSG_DONTWAIT) == -1 && errno == ECONNREFUSED);
    check_error(fd, &to, sizeof to, "lost");
}

static void of_a_connected_socket(void)
{
    struct sockaddr_in to = lab_at(AT_OPEN), other = lab_at(AT_GREETING);
    int fd = asking(AF_INET);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    shut_relay(fd);
    send_until_it_shows(fd, NULL, 0, "lost");
    check_error(fd, &to, sizeof to, "lost");
    while (shows_error(fd)) /* of those behind the first */
        check_error(fd, &to, sizeof to, "lost");
    send_until_it_shows(fd, &other, sizeof other, "elsewhere");
    check_error(fd, &other, sizeof other, "elsewhere");
}

static void of_an_ipv6_socket(void)
{
    struct sockaddr_in6 to = lab_at_mapped(AT_OPEN), six = lab_at6(AT_OPEN);
    int fd = asking(AF_INET6);
    char bytes[8];
    CHECK(sendto(fd, "before", 6, 0, (struct sockaddr *)&to, sizeof to) == 6);
    CHECK(recv(fd, bytes, sizeof bytes, 0) == 6);
    to = lab_at_mapped(AT_SINK);
    CHECK(sendto(fd, "the end of it", 13, 0, (struct sockaddr *)&to, sizeof to) == 13);
    CHECK(lab_wait_for_taken(6 + 13));
    send_until_it_shows(fd, &six, sizeof six, "lost");
    check_error(fd, &six, sizeof six, "lost");
}

/* Where no association can be had each datagram that waited for one comes back. */
static void of_what_waited(void)
{
    struct sockaddr_in one = lab_at(AT_OPEN), two = lab_at(AT_GREETING);
    int fd = asking(AF_INET);
    CHECK(sendto(fd, "one", 3, MSG_DONTWAIT, (struct sockaddr *)&one, sizeof one) == 3);
    CHECK(sendto(fd, "two", 3, MSG_DONTWAIT, (struct sockaddr *)&two, sizeof two) == 3);
    CHECK(habit_poll(fd, POLLIN, HABIT_BOUND_MS) == POLLERR);
    check_error(fd, &one, sizeof one, "one");
    CHECK(habit_poll(fd, POLLIN, HABIT_BOUND_MS) == POLLERR);
    check_error(fd, &two, sizeof two, "two");
}

LAB({ "of_an_unconnected_socket", LAB_PLACES_SHIM, LAB_RELAY_SHUTS, of_an_unconnected_socket },
    { "of_a_connected_socket", LAB_PLACES_SHIM, LAB_RELAY_SHUTS, of_a_connected_socket },
    { "of_an_ipv6_socket", LAB_PLACES_SHIM, LAB_RELAY_SHUTS, of_an_ipv6_socket },
    { "of_what_waited", LAB_HANGS, 0, of_what_waited, NULL, "SOCKS5A_TIMEOUT=1" })
