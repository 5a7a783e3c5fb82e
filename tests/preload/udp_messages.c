/* A program that uses what sendmsg, recvmsg and their flags can do. */
#include "tests/preload/habit_udp.h"

#include <sys/ioctl.h>
#include <time.h>

enum { SEVERAL = 5 };

static void peeking_takes_nothing(void)
{
    char bytes[8];
    int fd = udp_connected(AT_OPEN);
    udp_send(fd, "hello");
    CHECK(recv(fd, bytes, sizeof bytes, MSG_PEEK) == 5 && memcmp(bytes, "hello", 5) == 0);
    CHECK(recv(fd, bytes, 2, MSG_PEEK) == 2);
    udp_check(fd, "hello");
}

static void what_is_cut_is_told(void)
{
    char bytes[8] = "........";
    struct iovec part = { bytes, 3 };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    int fd = udp_connected(AT_OPEN);
    udp_send(fd, "hello");
    CHECK(recv(fd, bytes, 3, MSG_PEEK | MSG_TRUNC) == 5 && memcmp(bytes, "hel.", 4) == 0);
    CHECK(recvmsg(fd, &message, MSG_PEEK) == 3 && (message.msg_flags & MSG_TRUNC) != 0);
    CHECK(recvmsg(fd, &message, MSG_TRUNC) == 5 && (message.msg_flags & MSG_TRUNC) != 0);
    CHECK(memcmp(bytes, "hel.", 4) == 0);
    part.iov_len = 5;
    udp_send(fd, "whole");
    CHECK(recvmsg(fd, &message, 0) == 5 && (message.msg_flags & MSG_TRUNC) == 0);
    udp_send(fd, "gone");
    CHECK(recv(fd, NULL, 0, 0) == 0);
    udp_check_quiet(fd);
}

static void bytes_behind_stay_as_they_were(void)
{
    char bytes[400];
    int fd = udp_connected(AT_OPEN);
    memset(bytes, '.', sizeof bytes);
    udp_send(fd, "hello");
    CHECK(recv(fd, bytes, 5, 0) == 5 && memcmp(bytes, "hello.", 6) == 0);
}

