/* A program that binds its UDP socket to an address of this machine, as QUIC clients and WebRTC do: it is
 * not the one that the proxy knows the program's connection by, or of another family than the relay. */
#include "tests/preload/habit_udp.h"

#include <sys/syscall.h>

union inet {
    struct sockaddr plain;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static socklen_t len_of(int family)
{
    return family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

static union inet at(int family, enum lab_place place)
{
    union inet address = { .plain = { 0 } };
    if (family == AF_INET)
        address.v4 = lab_at(place);
    else
        address.v6 = lab_at6(place);
    return address;
}

/* The address that the kernel would send from; one of loopback where there is no way. */
static union inet own_address(int family)
{
    union inet to = at(family, AT_OPEN), own = { .plain = { 0 } };
    socklen_t len = sizeof own;
    if (family == AF_INET)
        own.v4 = lab_v4("127.0.0.5", 0);
    else
        own.v6 = lab_v6("::1", 0);
    int fd = (int)lab_kernel(SYS_socket, family, SOCK_DGRAM, 0);
    if (fd >= 0 && lab_kernel(SYS_connect, fd, (long)&to, len_of(family)) == 0)
        CHECK(lab_kernel(SYS_getsockname, fd, (long)&own, (long)&len) == 0);
    close(fd);
    own.v4.sin_port = 0; /* at the same place in both */
    return own;
}

static int bound_socket(int family)
{
    union inet own = own_address(family);
    int fd = udp_socket(family);
    if (bind(fd, &own.plain, len_of(family)) != 0)
        lab_skip("no IPv6 here");
    return fd;
}

static void check_from(int fd, int family, const char *text, enum lab_place place)
{
    char bytes[16];
    union inet from = { .plain = { 0 } }, expected = at(family, place);
    socklen_t len = sizeof from;
    ssize_t got = recvfrom(fd, bytes, sizeof bytes, 0, &from.plain, &len);
    CHECK(got == (ssize_t)strlen(text) && memcmp(bytes, text, (size_t)got) == 0);
    CHECK(len == len_of(family) && from.v4.sin_port == expected.v4.sin_port);
    if (family == AF_INET)
        CHECK(from.v4.sin_addr.s_addr == expected.v4.sin_addr.s_addr);
    else
        CHECK(memcmp(&from.v6.sin6_addr, &expected.v6.sin6_addr, 16) == 0);
}

static void send_to(int fd, int family, const char *text, enum lab_place place)
{
    union inet to = at(family, place);
    ssize_t sent = sendto(fd, text, strlen(text), 0, &to.plain, len_of(family));
    if (sent < 0 && errno == ENETUNREACH && lab_is_native())
        lab_skip("no IPv6 here");
    CHECK(sent == (ssize_t)strlen(text));
}

static void check_echo(int fd, int family, const char *text, enum lab_place place)
{
    send_to(fd, family, text, place);
    check_from(fd, family, text, place);
}

/* Its address stays what it was. */
static void check_bound(int family)
{
    union inet own = own_address(family), now = { .plain = { 0 } };
    socklen_t len = sizeof now;
    int fd = bound_socket(family);
    check_echo(fd, family, "one", AT_OPEN);
    check_echo(fd, family, "two", AT_GREETING);
    check_echo(fd, family, "", AT_OPEN);
    CHECK(getsockname(fd, &now.plain, &len) == 0 && len == len_of(family));
    now.v4.sin_port = 0;
    CHECK(memcmp(&now, &own, len) == 0);
}

static void to_an_ipv4_address(void)
{
    check_bound(AF_INET);
}

static void to_an_ipv6_address(void)
{
    check_bound(AF_INET6);
}

static void and_connected(void)
{
    static const int families[] = { AF_INET, AF_INET6 };
    for (int i = 0; i < 2; i++) {
        union inet to = at(families[i], AT_OPEN);
        int fd = bound_socket(families[i]);
        if (connect(fd, &to.plain, len_of(families[i])) != 0)
            lab_skip("no IPv6 here");
        CHECK(send(fd, "hello", 5, 0) == 5);
        check_from(fd, families[i], "hello", AT_OPEN);
        check_echo(fd, families[i], "again", AT_OPEN);
    }
}

static void without_waiting(void)
{
    int fd = bound_socket(AF_INET);
    CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    for (int i = 0; i < 3; i++)
        send_to(fd, AF_INET, "more", AT_OPEN);
    for (int i = 0; i < 3; i++) {
        udp_wait(fd);
        check_from(fd, AF_INET, "more", AT_OPEN);
    }
}

static void by_a_process_that_forks(void)
{
    int fd = bound_socket(AF_INET);
    check_echo(fd, AF_INET, "parent", AT_OPEN);
    pid_t child = fork();
    if (child == 0) {
        check_echo(fd, AF_INET, "child", AT_OPEN);
        _exit(0);
    }
    lab_check_child(child);
    check_echo(fd, AF_INET, "again", AT_OPEN);
}

static void echo_once(void)
{
    int fd = bound_socket(AF_INET);
    check_echo(fd, AF_INET, "hello", AT_OPEN);
    close(fd);
}

static void and_leaves_nothing_behind(void)
{
    echo_once(); /* the engine stays for a while */
    int numbers = habit_count_descriptors(), threads = habit_count_threads();
    for (int i = 0; i < 3; i++)
        echo_once();
    habit_check_counts(numbers, threads);
}

LAB(CASE(to_an_ipv4_address), CASE(to_an_ipv6_address), CASE(and_connected), CASE(without_waiting),
    CASE(by_a_process_that_forks), CASE(and_leaves_nothing_behind))
