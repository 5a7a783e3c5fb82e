/* A program whose listeners are at the proxy (SOCKS5A_INBOUND=bind): it listens, accepts and polls. */
#include "tests/preload/habit_inbound.h"
#include "tests/preload/lab_bind.h"

#include <netdb.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

/* ---- accepting ---- */

static void accepts(void)
{
    inbound_use_bind();
    int listener = inbound_listening(0);
    unsigned port = inbound_port(listener);
    int caller = lab_connect("127.0.0.1", port);
    struct sockaddr_in from = { 0 }, own = inbound_name(caller);
    socklen_t len = sizeof from;
    int fd = accept(listener, (struct sockaddr *)&from, &len);
    CHECK(fd >= 0 && len == sizeof from && memcmp(&from, &own, len) == 0);
    CHECK((fcntl(fd, F_GETFL) & O_NONBLOCK) == 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0);
    inbound_check_connected(fd, caller, port);
    close(caller);
    CHECK(read(fd, &from, 1) == 0);
}

static void flags_are_taken(void)
{
    inbound_use_bind();
    int listener = inbound_listening(0);
    int caller = lab_connect("127.0.0.1", inbound_port(listener));
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    CHECK(fd == caller + 1); /* the lowest number that is free */
    CHECK((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK(accept4(listener, NULL, NULL, 4) == -1 && errno == EINVAL);
}

static void by_syscall(void)
{
    struct sockaddr_in at = lab_v4("0.0.0.0", 0);
    inbound_use_bind();
    int listener = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
    CHECK(syscall(SYS_bind, listener, &at, sizeof at) == 0);
    CHECK(syscall(SYS_listen, listener, 4) == 0);
    unsigned port = inbound_port(listener);
    int caller = lab_connect("127.0.0.1", port);
    int fd = (int)syscall(SYS_accept, listener, NULL, NULL);
    CHECK(fd >= 0);
    inbound_check_connected(fd, caller, port);
}

/* Not bound before: the kernel would choose a port. */
static void without_bind(void)
{
    inbound_use_bind();
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(listen(listener, 1) == 0);
    unsigned port = inbound_port(listener);
    int caller = lab_connect("127.0.0.1", port);
    inbound_check_connected(accept(listener, NULL, NULL), caller, port);
}

static void ipv6_program(void)
{
    struct sockaddr_in6 at = lab_v6("::", 0), from = { 0 };
    socklen_t len = sizeof at;
    inbound_use_bind();
    int listener = socket(AF_INET6, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) != 0)
        lab_skip("no IPv6");
    CHECK(listen(listener, 1) == 0 && getsockname(listener, (struct sockaddr *)&at, &len) == 0);
    CHECK(at.sin6_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&at.sin6_addr));
    int caller = lab_connect("127.0.0.1", ntohs(at.sin6_port));
    int fd = accept(listener, (struct sockaddr *)&from, &len);
    CHECK(fd >= 0 && len == sizeof from && IN6_IS_ADDR_V4MAPPED(&from.sin6_addr));
    CHECK(from.sin6_port == inbound_name(caller).sin_port);
    lab_write(caller, "hello", 5);
    CHECK(recv(fd, &from, 5, MSG_WAITALL) == 5);
}

/* ---- whose peer has a name with both families ---- */

static int connected_to_name(void)
{
    struct addrinfo *list, hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM };
    CHECK(getaddrinfo("host.example", "21", &hints, &list) == 0);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(connect(fd, list->ai_addr, list->ai_addrlen) == 0);
    freeaddrinfo(list);
    return fd;
}

static void peer_met_by_ipv4(void)
{
    inbound_use_bind();
    CHECK(connected_to_name() >= 0);
    int listener = inbound_listening(0);
    unsigned port = inbound_port(listener);
    int caller = lab_connect("127.0.0.1", port);
    inbound_check_connected(accept(listener, NULL, NULL), caller, port);
}

/* It may have been met by IPv6: then it cannot be told an address of IPv4. */
static void peer_met_by_neither(void)
{
    inbound_use_bind();
    CHECK(connected_to_name() >= 0);
    int fd = inbound_bound("0.0.0.0", 0);
    CHECK(listen(fd, 1) == -1 && errno == EAFNOSUPPORT);
}

/* ---- readiness ---- */

