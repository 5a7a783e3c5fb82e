/* What proxies, and others, may do to a program's datagrams: by the shim alone. */
#include "tests/preload/habit_udp.h"

#include <fcntl.h>
#include <sys/ioctl.h>

/* Before each answer the relay sends fragments, cut headers, unknown addresses; another sends what
 * looks like an answer. Nothing of it is seen. */
static void only_answers_arrive(void)
{
    int fd = udp_socket(AF_INET), connected = udp_connected(AT_OPEN);
    for (int i = 0; i < 3; i++) {
        udp_send_to(fd, AT_GREETING, "unconnected");
        udp_check_from(fd, AT_GREETING, "unconnected");
        udp_send(connected, "connected");
        udp_check_from(connected, AT_OPEN, "connected");
    }
    udp_check_quiet(fd);
    udp_check_quiet(connected);
}

static void peeking_and_counting_pass_over(void)
{
    char bytes[8];
    int waiting, fd = udp_socket(AF_INET);
    udp_send_to(fd, AT_OPEN, "hello");
    udp_wait(fd);
    lab_pause_ms(20);
    CHECK(ioctl(fd, FIONREAD, &waiting) == 0 && waiting == 5);
    CHECK(recv(fd, bytes, sizeof bytes, MSG_PEEK) == 5 && memcmp(bytes, "hello", 5) == 0);
    udp_check_from(fd, AT_OPEN, "hello");
    CHECK(ioctl(fd, FIONREAD, &waiting) == 0 && waiting == 0);
}

/* A stranger that knows the port cannot fill the socket's buffer. */
static void a_flood_changes_nothing(void)
{
    static char bytes[8192];
    struct sockaddr_in own;
    socklen_t len = sizeof own;
    int fd = udp_connected(AT_OPEN), stranger = socket(AF_INET, SOCK_DGRAM, 0);
    udp_send(fd, "x");
    udp_check(fd, "x");
    CHECK(getsockname(fd, (struct sockaddr *)&own, &len) == 0);
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i < 500; i++)
        (void)!sendto(stranger, bytes, sizeof bytes, MSG_DONTWAIT, (struct sockaddr *)&own, len);
    CHECK(habit_poll(fd, POLLIN, 0) == 0);
    udp_send(fd, "answer");
    udp_check(fd, "answer");
}

/* The proxy ends the TCP connection behind each answer: another association is made. */
static void a_lost_association_is_renewed(void)
{
    int fd = udp_connected(AT_OPEN);
    for (int i = 0; i < 3; i++) {
        udp_send(fd, "renewed");
        udp_check(fd, "renewed");
        CHECK(lab_wait_for_living(1)); /* the one before has been given up */
        lab_pause_ms(110);             /* it is looked at so often */
    }
}

static void a_lost_association_is_renewed_without_waiting(void)
{
    int fd = udp_connected(AT_OPEN);
    CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    for (int i = 0; i < 2; i++) {
        udp_send(fd, "renewed");
        udp_wait(fd);
        udp_check(fd, "renewed");
        CHECK(lab_wait_for_living(1)); /* the one before has been given up */
        lab_pause_ms(110);
    }
}

/* As while it is started anew: who sends again, as mosh does, gets through within a moment. */
static void a_proxy_is_back_soon(void)
{
    int fd = udp_connected(AT_OPEN), tries = 0;
    CHECK(send(fd, "x", 1, 0) == -1);
    while (send(fd, "x", 1, 0) == -1 && tries++ < 150)
        lab_pause_ms(20);
    CHECK(tries < 150);
    udp_check(fd, "x");
}

static void what_is_refused_is_told(void)
{
    int fd = udp_connected(AT_OPEN);
    CHECK(send(fd, "x", 1, 0) == -1 && errno == EACCES);
    CHECK(write(fd, "x", 1) == -1 && errno == EACCES);
    CHECK(habit_poll(fd, POLLIN, 0) == 0);
}

/* Told as soon as it is known. */
static void what_is_refused_is_told_later(void)
{
    int fd = udp_connected(AT_OPEN), result;
    CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    CHECK(send(fd, "x", 1, 0) == 1);
    for (int i = 0; (result = (int)send(fd, "x", 1, 0)) == 1 && i < 1000; i++)
        lab_pause_ms(2);
    CHECK(result == -1 && errno == EACCES);
}

static void nobody_is_there(void)
{
    int fd = udp_connected(AT_OPEN);
    CHECK(send(fd, "x", 1, 0) == -1 && errno == ECONNREFUSED);
}

#define SHIM_CASE(name, proxy, arg) \
    {                               \
#name, proxy, arg, name     \
    }
LAB(SHIM_CASE(only_answers_arrive, LAB_PLACES_SHIM, LAB_RELAY_HOSTILE),
    SHIM_CASE(peeking_and_counting_pass_over, LAB_PLACES_SHIM, LAB_RELAY_HOSTILE),
    SHIM_CASE(a_flood_changes_nothing, LAB_PLACES_SHIM, 0),
    SHIM_CASE(a_proxy_is_back_soon, LAB_PLACES_SHIM, LAB_RELAY_LATE),
    SHIM_CASE(a_lost_association_is_renewed, LAB_PLACES_SHIM, LAB_RELAY_LOSES),
    SHIM_CASE(a_lost_association_is_renewed_without_waiting, LAB_PLACES_SHIM, LAB_RELAY_LOSES),
    SHIM_CASE(what_is_refused_is_told, LAB_REFUSES, 7),
    SHIM_CASE(what_is_refused_is_told_later, LAB_REFUSES, 2),
    SHIM_CASE(nobody_is_there, LAB_DOWN, 0))
