/* A program that sends many datagrams by one call (UDP_SEGMENT), as clients of QUIC do. */
#include "tests/preload/habit_udp.h"

#include <linux/udp.h>

#ifndef SOL_UDP
#define SOL_UDP 17
#endif

static void send_segmented(int fd, struct msghdr *message)
{
    if (sendmsg(fd, message, 0) == 10)
        return;
    lab_skip("no UDP_SEGMENT here");
}

/* One call, datagrams of four bytes and the rest. */
static void segments_are_datagrams(void)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(uint16_t))];
    } control = { .header = { CMSG_LEN(sizeof(uint16_t)), SOL_UDP, UDP_SEGMENT } };
    uint16_t size = 4;
    int whole = 4, fd = udp_connected(AT_OPEN);
    struct iovec parts[2] = { { "012345", 6 }, { "6789", 4 } };
    struct msghdr message = { NULL, 0, parts, 2, &control, sizeof control, 0 };
    memcpy(CMSG_DATA(&control.header), &size, sizeof size);
    send_segmented(fd, &message);
    for (int round = 0; round < 2; round++) {
        udp_check(fd, "0123");
        udp_check(fd, "4567");
        udp_check(fd, "89");
        message.msg_control = NULL;
        message.msg_controllen = 0;
        CHECK(setsockopt(fd, SOL_UDP, UDP_SEGMENT, &whole, sizeof whole) == 0);
        if (round == 0)
            send_segmented(fd, &message);
    }
}

/* Each byte in a buffer of its own. */
static void segments_of_many_buffers(void)
{
    enum { MANY = 100, EACH = 50 };
    static char bytes[MANY + 1];
    struct iovec parts[MANY];
    struct msghdr message = { .msg_iov = parts, .msg_iovlen = MANY };
    int whole = EACH, fd = udp_connected(AT_OPEN);
    for (int i = 0; i < MANY; i++) {
        bytes[i] = (char)('0' + i % 75);
        parts[i] = (struct iovec){ &bytes[i], 1 };
    }
    if (setsockopt(fd, SOL_UDP, UDP_SEGMENT, &whole, sizeof whole) != 0)
        lab_skip("no UDP_SEGMENT here");
    CHECK(sendmsg(fd, &message, 0) == MANY);
    char half[EACH + 1] = "";
    memcpy(half, bytes, EACH);
    udp_check(fd, half);
    udp_check(fd, bytes + EACH);
}

/* More than one message takes, where a header is before each; the last is shorter. */
static void segments_by_the_dozen(void)
{
    enum { MANY = 46, EACH = 1400, LAST = 700 };
    static char bytes[MANY * EACH + LAST];
    static char got[EACH + 1];
    int whole = EACH, fd = udp_connected(AT_OPEN);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)('!' + i % 89);
    struct iovec parts[2] = { { bytes, EACH + 1 }, { bytes + EACH + 1, 31 * EACH - 1 } };
    struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
    if (setsockopt(fd, SOL_UDP, UDP_SEGMENT, &whole, sizeof whole) != 0)
        lab_skip("no UDP_SEGMENT here");
    udp_send(fd, "first");
    udp_check(fd, "first");
    CHECK(sendmsg(fd, &message, 0) == 32 * EACH);
    for (int i = 0; i < 32; i++)
        CHECK(recv(fd, got, sizeof got, 0) == EACH && memcmp(got, bytes + i * EACH, EACH) == 0);
    parts[0] = (struct iovec){ bytes, MANY * EACH + LAST };
    message.msg_iovlen = 1;
    CHECK(sendmsg(fd, &message, 0) == MANY * EACH + LAST);
    for (int i = 0; i < MANY; i++)
        CHECK(recv(fd, got, sizeof got, 0) == EACH && memcmp(got, bytes + i * EACH, EACH) == 0);
    CHECK(recv(fd, got, sizeof got, 0) == LAST);
}

/* As where a segment is too long for the way with its header; here the kernel wants checksums. */
static void what_the_kernel_refuses_goes_one_by_one(void)
{
    int whole = 4, one = 1, fd = udp_connected(AT_OPEN);
    if (setsockopt(fd, SOL_UDP, UDP_SEGMENT, &whole, sizeof whole) != 0)
        lab_skip("no UDP_SEGMENT here");
    udp_send(fd, "1st");
    udp_check(fd, "1st");
    CHECK(setsockopt(fd, SOL_SOCKET, SO_NO_CHECK, &one, sizeof one) == 0);
    ssize_t sent = send(fd, "0123456789", 10, 0);
    if (lab_is_native()) {
        CHECK(sent == -1 && errno == EINVAL);
        return;
    }
    CHECK(sent == 10);
    udp_check(fd, "0123");
    udp_check(fd, "4567");
    udp_check(fd, "89");
}

static void received_datagrams_are_not_merged(void)
{
    int one = 1, value = 0, fd = udp_connected(AT_OPEN);
    socklen_t len = sizeof value;
    udp_send(fd, "x");
    udp_check(fd, "x");
    CHECK(setsockopt(fd, SOL_UDP, UDP_GRO, &one, sizeof one) == 0);
    CHECK(getsockopt(fd, SOL_UDP, UDP_GRO, &value, &len) == 0 && value == 1);
    udp_send(fd, "3*");
    for (int i = 0; i < 3; i++)
        udp_check(fd, "3*");
}

LAB(CASE(segments_are_datagrams), CASE(segments_of_many_buffers), CASE(segments_by_the_dozen),
    CASE(what_the_kernel_refuses_goes_one_by_one), CASE(received_datagrams_are_not_merged))