static void nothing_is_waited_for(void)
{
    char byte;
    int fd = udp_connected(AT_OPEN);
    CHECK(recv(fd, &byte, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
    udp_send(fd, "x");
    udp_check(fd, "x");
    CHECK(recv(fd, &byte, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
    CHECK(recvmmsg(fd, &(struct mmsghdr){ 0 }, 1, MSG_DONTWAIT, NULL) == -1 && errno == EAGAIN);
}

static void a_time_out_ends_it(void)
{
    const struct timeval brief = { 0, 20000 };
    char byte;
    int fd = udp_connected(AT_OPEN);
    udp_send(fd, "x");
    udp_check(fd, "x");
    CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &brief, sizeof brief) == 0);
    CHECK(recv(fd, &byte, 1, 0) == -1 && errno == EAGAIN);
}

static void scattered_to_many_buffers(void)
{
    char text[] = "abcdefghijklmnopqrstuvwxyz0123456789", bytes[36];
    struct iovec parts[36];
    struct msghdr message = { .msg_iov = parts, .msg_iovlen = 18 };
    struct sockaddr_in from;
    int fd = udp_connected(AT_OPEN);
    for (int i = 0; i < 36; i++)
        parts[i] = (struct iovec){ text + i * 2, 2 };
    CHECK(sendmsg(fd, &message, 0) == 36);
    for (int i = 0; i < 36; i++)
        parts[i] = (struct iovec){ bytes + i, 1 };
    message = (struct msghdr){ &from, sizeof from, parts, 36, NULL, 0, 0 };
    CHECK(recvmsg(fd, &message, 0) == 36 && memcmp(bytes, text, 36) == 0);
    CHECK(message.msg_namelen == sizeof from && from.sin_port == htons(80));
}

/* ---- several at once ---- */

static void several_by_one_call(void)
{
    char in[SEVERAL][8];
    struct sockaddr_in to = lab_at(AT_OPEN), from[SEVERAL];
    struct iovec parts[SEVERAL];
    struct mmsghdr all[SEVERAL];
    int fd = udp_socket(AF_INET), got = 0;
    for (int i = 0; i < SEVERAL; i++) {
        parts[i] = (struct iovec){ "01234567", (size_t)i };
        all[i] = (struct mmsghdr){ { &to, sizeof to, &parts[i], 1, NULL, 0, 0 }, 99 };
    }
    CHECK(sendmmsg(fd, all, SEVERAL, 0) == SEVERAL);
    for (int i = 0; i < SEVERAL; i++) {
        CHECK(all[i].msg_len == (unsigned)i);
        parts[i] = (struct iovec){ in[i], sizeof in[i] };
        all[i] = (struct mmsghdr){ { &from[i], sizeof from[i], &parts[i], 1, NULL, 0, 0 }, 99 };
    }
    while (got < SEVERAL) {
        int some = recvmmsg(fd, all + got, (unsigned)(SEVERAL - got), MSG_WAITFORONE, NULL);
        CHECK(some > 0);
        got += some;
    }
    for (int i = 0; i < SEVERAL; i++)
        CHECK(all[i].msg_len == (unsigned)i && memcmp(in[i], "01234567", (size_t)i) == 0 &&
              from[i].sin_addr.s_addr == to.sin_addr.s_addr);
}

static void a_time_out_of_several(void)
{
    char in[2][8];
    struct iovec parts[2] = { { in[0], 8 }, { in[1], 8 } };
    struct mmsghdr all[2] = { { { .msg_iov = &parts[0], .msg_iovlen = 1 }, 0 },
                              { { .msg_iov = &parts[1], .msg_iovlen = 1 }, 0 } };
    struct timespec none = { 0, 0 };
    int fd = udp_connected(AT_OPEN);
    udp_send(fd, "2*");
    udp_wait(fd);
    /* looked at behind each datagram */
    CHECK(recvmmsg(fd, all, 2, 0, &none) == 1 && all[0].msg_len == 2);
    udp_check(fd, "2*");
}

/* Any value will do, if it is one. */
static void odd_time_outs_of_several(void)
{
    char in[2][8];
    struct iovec parts[2] = { { in[0], 8 }, { in[1], 8 } };
    struct mmsghdr all[2] = { { { .msg_iov = &parts[0], .msg_iovlen = 1 }, 0 },
                              { { .msg_iov = &parts[1], .msg_iovlen = 1 }, 0 } };
    struct timespec for_ever = { INT64_MAX, 0 }, none = { 0, 1000000000 }, past = { -1, 0 };
    int fd = udp_connected(AT_OPEN);
    udp_send(fd, "2*");
    udp_wait(fd);
    CHECK(recvmmsg(fd, all, 2, 0, &none) == -1 && errno == EINVAL);
    CHECK(recvmmsg(fd, all, 2, 0, &past) == -1 && errno == EINVAL);
    CHECK(recvmmsg(fd, all, 2, 0, &for_ever) == 2);
}

/* ---- control messages ---- */

static bool has_control(struct msghdr *message, int level, int type)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c))
        if (c->cmsg_level == level && c->cmsg_type == type)
            return true;
    return false;
}