static void poll_tells(void)
{
    inbound_use_bind();
    int listener = inbound_listening(SOCK_NONBLOCK);
    unsigned port = inbound_port(listener);
    CHECK(accept(listener, NULL, NULL) == -1 && errno == EAGAIN);
    CHECK(habit_poll(listener, POLLIN, HABIT_QUIET_MS) == 0);
    int caller = lab_connect("127.0.0.1", port);
    CHECK(habit_poll(listener, POLLIN, HABIT_BOUND_MS) == POLLIN);
    inbound_check_connected(accept(listener, NULL, NULL), caller, port);
    CHECK(accept(listener, NULL, NULL) == -1 && errno == EAGAIN);
}

/* Registered before it listens, by a number that is a duplicate's. */
static void epoll_tells(void)
{
    struct epoll_event event = { .events = EPOLLIN | EPOLLET, .data.u64 = 77 };
    inbound_use_bind();
    int set = epoll_create1(0), first = inbound_bound("0.0.0.0", SOCK_NONBLOCK),
        listener = dup(first);
    CHECK(epoll_ctl(set, EPOLL_CTL_ADD, listener, &event) == 0);
    CHECK(listen(first, 4) == 0 && close(first) == 0);
    unsigned port = inbound_port(listener);
    while (epoll_wait(set, &event, 1, HABIT_QUIET_MS) > 0)
        CHECK((event.events & EPOLLIN) == 0); /* the kernel says EPOLLHUP of what does not listen */
    int caller = lab_connect("127.0.0.1", port);
    CHECK(epoll_wait(set, &event, 1, HABIT_BOUND_MS) == 1);
    CHECK(event.events == EPOLLIN && event.data.u64 == 77);
    inbound_check_connected(accept(listener, NULL, NULL), caller, port);
}

/* ---- one after the other ---- */

/* One BIND is one connection; the next one is at another port. */
static void several_callers(void)
{
    inbound_use_bind();
    int listener = inbound_listening(0);
    for (unsigned port = inbound_port(listener), i = 0; i < 3; i++) {
        int caller = lab_connect("127.0.0.1", port);
        int fd = accept(listener, NULL, NULL);
        inbound_check_connected(fd, caller, port);
        for (int tries = 0; inbound_port(listener) == port; tries++, lab_pause_ms(10))
            CHECK(tries < HABIT_BOUND_MS / 10);
        port = inbound_port(listener);
        CHECK(close(fd) == 0 && close(caller) == 0);
    }
}

/* A proxy waits for a caller as long as it likes, and is asked again. */
static void proxy_gives_up_waiting(void)
{
    inbound_use_bind();
    int listener = inbound_listening(0);
    unsigned port = inbound_port(listener);
    for (int tries = 0; inbound_port(listener) == port; tries++, lab_pause_ms(10))
        CHECK(tries < HABIT_BOUND_MS / 10);
    port = inbound_port(listener);
    int caller = lab_connect("127.0.0.1", port);
    inbound_check_connected(accept(listener, NULL, NULL), caller, port);
}

static void close_ends_it(void)
{
    inbound_use_bind();
    int listener = inbound_listening(0);
    unsigned port = inbound_port(listener);
    CHECK(lab_wait_for_living(1));
    CHECK(close(listener) == 0);
    CHECK(lab_wait_for_living(0));
    struct sockaddr_in to = lab_v4("127.0.0.1", port);
    CHECK(connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&to, sizeof to) == -1);
    CHECK(errno == ECONNREFUSED);
}

LAB_BY_RELAY({ "accepts", LAB_HONEST, 0, accepts, "0.0.0.0:0" },
             { "accepts_by_a_proxy_at_a_unix_socket", LAB_UNIX, 0, accepts, "0.0.0.0:0" },
             { "flags_are_taken", LAB_HONEST, 0, flags_are_taken },
             { "by_syscall", LAB_HONEST, 0, by_syscall },
             { "without_bind", LAB_HONEST, 0, without_bind },
             { "ipv6_program", LAB_HONEST, 0, ipv6_program },
             { "poll_tells", LAB_HONEST, 0, poll_tells },
             { "epoll_tells", LAB_HONEST, 0, epoll_tells },
             { "several_callers", LAB_HONEST, 0, several_callers },
             { "proxy_gives_up_waiting", LAB_HONEST, LAB_BIND_GIVES_UP, proxy_gives_up_waiting },
             { "peer_met_by_ipv4", LAB_HONEST, LAB_BIND_ON_IPV6, peer_met_by_ipv4,
               "host.example:21;host.example:0;0.0.0.0:0" },
             { "peer_met_by_neither", LAB_HONEST, LAB_BIND_ON_IPV6_UNTOLD, peer_met_by_neither,
               "host.example:21;host.example:0" },
             { "close_ends_it", LAB_HONEST, 0, close_ends_it })
