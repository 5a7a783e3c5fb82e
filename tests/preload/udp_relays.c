/* A program that sends datagrams to proxies whose relays are not where its socket can send to, or that say
 * badly where they are. */
#include "tests/preload/habit_udp.h"

#include "tests/preload/habit_epoll.h"

static void to_several(void)
{
    int fd = udp_socket(AF_INET);
    udp_send_to(fd, AT_OPEN, "one");
    udp_check_from(fd, AT_OPEN, "one");
    udp_send_to(fd, AT_GREETING, "two");
    udp_check_from(fd, AT_GREETING, "two");
    udp_send_to(fd, AT_OPEN, "20*");
    for (int i = 0; i < 20; i++)
        udp_check_from(fd, AT_OPEN, "20*");
}

static void connected(void)
{
    int fd = udp_connected(AT_OPEN);
    udp_send(fd, "hello");
    udp_check(fd, "hello");
}

static void without_blocking(void)
{
    int fd = udp_connected(AT_OPEN);
    CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    udp_send(fd, "one");
    udp_send(fd, "two");
    udp_wait(fd);
    udp_check(fd, "one");
    udp_wait(fd);
    udp_check(fd, "two");
    udp_check_quiet(fd);
}

/* Its own number, its own registration, for edges. */
static void registered_before(void)
{
    int set = epoll_create1(0), fd = udp_connected(AT_OPEN);
    struct epoll_event event = { .events = EPOLLIN | EPOLLET, .data.u64 = 42 };
    CHECK(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0);
    for (int i = 0; i < 3; i++) {
        udp_send(fd, "x");
        CHECK(epoll_wait(set, &event, 1, HABIT_BOUND_MS) == 1 && event.data.u64 == 42);
        udp_check(fd, "x");
    }
}

static void in_parent_and_child(void)
{
    int fd = udp_socket(AF_INET);
    udp_send_to(fd, AT_OPEN, "before");
    udp_check_from(fd, AT_OPEN, "before");
    pid_t child = fork();
    if (child == 0) {
        udp_send_to(fd, AT_OPEN, "child");
        udp_check_from(fd, AT_OPEN, "child");
        _exit(0);
    }
    lab_check_child(child);
    udp_send_to(fd, AT_OPEN, "parent");
    udp_check_from(fd, AT_OPEN, "parent");
}

/* An IPv6 socket that wants nothing of IPv4, and a proxy by IPv4. */
static void ipv6_alone(void)
{
    char bytes[8];
    int one = 1, fd = udp_socket(AF_INET6);
    struct sockaddr_in6 to = lab_at6(AT_OPEN), from;
    socklen_t len = sizeof from;
    CHECK(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one) == 0);
    bool is_sent = sendto(fd, "six", 3, 0, (struct sockaddr *)&to, sizeof to) == 3;
    if (!is_sent && lab_is_native())
        lab_skip("no IPv6 here");
    CHECK(is_sent);
    CHECK(recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &len) == 3);
    CHECK(len == sizeof to && memcmp(&from.sin6_addr, &to.sin6_addr, 16) == 0);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    udp_send(fd, "again");
    udp_check(fd, "again");
}

static void where_the_proxy_is(void)
{
    lab_configure("[udp]\nrelay = proxy\n");
    to_several();
}

#define BY(relay, name)                                 \
    {                                                   \
#name, LAB_PLACES_SHIM, LAB_RELAY_##relay, name \
    }
#define BY_IPV6(name) BY(AT_V6, name)
LAB(BY_IPV6(to_several), BY_IPV6(connected), BY_IPV6(without_blocking), BY_IPV6(registered_before),
    BY_IPV6(in_parent_and_child), CASE(ipv6_alone),
    { "named_by_a_name_that_nobody_knows", LAB_PLACES_SHIM, LAB_RELAY_NAMED, to_several },
    { "named_by_an_address_elsewhere", LAB_PLACES_SHIM, LAB_RELAY_AWAY, where_the_proxy_is, NULL,
      "SOCKS5A_CONF=@/conf" })