static void control_messages_are_handed_over(void)
{
    char bytes[8], control[512];
    struct iovec part = { bytes, sizeof bytes };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    int fd = udp_connected(AT_OPEN), one = 1;
    CHECK(setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof one) == 0);
    CHECK(setsockopt(fd, IPPROTO_IP, IP_RECVTTL, &one, sizeof one) == 0);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_TIMESTAMP, &one, sizeof one) == 0);
    udp_send(fd, "hello");
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    CHECK(recvmsg(fd, &message, 0) == 5 && memcmp(bytes, "hello", 5) == 0);
    CHECK(has_control(&message, IPPROTO_IP, IP_PKTINFO));
    CHECK(has_control(&message, IPPROTO_IP, IP_TTL));
    CHECK(has_control(&message, SOL_SOCKET, SO_TIMESTAMP));
    udp_send(fd, "again");
    message.msg_controllen = 4; /* too short for any */
    CHECK(recvmsg(fd, &message, 0) == 5 && (message.msg_flags & MSG_CTRUNC) != 0);
}

static void control_messages_are_sent(void)
{
    char bytes[8] = "control";
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = { .header = { CMSG_LEN(sizeof(int)), IPPROTO_IP, IP_TOS } };
    int tos = 0x10, fd = udp_connected(AT_OPEN);
    struct iovec part = { bytes, 7 };
    struct msghdr message = { NULL, 0, &part, 1, &control, sizeof control, 0 };
    memcpy(CMSG_DATA(&control.header), &tos, sizeof tos);
    CHECK(sendmsg(fd, &message, 0) == 7);
    udp_check(fd, "control");
}

/* A source route is no way to the proxy. */
static void source_routes_are_denied(void)
{
    static const uint8_t loose[8] = { 131, 7, 4, 192, 0, 2, 9, 0 };
    char bytes[8] = "control";
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof loose)];
    } control = { .header = { CMSG_LEN(sizeof loose), IPPROTO_IP, IP_RETOPTS } };
    int fd = udp_connected(AT_OPEN);
    struct iovec part = { bytes, 7 };
    struct msghdr message = { NULL, 0, &part, 1, &control, sizeof control, 0 };
    memcpy(CMSG_DATA(&control.header), loose, sizeof loose);
    if (!lab_is_native())
        CHECK(sendmsg(fd, &message, 0) == -1 && errno == EACCES);
    message.msg_controllen = 0;
    CHECK(sendmsg(fd, &message, 0) == 7);
    udp_check(fd, "control");
}

static void waiting_bytes_are_counted(void)
{
    int waiting = -1, fd = udp_connected(AT_OPEN);
    CHECK(ioctl(fd, FIONREAD, &waiting) == 0 && waiting == 0);
    udp_send(fd, "hello");
    udp_wait(fd);
    CHECK(ioctl(fd, FIONREAD, &waiting) == 0 && waiting == 5);
    udp_check(fd, "hello");
    CHECK(ioctl(fd, FIONREAD, &waiting) == 0 && waiting == 0);
}

static void bad_calls_fail_as_in_the_kernel(void)
{
    void *volatile nowhere = NULL;
    char byte;
    struct sockaddr_in from;
    int fd = udp_connected(AT_OPEN);
    udp_send(fd, "x");
    udp_wait(fd);
    CHECK(recvmsg(fd, nowhere, 0) == -1 && errno == EFAULT);
    CHECK(recv(fd, nowhere, 1, MSG_PEEK) == -1 && errno == EFAULT);
    CHECK(readv(fd, nowhere, 1) == -1 && errno == EFAULT);
    CHECK(recvfrom(fd, &byte, 1, 0, (struct sockaddr *)&from, nowhere) == -1 && errno == EFAULT);
    CHECK(recv(12345, &byte, 1, 0) == -1 && errno == EBADF);
}

LAB(CASE(peeking_takes_nothing), CASE(what_is_cut_is_told), CASE(bytes_behind_stay_as_they_were),
    CASE(nothing_is_waited_for), CASE(a_time_out_ends_it), CASE(scattered_to_many_buffers),
    CASE(several_by_one_call), CASE(a_time_out_of_several), CASE(odd_time_outs_of_several),
    CASE(control_messages_are_handed_over), CASE(control_messages_are_sent),
    CASE(source_routes_are_denied), CASE(waiting_bytes_are_counted),
    CASE(bad_calls_fail_as_in_the_kernel))
