/* A program whose listeners are at the proxy: other threads, processes and numbers of it, what others
 * cannot do, and what goes wrong. */
#include "tests/preload/habit_inbound.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <sys/un.h>

/* ---- who accepts ---- */

static void forked_child_accepts(void)
{
    inbound_use_bind();
    int listener = inbound_listening(0);
    unsigned port = inbound_port(listener);
    int caller = lab_connect("127.0.0.1", port);
    pid_t child = fork();
    if (child == 0) {
        inbound_check_connected(accept(listener, NULL, NULL), caller, port);
        _exit(0);
    }
    lab_check_child(child);
    CHECK(inbound_port(listener) != 0);
}

static int accepted = -1;

static void *accept_one(void *listener)
{
    accepted = accept(*(int *)listener, NULL, NULL);
    return NULL;
}

static void thread_accepts(void)
{
    pthread_t thread;
    inbound_use_bind();
    int listener = inbound_listening(0);
    unsigned port = inbound_port(listener);
    CHECK(pthread_create(&thread, NULL, accept_one, &listener) == 0);
    int caller = lab_connect("127.0.0.1", port);
    CHECK(pthread_join(thread, NULL) == 0);
    inbound_check_connected(accepted, caller, port);
}

/* The session is the old program's; who inherits the listener is not told another address. */
static void executed_program_knows_the_address(void)
{
    char fd[16];
    inbound_use_bind();
    int listener = inbound_listening(0);
    unsigned port = inbound_port(listener);
    pid_t child = fork();
    if (child == 0) {
        snprintf(fd, sizeof fd, "%d:%u", listener, port);
        execl(lab_self(), lab_self(), "--case", "inner_accepts", fd, (char *)NULL);
        _exit(1);
    }
    int caller = lab_connect("127.0.0.1", port);
    lab_check_child(child);
    char byte;
    CHECK(recv(caller, &byte, 1, MSG_WAITALL) == 1 && byte == 'z');
}

static void inner_accepts(void)
{
    int listener;
    unsigned port;
    CHECK(sscanf(lab_argument(), "%d:%u", &listener, &port) == 2);
    CHECK(inbound_port(listener) == port);
    int fd = accept(listener, NULL, NULL);
    CHECK(fd >= 0 && send(fd, "z", 1, 0) == 1);
}

/* Its session has gone with the program that listened: nobody waits at it for ever. */
static void replaced_program_is_told(void)
{
    char fd[16];
    inbound_use_bind();
    snprintf(fd, sizeof fd, "%d", inbound_listening(0));
    execl(lab_self(), lab_self(), "--case", "inner_is_told", fd, (char *)NULL);
    CHECK(false);
}

static void inner_is_told(void)
{
    int listener = atoi(lab_argument());
    CHECK((habit_poll(listener, POLLIN, HABIT_BOUND_MS) & POLLHUP) != 0);
    CHECK(accept(listener, NULL, NULL) == -1 && errno == EINVAL);
}

/* ---- addresses ---- */

static void address_is_known_before_it_listens(void)
{
    inbound_use_bind();
    int listener = inbound_bound("0.0.0.0", 0);
    unsigned port = inbound_port(listener);
    CHECK(listen(listener, 1) == 0 && inbound_port(listener) == port);
    int caller = lab_connect("127.0.0.1", port);
    inbound_check_connected(accept(listener, NULL, NULL), caller, port);
}

static void prepared_one_goes_with_its_socket(void)
{
    inbound_use_bind();
    int fd = inbound_bound("0.0.0.0", 0);
    CHECK(inbound_port(fd) != 0 && lab_wait_for_living(1));
    CHECK(close(fd) == 0 && lab_wait_for_living(0));
}

/* Such a socket may connect as well. */
static void prepared_one_connects(void)
{
    struct sockaddr_in to = lab_v4("192.0.2.1", 80);
    inbound_use_bind();
    int fd = inbound_bound("0.0.0.0", 0);
    CHECK(inbound_port(fd) != 0);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    lab_check_echo(fd);
    CHECK(lab_wait_for_living(1));
}

/* An address that the proxy has told as the program's own is not this machine's. */
static void foreign_address_is_any(void)
{
    inbound_use_bind();
    int listener = inbound_bound("192.0.2.77", 0);
    CHECK(listen(listener, 1) == 0 && inbound_port(listener) != 0);
}

static void loopback_stays_here(void)
{
    struct sockaddr_in kernels;
    socklen_t len = sizeof kernels;
    inbound_use_bind();
    int listener = inbound_bound("127.0.0.1", 0);
    CHECK(listen(listener, 1) == 0);
    CHECK(lab_kernel(SYS_getsockname, listener, (long)&kernels, (long)&len) == 0);
    CHECK(inbound_name(listener).sin_port == kernels.sin_port && kernels.sin_family == AF_INET);
}

/* ---- others ---- */

