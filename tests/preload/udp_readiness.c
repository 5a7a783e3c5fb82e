/* A program with an event loop: readiness of UDP sockets is the kernel's. */
#include "tests/preload/habit_udp.h"

#include <sys/epoll.h>

static int nonblocking(enum lab_place place)
{
    struct sockaddr_in to = lab_at(place);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    return fd;
}

/* The first datagrams do not wait for the proxy, and none is lost. */
static void first_sends_do_not_wait(void)
{
    int fd = nonblocking(AT_OPEN);
    CHECK(habit_poll(fd, POLLIN | POLLOUT, 0) == POLLOUT);
    udp_send(fd, "one");
    udp_send(fd, "two");
    udp_send(fd, "three");
    CHECK((habit_poll(fd, POLLOUT, 0) & POLLOUT) != 0);
    udp_wait(fd);
    udp_check(fd, "one");
    udp_wait(fd);
    udp_check(fd, "two");
    udp_wait(fd);
    udp_check(fd, "three");
}

static void edges_in_epoll(void)
{
    struct epoll_event event = { .events = EPOLLIN | EPOLLET };
    int fd = nonblocking(AT_OPEN), set = epoll_create1(0);
    CHECK(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0);
    for (int i = 0; i < 3; i++) {
        CHECK(epoll_wait(set, &event, 1, 0) == 0);
        udp_send(fd, "edge");
        CHECK(epoll_wait(set, &event, 1, HABIT_BOUND_MS) == 1 && event.events == EPOLLIN);
        CHECK(epoll_wait(set, &event, 1, 0) == 0);
        udp_check(fd, "edge");
    }
}

/* What is not for the program must not wake it: a datagram of whom it was not connected to. */
static void only_the_peer_wakes(void)
{
    int fd = nonblocking(AT_OPEN);
    udp_send(fd, "x");
    udp_wait(fd);
    udp_check(fd, "x");
    udp_send_to(fd, AT_GREETING, "not the peer");
    CHECK(habit_poll(fd, POLLIN, HABIT_QUIET_MS) == 0);
    udp_send(fd, "peer");
    udp_wait(fd);
    udp_check(fd, "peer");
}

static void a_sleeper_in_select_wakes(void)
{
    struct timeval bound = { 5, 0 };
    fd_set set;
    int fd = nonblocking(AT_OPEN);
    udp_send(fd, "x");
    FD_ZERO(&set);
    FD_SET(fd, &set);
    CHECK(select(fd + 1, &set, NULL, NULL, &bound) == 1);
    udp_check(fd, "x");
}

static void dontwait_is_as_nonblocking(void)
{
    int fd = udp_connected(AT_OPEN);
    CHECK(send(fd, "one", 3, MSG_DONTWAIT) == 3);
    udp_check(fd, "one");
}

/* More than a queue holds, before there is anything to send it by. */
static void a_burst_is_bounded(void)
{
    static char bytes[60000];
    int fd = nonblocking(AT_SINK), sent = 0;
    lab_hold(AT_SLOW);
    for (int i = 0; i < 200; i++)
        sent += send(fd, bytes, i == 0 ? sizeof bytes : 1, 0) > 0 || errno == ENOBUFS;
    CHECK(sent == 200);
}

static void a_reader_in_another_call_is_served(void)
{
    int fd = udp_socket(AF_INET);
    pid_t child = fork();
    if (child == 0) { /* sends from the same socket while its parent sleeps in recv() */
        lab_pause_ms(30);
        udp_send_to(fd, AT_OPEN, "from the child");
        lab_pause_ms(200); /* the association lives as long as who has made it */
        _exit(0);
    }
    udp_check_from(fd, AT_OPEN, "from the child");
    lab_check_child(child);
}

LAB(CASE(first_sends_do_not_wait), CASE(edges_in_epoll), CASE(only_the_peer_wakes),
    CASE(a_sleeper_in_select_wakes), CASE(dontwait_is_as_nonblocking),
    { "a_burst_is_bounded", LAB_PLACES_SHIM, 0, a_burst_is_bounded },
    { "a_reader_in_another_call_is_served", LAB_PLACES_KERNEL, 0,
      a_reader_in_another_call_is_served })
