/* A program that has sent its datagrams, and sleeps for the answer: what becomes of them behind its
 * sending calls wakes it, as an ICMP message would. By the shim alone. */
#include "tests/preload/habit_udp.h"

#include <linux/errqueue.h>
#include <pthread.h>
#include <sys/epoll.h>

static int nonblocking(int family)
{
    int fd = udp_socket(family);
    CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    return fd;
}

static int connected(void)
{
    struct sockaddr_in to = lab_at(AT_OPEN);
    int fd = nonblocking(AF_INET);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    return fd;
}

/* Where the engine is quick the sending call itself tells, and the case is over. */
static void send_in_vain(int fd, int error)
{
    if (send(fd, "one", 3, MSG_DONTWAIT) == 3)
        return;
    CHECK(errno == error);
    _exit(0);
}

static void check_error(int fd)
{
    CHECK(habit_poll(fd, POLLIN, HABIT_BOUND_MS) == POLLERR);
}

static void check_receives(int fd, int error)
{
    char byte;
    CHECK(recv(fd, &byte, 1, MSG_DONTWAIT) == -1 && errno == error);
}

/* Once. */
static void check_told(int fd, int error)
{
    check_error(fd);
    check_receives(fd, error);
    CHECK(habit_poll(fd, POLLIN, 0) == 0);
    check_receives(fd, EAGAIN);
}

static void by_receiving(void)
{
    int fd = connected();
    send_in_vain(fd, EACCES);
    send_in_vain(fd, EACCES);
    check_told(fd, EACCES);
    CHECK(send(fd, "x", 1, 0) == -1 && errno == EACCES);
    check_receives(fd, EAGAIN);
}

static void by_ipv6(void)
{
    struct sockaddr_in6 to = lab_at6(AT_OPEN);
    int fd = nonblocking(AF_INET6);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    send_in_vain(fd, EACCES);
    check_told(fd, EACCES);
}

static void of_a_bound_socket(void)
{
    struct sockaddr_in own = lab_v4("127.0.0.9", 0), to = lab_at(AT_OPEN);
    int fd = nonblocking(AF_INET);
    CHECK(bind(fd, (struct sockaddr *)&own, sizeof own) == 0);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    send_in_vain(fd, EACCES);
    check_told(fd, EACCES);
}

static void by_so_error(void)
{
    int fd = connected();
    send_in_vain(fd, EACCES);
    check_error(fd);
    CHECK(habit_error(fd) == EACCES);
    CHECK(habit_error(fd) == 0);
    check_receives(fd, EAGAIN);
}

/* Who sends again is told by that. */
static void by_sending(void)
{
    int fd = connected();
    send_in_vain(fd, EACCES);
    check_error(fd);
    CHECK(send(fd, "x", 1, 0) == -1 && errno == EACCES);
    check_receives(fd, EAGAIN);
}

static void by_edges_in_epoll(void)
{
    struct epoll_event event = { .events = EPOLLIN | EPOLLET };
    int fd = connected(), set = epoll_create1(0);
    CHECK(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0);
    send_in_vain(fd, EACCES);
    CHECK(epoll_wait(set, &event, 1, HABIT_BOUND_MS) == 1);
    CHECK((event.events & EPOLLERR) != 0);
    check_receives(fd, EACCES);
}

static void in_a_blocking_call(void)
{
    char byte;
    int fd = udp_connected(AT_OPEN);
    send_in_vain(fd, EACCES);
    CHECK(recv(fd, &byte, 1, 0) == -1 && errno == EACCES);
}

/* As the kernel, which tells of ICMP to who is connected or asks for it. */
static void who_is_not_connected_is_told_by_sending(void)
{
    struct sockaddr_in to = lab_at(AT_OPEN);
    ssize_t result = 1;
    int fd = nonblocking(AF_INET);
    for (int i = 0; result == 1 && i < HABIT_BOUND_MS / 2; i++, lab_pause_ms(2))
        result = sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof to);
    CHECK(result == -1 && errno == EACCES);
    udp_check_quiet(fd);
}

static void who_asks_for_errors_is_told(void)
{
    int one = 1, fd = nonblocking(AF_INET);
    CHECK(setsockopt(fd, IPPROTO_IP, IP_RECVERR, &one, sizeof one) == 0);
    struct sockaddr_in to = lab_at(AT_OPEN);
    if (sendto(fd, "one", 3, 0, (struct sockaddr *)&to, sizeof to) != 3)
        return;
    check_error(fd);
    check_receives(fd, EACCES);
}

static void of_a_proxy_that_does_not_answer(void)
{
    int fd = connected();
    send_in_vain(fd, ETIMEDOUT);
    check_told(fd, ETIMEDOUT);
}