static void nothing_here_can_be_reached(void)
{
    struct sockaddr_in own;
    socklen_t len = sizeof own;
    inbound_use_bind();
    int listener = inbound_bound("0.0.0.0", 0), caller = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(lab_kernel(SYS_getsockname, listener, (long)&own, (long)&len) == 0);
    CHECK(listen(listener, 1) == 0);
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(lab_kernel(SYS_connect, caller, (long)&own, (long)len) == -1 && errno == ECONNREFUSED);
}

static struct sockaddr_un behind(int listener, socklen_t *len)
{
    struct sockaddr_un at = { 0 };
    *len = sizeof at;
    CHECK(lab_kernel(SYS_getsockname, listener, (long)&at, (long)len) == 0);
    CHECK(at.sun_family == AF_UNIX);
    return at;
}

/* Who finds the local socket is not taken for a caller, whatever it says. */
static void strangers_are_not_accepted(void)
{
    socklen_t len;
    inbound_use_bind();
    int listener = inbound_listening(SOCK_NONBLOCK);
    unsigned port = inbound_port(listener);
    struct sockaddr_un at = behind(listener, &len);
    int mute = socket(AF_UNIX, SOCK_STREAM, 0), liar = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(connect(mute, (struct sockaddr *)&at, len) == 0 && shutdown(mute, SHUT_WR) == 0);
    CHECK(connect(liar, (struct sockaddr *)&at, len) == 0 && send(liar, "s5a-in1", 8, 0) == 8);
    CHECK(shutdown(liar, SHUT_WR) == 0);
    CHECK(accept(listener, NULL, NULL) == -1 && errno == EAGAIN);
    int caller = lab_connect("127.0.0.1", port);
    CHECK(habit_poll(listener, POLLIN, HABIT_BOUND_MS) == POLLIN);
    inbound_check_connected(accept(listener, NULL, NULL), caller, port);
}

static void looks_like_tcp(void)
{
    int value = 1;
    socklen_t len = sizeof value;
    inbound_use_bind();
    int fd = inbound_bound("0.0.0.0", 0);
    CHECK(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, len) == 0 && listen(fd, 4) == 0);
    CHECK(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &len) == 0 && value == AF_INET);
    CHECK(getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &value, &len) == 0 && value == IPPROTO_TCP);
    CHECK(getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &len) == 0 && value == 1);
    CHECK(getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, &len) == 0 && value == 1);
    CHECK(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &len) == 0 && value == 1);
    struct tcp_info info = { 0 };
    len = sizeof info;
    CHECK(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 && info.tcpi_state == TCP_LISTEN);
    CHECK(habit_peer_error(fd) == ENOTCONN);
    struct sockaddr_in to = lab_v4("192.0.2.1", 80);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == -1 && errno == EISCONN);
    CHECK(listen(fd, 8) == 0);
}

/* ---- errors ---- */

static void check_listen_fails(int error)
{
    inbound_use_bind();
    int fd = inbound_bound("0.0.0.0", 0);
    CHECK(listen(fd, 1) == -1 && errno == error);
    CHECK(accept(fd, NULL, NULL) == -1 && errno == EINVAL);
}

static void proxy_refuses(void)
{
    check_listen_fails(EACCES);
}

static void proxy_cannot(void)
{
    check_listen_fails(EOPNOTSUPP);
}

static void proxy_is_down(void)
{
    check_listen_fails(ECONNREFUSED);
}

static void proxy_hangs(void)
{
    check_listen_fails(ETIMEDOUT);
}

static void proxy_has_ipv6_alone(void)
{
    check_listen_fails(EPROTO); /* with port 0, which is none */
}

#define BY_BOTH(name)              \
    {                              \
#name, LAB_HONEST, 0, name \
    }

LAB_BY_RELAY(BY_BOTH(forked_child_accepts), BY_BOTH(thread_accepts),
             BY_BOTH(executed_program_knows_the_address), INNER(inner_accepts),
             BY_BOTH(replaced_program_is_told), INNER(inner_is_told),
             BY_BOTH(address_is_known_before_it_listens),
             BY_BOTH(prepared_one_goes_with_its_socket), BY_BOTH(prepared_one_connects),
             BY_BOTH(foreign_address_is_any), BY_BOTH(loopback_stays_here),
             BY_BOTH(nothing_here_can_be_reached), BY_BOTH(strangers_are_not_accepted),
             BY_BOTH(looks_like_tcp), { "proxy_refuses", LAB_REFUSES, 2, proxy_refuses },
             { "proxy_cannot", LAB_REFUSES, 7, proxy_cannot },
             { "proxy_is_down", LAB_DOWN, 0, proxy_is_down },
             { "proxy_hangs", LAB_HANGS, 0, proxy_hangs, .environment = "SOCKS5A_TIMEOUT=1" },
             { "proxy_has_ipv6_alone", LAB_BY_IPV6, 0, proxy_has_ipv6_alone })
