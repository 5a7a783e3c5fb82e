/* A program that sends to several places by one UDP socket. */
#include "tests/preload/habit_udp.h"

static void answers_come_from_whom_was_asked(void)
{
    int fd = udp_socket(AF_INET);
    udp_send_to(fd, AT_OPEN, "one");
    udp_check_from(fd, AT_OPEN, "one");
    udp_send_to(fd, AT_GREETING, "two");
    udp_send_to(fd, AT_OPEN, "three");
    udp_check_from(fd, AT_GREETING, "two");
    udp_check_from(fd, AT_OPEN, "three");
}

static void its_port_stays(void)
{
    struct sockaddr_in own = lab_v4("0.0.0.0", 0), after;
    socklen_t len = sizeof own;
    int fd = udp_socket(AF_INET);
    CHECK(bind(fd, (struct sockaddr *)&own, sizeof own) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&own, &len) == 0);
    udp_send_to(fd, AT_OPEN, "x");
    udp_check_from(fd, AT_OPEN, "x");
    CHECK(getsockname(fd, (struct sockaddr *)&after, &len) == 0);
    CHECK(memcmp(&own, &after, sizeof own) == 0);
    CHECK(habit_peer_error(fd) == ENOTCONN);
}

/* The same socket to here and to beyond. */
static void local_datagrams_stay_here(void)
{
    char bytes[8];
    struct sockaddr_in near = lab_v4("127.0.0.1", 0), from;
    socklen_t len = sizeof near;
    int fd = udp_socket(AF_INET), other = udp_socket(AF_INET);
    CHECK(bind(other, (struct sockaddr *)&near, sizeof near) == 0);
    CHECK(getsockname(other, (struct sockaddr *)&near, &len) == 0);
    for (int i = 0; i < 2; i++) {
        CHECK(sendto(fd, "near", 4, 0, (struct sockaddr *)&near, sizeof near) == 4);
        CHECK(recvfrom(other, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &len) == 4);
        CHECK(sendto(other, "back", 4, 0, (struct sockaddr *)&from, len) == 4);
        CHECK(recvfrom(fd, bytes, 3, MSG_TRUNC, (struct sockaddr *)&from, &len) == 4);
        CHECK(memcmp(bytes, "bac", 3) == 0 && from.sin_port == near.sin_port);
        udp_send_to(fd, AT_OPEN, "far");
        udp_check_from(fd, AT_OPEN, "far");
    }
}

static void v6_and_v4_by_one_socket(void)
{
    char bytes[8];
    struct sockaddr_in6 six = lab_at6(AT_OPEN), four = lab_at_mapped(AT_GREETING), from;
    socklen_t len = sizeof from;
    int fd = udp_socket(AF_INET6);
    if (sendto(fd, "six", 3, 0, (struct sockaddr *)&six, sizeof six) != 3)
        lab_skip("no IPv6 here");
    CHECK(recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &len) == 3);
    CHECK(memcmp(&from.sin6_addr, &six.sin6_addr, 16) == 0);
    CHECK(sendto(fd, "four", 4, 0, (struct sockaddr *)&four, sizeof four) == 4);
    CHECK(recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &len) == 4);
    CHECK(memcmp(&from.sin6_addr, &four.sin6_addr, 16) == 0 && from.sin6_port == htons(80));
}

static void a_datagram_of_any_size(void)
{
    static char out[1400], in[1500];
    int fd = udp_socket(AF_INET);
    struct sockaddr_in to = lab_at(AT_OPEN);
    for (size_t len = 0; len <= sizeof out; len += 100) {
        memset(out, 'a' + (int)(len / 100), sizeof out);
        CHECK(sendto(fd, out, len, 0, (struct sockaddr *)&to, sizeof to) == (ssize_t)len);
        CHECK(recv(fd, in, sizeof in, 0) == (ssize_t)len && memcmp(in, out, len) == 0);
    }
}

