/* A program that connects its UDP socket and uses it like a stream. */
#include "tests/preload/habit_udp.h"

#include <sys/ioctl.h>
#include <sys/syscall.h>

static void send_and_recv(void)
{
    int fd = udp_connected(AT_OPEN);
    udp_send(fd, "hello");
    udp_check(fd, "hello");
    udp_send(fd, "");
    udp_check(fd, "");
}

static void write_and_read(void)
{
    char bytes[8];
    int fd = udp_connected(AT_OPEN);
    CHECK(write(fd, "hello", 5) == 5);
    CHECK(read(fd, bytes, sizeof bytes) == 5 && memcmp(bytes, "hello", 5) == 0);
    CHECK(write(fd, "", 0) == 0);
    CHECK(read(fd, bytes, 0) == 0); /* takes nothing */
    CHECK(read(fd, bytes, sizeof bytes) == 0);
}

static void writev_and_readv(void)
{
    char one[2], two[8] = "";
    struct iovec out[3] = { { "ab", 2 }, { NULL, 0 }, { "cde", 3 } };
    struct iovec in[2] = { { one, sizeof one }, { two, sizeof two } };
    int fd = udp_connected(AT_OPEN);
    CHECK(writev(fd, out, 3) == 5);
    CHECK(readv(fd, in, 2) == 5 && memcmp(one, "ab", 2) == 0 && memcmp(two, "cde", 3) == 0);
}

static void system_calls_by_number(void)
{
    char bytes[8];
    struct iovec part = { bytes, sizeof bytes };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    int fd = udp_connected(AT_OPEN);
    CHECK(syscall(SYS_write, fd, "one", 3) == 3 && syscall(SYS_read, fd, bytes, 8) == 3);
    CHECK(syscall(SYS_sendto, fd, "four", 4, 0, NULL, 0) == 4);
    CHECK(syscall(SYS_recvfrom, fd, bytes, 8, 0, NULL, NULL) == 4);
    part.iov_len = 5;
    CHECK(syscall(SYS_sendmsg, fd, &message, 0) == 5);
    CHECK(syscall(SYS_recvmsg, fd, &message, 0) == 5);
    CHECK(syscall(SYS_writev, fd, &part, 1) == 5 && syscall(SYS_readv, fd, &part, 1) == 5);
}

static void names_are_told(void)
{
    struct sockaddr_in own = { 0 };
    socklen_t len = sizeof own;
    int fd = udp_connected(AT_OPEN);
    lab_check_peer(fd, "198.51.100.1", 80);
    CHECK(getsockname(fd, (struct sockaddr *)&own, &len) == 0 && len == sizeof own);
    CHECK(own.sin_port != 0);
    udp_send(fd, "x");
    udp_check(fd, "x");
    lab_check_peer(fd, "198.51.100.1", 80);
}

/* What another socket may have caused to be sent to this one is not the peer's. */
static void hears_its_peer_alone(void)
{
    int fd = udp_socket(AF_INET);
    struct sockaddr_in to = lab_at(AT_OPEN);
    udp_send_to(fd, AT_SINK, "x");
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    udp_send_to(fd, AT_GREETING, "not the peer");
    udp_check_quiet(fd);
    udp_send(fd, "peer");
    udp_check(fd, "peer");
}

static void connects_anew(void)
{
    struct sockaddr nobody = { .sa_family = AF_UNSPEC };
    struct sockaddr_in to = lab_at(AT_GREETING), own, after;
    socklen_t len = sizeof own;
    int fd = udp_connected(AT_OPEN);
    udp_send(fd, "one");
    udp_check(fd, "one");
    CHECK(getsockname(fd, (struct sockaddr *)&own, &len) == 0);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&after, &len) == 0);
    CHECK(own.sin_port == after.sin_port);
    lab_check_peer(fd, "198.51.100.2", 80);
    udp_send(fd, "two");
    udp_check_from(fd, AT_GREETING, "two");
    CHECK(connect(fd, &nobody, sizeof nobody) == 0);
    CHECK(habit_peer_error(fd) == ENOTCONN);
    CHECK(send(fd, "x", 1, 0) == -1 && errno == EDESTADDRREQ);
    udp_send_to(fd, AT_OPEN, "three");
    udp_check_from(fd, AT_OPEN, "three");
}

static void duplicates_are_the_same(void)
{
    int fd = udp_connected(AT_OPEN), copy = dup(fd), third = dup2(copy, copy + 7);
    udp_send(fd, "one");
    udp_check(copy, "one");
    close(fd);
    udp_send(third, "two");
    udp_check(copy, "two");
    close(copy);
    udp_send(third, "three");
    udp_check(third, "three");
    close(third);
    /* the number is another socket's now, which is not connected */
    CHECK(socket(AF_INET, SOCK_DGRAM, 0) == fd);
    CHECK(send(fd, "x", 1, 0) == -1 && errno == EDESTADDRREQ);
}

static void shut_down(void)
{
    char byte;
    int fd = udp_connected(AT_OPEN);
    CHECK(shutdown(fd, SHUT_RDWR) == 0);
    CHECK(recv(fd, &byte, 1, 0) == 0);
    CHECK(send(fd, "x", 1, MSG_NOSIGNAL) == -1 && errno == EPIPE);
}

static void v6(void)
{
    char bytes[8];
    struct sockaddr_in6 to = lab_at6(AT_OPEN), from;
    socklen_t len = sizeof from;
    int fd = udp_socket(AF_INET6);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        lab_skip("no IPv6 here");
    CHECK(send(fd, "six", 3, 0) == 3);
    CHECK(recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &len) == 3);
    CHECK(len == sizeof from && memcmp(&from.sin6_addr, &to.sin6_addr, 16) == 0 &&
          from.sin6_port == to.sin6_port);
}

static void v4_mapped(void)
{
    char bytes[8];
    struct sockaddr_in6 to = lab_at_mapped(AT_OPEN), from;
    struct sockaddr_in v4 = lab_at(AT_OPEN);
    socklen_t len = sizeof from;
    int fd = udp_socket(AF_INET6);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    CHECK(send(fd, "four", 4, 0) == 4);
    CHECK(recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &len) == 4);
    CHECK(len == sizeof from && memcmp(&from.sin6_addr, &to.sin6_addr, 16) == 0);
    CHECK(connect(fd, (struct sockaddr *)&v4, sizeof v4) == 0);
    CHECK(getpeername(fd, (struct sockaddr *)&from, &len) == 0);
    CHECK(len == sizeof from && memcmp(&from.sin6_addr, &to.sin6_addr, 16) == 0);
}

static void the_other_family_is_refused(void)
{
    int fd = udp_socket(AF_INET), v6 = udp_socket(AF_INET6), one = 1;
    struct sockaddr_in6 to = lab_at6(AT_OPEN), mapped = lab_at_mapped(AT_OPEN);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == -1 && errno == EAFNOSUPPORT);
    CHECK(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof to) == -1 && errno == EAFNOSUPPORT);
    CHECK(setsockopt(v6, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one) == 0);
    CHECK(sendto(v6, "x", 1, 0, (struct sockaddr *)&mapped, sizeof mapped) == -1 &&
          errno == ENETUNREACH);
}

LAB(CASE(send_and_recv), CASE(write_and_read), CASE(writev_and_readv), CASE(system_calls_by_number),
    CASE(names_are_told), CASE(hears_its_peer_alone), CASE(connects_anew),
    CASE(duplicates_are_the_same), CASE(shut_down), CASE(v6), CASE(v4_mapped),
    CASE(the_other_family_is_refused))