/* ---- an association that is lost while the program waits ------------------------------------ */

/* Another is made at once, before the program sends. */
static void a_lost_one_is_renewed(int fd)
{
    udp_send(fd, "one");
    udp_wait(fd);
    udp_check(fd, "one");
    CHECK(lab_wait_for_begun(2));
    udp_check_quiet(fd);
    udp_send(fd, "two");
    udp_wait(fd);
    udp_check(fd, "two");
}

static void a_lost_one_is_renewed_without_blocking(void)
{
    a_lost_one_is_renewed(connected());
}

static void a_lost_one_is_renewed_for_who_blocks(void)
{
    a_lost_one_is_renewed(udp_connected(AT_OPEN));
}

static void *wait_for_an_answer(void *context)
{
    char byte;
    int fd = *(int *)context;
    return (void *)(size_t)(recv(fd, &byte, 1, 0) == -1 ? errno : 0);
}

/* Another cannot be had: who sleeps in a call that blocks is told. */
static void a_lost_one_wakes_who_waits(void)
{
    pthread_t thread;
    void *error;
    int fd = udp_connected(AT_OPEN);
    udp_send(fd, "one");
    udp_check(fd, "one");
    udp_send_to(fd, AT_SINK, "end");
    CHECK(pthread_create(&thread, NULL, wait_for_an_answer, &fd) == 0);
    CHECK(pthread_join(thread, &error) == 0);
    CHECK(error == (void *)EACCES);
}

static void a_lost_one_wakes_who_polls(void)
{
    int fd = udp_connected(AT_OPEN);
    udp_send(fd, "one");
    udp_check(fd, "one");
    udp_send_to(fd, AT_SINK, "end");
    check_told(fd, EACCES);
}

/* One that nobody has used is not renewed for ever. */
static void the_second_loss_is_told(void)
{
    int fd = connected();
    udp_send(fd, "one");
    udp_wait(fd);
    udp_check(fd, "one");
    udp_send_to(fd, AT_SINK, "end");
    check_told(fd, ECONNREFUSED);
    udp_send(fd, "x");
    CHECK(lab_wait_for_begun(3));
}

/* The child of a fork has no engine until it sends. */
static void a_lost_one_is_renewed_for_a_child(void)
{
    int fd = udp_connected(AT_OPEN);
    pid_t child = fork();
    if (child == 0) {
        a_lost_one_is_renewed(fd);
        _exit(0);
    }
    lab_check_child(child);
}

/* The same over method 81, where the engine carries the datagrams. */
static void in_stream_it_is_renewed(void)
{
    if (lab_is_relayed())
        a_lost_one_is_renewed(udp_connected(AT_OPEN));
}

static void in_stream_it_is_told(void)
{
    if (lab_is_relayed())
        a_lost_one_wakes_who_polls();
}

#define SHIM_CASE(name, proxy, arg) \
    {                               \
#name, proxy, arg, name     \
    }
#define REFUSED(name) SHIM_CASE(name, LAB_REFUSES, 2)
LAB(REFUSED(by_receiving), REFUSED(by_ipv6), REFUSED(of_a_bound_socket), REFUSED(by_so_error),
    REFUSED(by_sending), REFUSED(by_edges_in_epoll), REFUSED(in_a_blocking_call),
    REFUSED(who_is_not_connected_is_told_by_sending), REFUSED(who_asks_for_errors_is_told),
    { "of_a_proxy_that_does_not_answer", LAB_HANGS, 0, of_a_proxy_that_does_not_answer, NULL,
      "SOCKS5A_TIMEOUT=1" },
    SHIM_CASE(a_lost_one_is_renewed_without_blocking, LAB_PLACES_SHIM, LAB_RELAY_LOSES),
    SHIM_CASE(a_lost_one_is_renewed_for_who_blocks, LAB_PLACES_SHIM, LAB_RELAY_LOSES),
    SHIM_CASE(a_lost_one_is_renewed_for_a_child, LAB_PLACES_SHIM, LAB_RELAY_LOSES),
    SHIM_CASE(a_lost_one_wakes_who_waits, LAB_PLACES_SHIM, LAB_RELAY_ENDS),
    SHIM_CASE(a_lost_one_wakes_who_polls, LAB_PLACES_SHIM, LAB_RELAY_ENDS),
    { "in_stream_it_is_renewed", LAB_PLACES, LAB_RELAY_LOSES, in_stream_it_is_renewed },
    { "in_stream_it_is_told", LAB_PLACES, LAB_RELAY_ENDS, in_stream_it_is_told },
    SHIM_CASE(the_second_loss_is_told, LAB_PLACES_SHIM, LAB_RELAY_IS_SHORT))