/* Larger than any link: the relay is on this machine. */
static void the_largest_datagrams(void)
{
    static char out[65507], in[65507];
    int fd = udp_socket(AF_INET);
    struct sockaddr_in to = lab_at(AT_OPEN);
    memset(out, 'x', sizeof out);
    CHECK(sendto(fd, out, 65497, 0, (struct sockaddr *)&to, sizeof to) == 65497);
    CHECK(recv(fd, in, sizeof in, 0) == 65497 && memcmp(in, out, 65497) == 0);
    CHECK(sendto(fd, out, sizeof out, 0, (struct sockaddr *)&to, sizeof to) == -1 &&
          errno == EMSGSIZE);
}

static struct sockaddr_in address_of(const char *name)
{
    struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_DGRAM }, *list;
    struct sockaddr_in address;
    CHECK(getaddrinfo(name, "80", &hints, &list) == 0);
    memcpy(&address, list->ai_addr, sizeof address);
    freeaddrinfo(list);
    return address;
}

static void check_name(int fd, const char *name, const char *text)
{
    char bytes[64];
    struct sockaddr_in to = address_of(name), from;
    socklen_t len = sizeof from;
    CHECK(sendto(fd, text, strlen(text), 0, (struct sockaddr *)&to, sizeof to) > 0);
    CHECK(recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &len) ==
          (ssize_t)strlen(text));
    CHECK(memcmp(&from, &to, sizeof to) == 0);
}

/* The proxy answers from real addresses; the program knows others. */
static void names_answer_by_the_address_that_was_given(void)
{
    int fd = udp_socket(AF_INET);
    check_name(fd, "1.example", "one");
    check_name(fd, "2.example", "two");
    check_name(fd, "1.example", "one again");
    udp_send_to(fd, AT_SINK + 20, "by its number");
    udp_check_from(fd, AT_SINK + 20, "by its number");
    check_name(fd, "2.example", "two again");
}

static void names_are_connected_to(void)
{
    struct sockaddr_in to = address_of("1.example"), peer;
    socklen_t len = sizeof peer;
    int fd = udp_socket(AF_INET);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    udp_send(fd, "named");
    udp_check(fd, "named");
    CHECK(getpeername(fd, (struct sockaddr *)&peer, &len) == 0);
    CHECK(memcmp(&peer, &to, sizeof to) == 0);
}

static void rules_are_for_each_datagram(void)
{
    char bytes[8];
    struct sockaddr_in near, denied = lab_v4("198.51.100.20", 80);
    socklen_t len = sizeof near;
    lab_configure("[rules]\ndeny = 198.51.100.20:80 udp\n");
    int fd = udp_socket(AF_INET), other = udp_socket(AF_INET);
    near = lab_v4("127.0.0.3", 0);
    CHECK(bind(other, (struct sockaddr *)&near, sizeof near) == 0);
    CHECK(getsockname(other, (struct sockaddr *)&near, &len) == 0);
    CHECK(sendto(fd, "x", 1, 0, (struct sockaddr *)&denied, sizeof denied) == -1 &&
          errno == EACCES);
    udp_send_to(fd, AT_OPEN, "far");
    udp_check_from(fd, AT_OPEN, "far");
    CHECK(sendto(fd, "x", 1, 0, (struct sockaddr *)&near, sizeof near) == 1);
    CHECK(recv(other, bytes, sizeof bytes, 0) == 1);
}

#define BY_SHIM(name, arg)                \
    {                                     \
#name, LAB_PLACES_SHIM, arg, name \
    }
#define ANSWERED_BY_NAME(name)                                        \
    {                                                                 \
#name "_from_names", LAB_PLACES_SHIM, LAB_RELAY_BY_NAME, name \
    }
LAB(CASE(answers_come_from_whom_was_asked), CASE(its_port_stays), CASE(local_datagrams_stay_here),
    CASE(v6_and_v4_by_one_socket), CASE(a_datagram_of_any_size), BY_SHIM(the_largest_datagrams, 0),
    BY_SHIM(names_answer_by_the_address_that_was_given, 0), BY_SHIM(names_are_connected_to, 0),
    ANSWERED_BY_NAME(names_answer_by_the_address_that_was_given),
    ANSWERED_BY_NAME(names_are_connected_to),
    { "rules_are_for_each_datagram", LAB_PLACES_SHIM, 0, rules_are_for_each_datagram, NULL,
      "SOCKS5A_CONF=@/conf" })
