/* A program with a resolver of its own: what it asks is answered, and nothing is sent. By the shim
 * alone. */
#include "tests/preload/habit_udp.h"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/uio.h>

/* Question for the name "a.example", of the type. */
static size_t question(unsigned type, unsigned char out[static 64])
{
    static const unsigned char head[] = { 0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0 };
    static const unsigned char name[] = { 1, 'a', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0 };
    memcpy(out, head, sizeof head);
    memcpy(out + sizeof head, name, sizeof name);
    memcpy(out + sizeof head + sizeof name, (unsigned char[]){ 0, (unsigned char)type, 0, 1 }, 4);
    return sizeof head + sizeof name + 4;
}

/* The answer to it holds an address of the map. */
static void check_answer(const unsigned char *bytes, ssize_t len, unsigned type)
{
    CHECK(len > 12 && bytes[0] == 0x12 && bytes[1] == 0x34 && (bytes[2] & 0x80) != 0);
    CHECK((bytes[3] & 15) == 0 && bytes[7] == 1); /* no error, one answer */
    if (type == 1)
        CHECK(memcmp(bytes + len - 4, "\xc6\x12", 2) == 0 ||
              memcmp(bytes + len - 4, "\xc6\x13", 2) == 0);
    else
        CHECK(memcmp(bytes + len - 16, "\xfd\x73\x6f\x63", 4) == 0);
}

static void ask(int fd, const struct sockaddr *to, socklen_t to_len, unsigned type)
{
    unsigned char bytes[64], got[512];
    struct sockaddr_storage from = { 0 };
    socklen_t len = sizeof from;
    size_t query = question(type, bytes);
    CHECK(sendto(fd, bytes, query, 0, to, to_len) == (ssize_t)query);
    udp_wait(fd);
    ssize_t answer = recvfrom(fd, got, sizeof got, 0, (struct sockaddr *)&from, &len);
    check_answer(got, answer, type);
    if (to != NULL)
        CHECK(len == to_len && memcmp(&from, to, len) == 0);
}

static void unconnected(void)
{
    struct sockaddr_in far = lab_v4("192.0.2.53", 53), near = lab_v4("127.0.0.53", 53);
    int fd = udp_socket(AF_INET);
    ask(fd, (struct sockaddr *)&far, sizeof far, 1);
    ask(fd, (struct sockaddr *)&near, sizeof near, 28);
    ask(fd, (struct sockaddr *)&far, sizeof far, 28);
}

static void connected(void)
{
    struct sockaddr_in far = lab_v4("192.0.2.53", 53);
    int fd = udp_socket(AF_INET);
    CHECK(connect(fd, (struct sockaddr *)&far, sizeof far) == 0);
    ask(fd, NULL, 0, 1);
    ask(fd, NULL, 0, 28);
}

static void by_ipv6(void)
{
    struct sockaddr_in6 far = lab_v6("2001:db8::53", 53), mapped = lab_v6("::ffff:192.0.2.53", 53);
    int fd = udp_socket(AF_INET6), only = udp_socket(AF_INET6), one = 1;
    ask(fd, (struct sockaddr *)&far, sizeof far, 1);
    ask(fd, (struct sockaddr *)&mapped, sizeof mapped, 1);
    CHECK(setsockopt(only, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one) == 0);
    ask(only, (struct sockaddr *)&far, sizeof far, 28);
    CHECK(connect(only, (struct sockaddr *)&far, sizeof far) == 0);
    ask(only, NULL, 0, 28);
}

static void of_a_bound_socket(void)
{
    struct sockaddr_in far = lab_v4("192.0.2.53", 53), own = lab_v4("127.0.0.9", 0);
    int fd = udp_socket(AF_INET);
    CHECK(bind(fd, (struct sockaddr *)&own, sizeof own) == 0);
    ask(fd, (struct sockaddr *)&far, sizeof far, 1);
}

static void a_sleeper_in_epoll_wakes(void)
{
    struct sockaddr_in far = lab_v4("192.0.2.53", 53);
    unsigned char bytes[64], got[512];
    struct epoll_event event = { .events = EPOLLIN | EPOLLET };
    int set = epoll_create1(0), fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    CHECK(connect(fd, (struct sockaddr *)&far, sizeof far) == 0);
    CHECK(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0);
    CHECK(epoll_wait(set, &event, 1, 0) == 0);
    CHECK(send(fd, bytes, question(1, bytes), 0) > 0);
    CHECK(epoll_wait(set, &event, 1, HABIT_BOUND_MS) == 1);
    check_answer(got, recv(fd, got, sizeof got, 0), 1);
}

static void after_a_fork(void)
{
    struct sockaddr_in far = lab_v4("192.0.2.53", 53);
    int fd = udp_socket(AF_INET);
    ask(fd, (struct sockaddr *)&far, sizeof far, 1);
    pid_t child = fork();
    if (child == 0) {
        ask(fd, (struct sockaddr *)&far, sizeof far, 28);
        _exit(0);
    }
    lab_check_child(child);
    ask(fd, (struct sockaddr *)&far, sizeof far, 1);
}

/* Two at once, as of who asks for both families. */
static void several_in_a_call(void)
{
    struct sockaddr_in far = lab_v4("192.0.2.53", 53);
    unsigned char asked[2][64], got[2][512];
    struct iovec out[2], in[2];
    struct mmsghdr questions[2] = { 0 }, answers[2] = { 0 };
    struct timespec bound = { 5, 0 };
    int fd = udp_socket(AF_INET);
    CHECK(connect(fd, (struct sockaddr *)&far, sizeof far) == 0);
    for (int i = 0; i < 2; i++) {
        out[i] = (struct iovec){ asked[i], question(i == 0 ? 1 : 28, asked[i]) };
        in[i] = (struct iovec){ got[i], sizeof got[i] };
        questions[i].msg_hdr = (struct msghdr){ .msg_iov = &out[i], .msg_iovlen = 1 };
        answers[i].msg_hdr = (struct msghdr){ .msg_iov = &in[i], .msg_iovlen = 1 };
    }
    CHECK(sendmmsg(fd, questions, 2, 0) == 2);
    CHECK(recvmmsg(fd, answers, 2, 0, &bound) == 2);
    check_answer(got[0], answers[0].msg_len, 1);
    check_answer(got[1], answers[1].msg_len, 28);
}

/* The server itself has to answer, over TCP: it is none here. */
static void of_other_types_it_says_that_it_failed(void)
{
    struct sockaddr_in far = lab_at(AT_OPEN);
    unsigned char bytes[64], got[512];
    int fd = udp_socket(AF_INET);
    far.sin_port = htons(53);
    size_t len = question(16, bytes);
    CHECK(sendto(fd, bytes, len, 0, (struct sockaddr *)&far, sizeof far) == (ssize_t)len);
    udp_wait(fd);
    CHECK(recv(fd, got, sizeof got, 0) >= 12 && memcmp(got, bytes, 2) == 0);
    CHECK((got[2] & 0x80) != 0 && (got[3] & 15) == 2);
}

static void ask_for_text(int fd, enum lab_place place)
{
    struct sockaddr_in to = lab_at(place);
    unsigned char bytes[64];
    size_t len = question(16, bytes);
    to.sin_port = htons(53);
    CHECK(sendto(fd, bytes, len, 0, (struct sockaddr *)&to, sizeof to) == (ssize_t)len);
}

/* As many as are asked at once. */
static void what_a_parent_waits_for_does_not_keep_a_child_from_asking(void)
{
    unsigned char got[512];
    int fd = udp_socket(AF_INET);
    for (int i = 0; i < 32; i++)
        ask_for_text(fd, AT_SILENT);
    pid_t child = fork();
    if (child == 0) {
        fd = udp_socket(AF_INET);
        ask_for_text(fd, AT_OPEN);
        udp_wait(fd);
        CHECK(recv(fd, got, sizeof got, 0) >= 12 && (got[3] & 15) == 2);
        _exit(0);
    }
    lab_check_child(child);
}

/* At the limit that most programs have, private numbers lie above it. */
static void at_the_usual_limit(void)
{
    const struct rlimit usual = { 1024, 4096 };
    CHECK(setrlimit(RLIMIT_NOFILE, &usual) == 0);
    unconnected();
}

static void what_is_no_question_gets_no_answer(void)
{
    struct sockaddr_in far = lab_v4("192.0.2.53", 53);
    int fd = udp_socket(AF_INET);
    CHECK(sendto(fd, "x", 1, 0, (struct sockaddr *)&far, sizeof far) == 1);
    udp_check_quiet(fd);
}

static void a_rule_makes_it_direct(void)
{
    struct sockaddr_in near = lab_v4("127.0.0.2", 53);
    int fd, server = udp_socket(AF_INET);
    lab_configure("[rules]\ndirect = 127.0.0.2:53\n");
    if (bind(server, (struct sockaddr *)&near, sizeof near) != 0)
        lab_skip("not allowed to bind port 53");
    fd = udp_socket(AF_INET);
    CHECK(sendto(fd, "x", 1, 0, (struct sockaddr *)&near, sizeof near) == 1);
    udp_check(server, "x");
}

static void where_names_are_local_it_is_as_any(void)
{
    struct sockaddr_in far = lab_v4("198.51.100.1", 53);
    int fd = udp_socket(AF_INET);
    CHECK(sendto(fd, "echo", 4, 0, (struct sockaddr *)&far, sizeof far) == 4);
    udp_check(fd, "echo");
}

/* The proxy is not asked for anything, and might carry no UDP. */
#define ANSWERED(name)                  \
    {                                   \
#name, LAB_REFUSES, 7, name, "" \
    }
LAB(ANSWERED(unconnected), ANSWERED(connected), ANSWERED(by_ipv6), ANSWERED(of_a_bound_socket),
    ANSWERED(a_sleeper_in_epoll_wakes), ANSWERED(after_a_fork), ANSWERED(several_in_a_call),
    ANSWERED(at_the_usual_limit), ANSWERED(what_is_no_question_gets_no_answer),
    { "a_rule_makes_it_direct", LAB_REFUSES, 7, a_rule_makes_it_direct, "", "SOCKS5A_CONF=@/conf" },
    { "of_other_types_it_says_that_it_failed", LAB_PLACES_SHIM, 0,
      of_other_types_it_says_that_it_failed, "198.51.100.1:53" },
    { "what_a_parent_waits_for_does_not_keep_a_child_from_asking", LAB_PLACES_SHIM, 0,
      what_a_parent_waits_for_does_not_keep_a_child_from_asking },
    { "where_udp_is_blocked", LAB_REFUSES, 7, unconnected, "", "SOCKS5A_UDP=block" },
    { "where_names_are_local_it_is_as_any", LAB_PLACES_SHIM, 0, where_names_are_local_it_is_as_any,
      NULL, "SOCKS5A_DNS=local" })
