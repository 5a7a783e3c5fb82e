/* A connected socket says who it is and whom it is connected to, in whatever process. */
#include "tests/preload/habit.h"

#include <sys/ioctl.h>

#include "tests/preload/lab_handing.h"

enum { CHILD_LIMIT_S = 20 };

static int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t len = sizeof value;
    CHECK(getsockopt(fd, level, name, &value, &len) == 0 && len == sizeof value);
    return value;
}

static int connected(enum lab_place place)
{
    int fd = habit_blocking();
    CHECK(habit_connect(fd, place) == 0);
    return fd;
}

static struct sockaddr_in local_of(int fd)
{
    struct sockaddr_in at = { 0 };
    socklen_t len = sizeof at;
    CHECK(getsockname(fd, (struct sockaddr *)&at, &len) == 0 && len == sizeof at);
    CHECK(at.sin_family == AF_INET && at.sin_port != 0 && at.sin_addr.s_addr != 0);
    return at;
}

/* Everything that tells a TCP socket from others, and that it works. */
static void check_identity(int fd, const struct sockaddr_in *local)
{
    struct ucred peer = { 1, 1, 1 };
    socklen_t len = sizeof peer;
    struct sockaddr_in now = local_of(fd);
    CHECK(memcmp(&now, local, sizeof now) == 0);
    CHECK(option(fd, SOL_SOCKET, SO_DOMAIN) == AF_INET);
    CHECK(option(fd, SOL_SOCKET, SO_TYPE) == SOCK_STREAM);
    CHECK(option(fd, SOL_SOCKET, SO_PROTOCOL) == IPPROTO_TCP);
    CHECK(option(fd, SOL_SOCKET, SO_ACCEPTCONN) == 0);
    CHECK(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && peer.pid == 0);
    habit_check_connected(fd, AT_OPEN);
}

static void check_options(int fd)
{
    int on = 1;
    CHECK(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0);
    CHECK(option(fd, IPPROTO_TCP, TCP_NODELAY) != 0);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) == 0);
    CHECK(option(fd, SOL_SOCKET, SO_KEEPALIVE) == 1);
}

static void here(void)
{
    int fd = connected(AT_OPEN);
    struct sockaddr_in local = local_of(fd);
    check_identity(fd, &local);
    check_options(fd);
}

static void room_is_too_small(void)
{
    struct sockaddr_in peer = { 0 }, to = lab_at(AT_OPEN);
    socklen_t len = 4, none = 0;
    int fd = connected(AT_OPEN);
    CHECK(getpeername(fd, (struct sockaddr *)&peer, &none) == 0 && none == sizeof peer);
    CHECK(getpeername(fd, (struct sockaddr *)&peer, &len) == 0 && len == sizeof peer);
    CHECK(peer.sin_port == to.sin_port && peer.sin_addr.s_addr == 0);
}

static void in_a_child(void)
{
    int fd = connected(AT_OPEN);
    struct sockaddr_in local = local_of(fd);
    pid_t child = fork();
    if (child == 0) {
        alarm(CHILD_LIMIT_S);
        check_identity(fd, &local);
        check_options(fd);
        _exit(0);
    }
    lab_check_child(child);
    check_identity(fd, &local);
}

/* ---- in another program ---- */

static void inner_is_told(void)
{
    struct sockaddr_in local = local_of(STDIN_FILENO);
    alarm(CHILD_LIMIT_S);
    CHECK(ntohs(local.sin_port) == (unsigned)atoi(lab_argument()));
    check_identity(STDIN_FILENO, &local);
    check_options(STDIN_FILENO);
}

static void in_another_program(void)
{
    int fd = connected(AT_OPEN);
    char port[16];
    CHECK(dup2(fd, STDIN_FILENO) == STDIN_FILENO && close(fd) == 0);
    snprintf(port, sizeof port, "%u", ntohs(local_of(STDIN_FILENO).sin_port));
    execl(lab_self(), lab_self(), "--case", "inner_is_told", port, (char *)NULL);
    lab_fail(__FILE__, __LINE__, "exec");
}

/* ---- in a process that was there before ---- */

/* A TCP socket that comes from elsewhere is the kernel's, which names the proxy. */
static bool is_told(void)
{
    return lab_is_native() || strstr(getenv("SOCKS5A_CONF"), "tol.conf") != NULL;
}

/* The sender goes at once where it does not keep it. */
static void passed(bool keeps)
{
    int pair[2];
    struct sockaddr_in local;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    pid_t child = fork();
    if (child == 0) {
        alarm(CHILD_LIMIT_S);
        close(pair[0]);
        int fd = lab_take_descriptor(pair[1]);
        lab_read(pair[1], &local, sizeof local);
        if (!keeps)
            CHECK(read(pair[1], &local, 1) == 0); /* the sender has ended */
        else
            check_options(fd);
        if (is_told()) {
            check_identity(fd, &local);
            CHECK(habit_connect(fd, AT_OPEN) == EISCONN);
        }
        _exit(0);
    }
    close(pair[1]);
    pid_t sender = fork();
    if (sender == 0) {
        int fd = connected(AT_OPEN);
        local = local_of(fd);
        lab_send_descriptor(pair[0], fd);
        lab_write(pair[0], &local, sizeof local);
        if (keeps)
            CHECK(read(pair[0], &local, 1) == 0);
        _exit(0);
    }
    close(pair[0]);
    lab_check_child(sender);
    lab_check_child(child);
}

static void passed_and_kept(void)
{
    passed(true);
}

static void passed_and_gone(void)
{
    passed(false);
}

/* ---- names that are none ---- */

static void ended_one_has_no_peer(void)
{
    char bytes[16];
    int fd = connected(AT_RESETTING);
    lab_write(fd, "x", 1);
    CHECK(recv(fd, bytes, sizeof bytes, 0) == -1 && errno == ECONNRESET);
    CHECK(habit_peer_error(fd) == ENOTCONN);
}

/* Local sockets are what they were. */
static void local_sockets_stay_local(void)
{
    int pair[2];
    struct ucred peer;
    socklen_t len = sizeof peer;
    int fd = connected(AT_OPEN);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    CHECK(option(pair[0], SOL_SOCKET, SO_DOMAIN) == AF_UNIX);
    CHECK(getsockopt(pair[0], SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && peer.pid == getpid());
    CHECK(getsockopt(pair[0], IPPROTO_TCP, TCP_NODELAY, &peer.pid, &len) == -1);
    lab_send_descriptor(pair[0], fd);
    habit_check_connected(lab_take_descriptor(pair[1]), AT_OPEN);
}

static void sender_of_bytes_is_not_named(void)
{
    struct sockaddr_storage from;
    socklen_t len = sizeof from;
    char bytes[5];
    int fd = connected(AT_OPEN);
    lab_write(fd, "hello", 5);
    CHECK(habit_poll(fd, POLLIN, HABIT_BOUND_MS) == POLLIN);
    CHECK(recvfrom(fd, bytes, 5, MSG_PEEK, (struct sockaddr *)&from, &len) > 0 && len == 0);
    struct iovec into = { bytes, sizeof bytes };
    struct msghdr message = {
        .msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &into, .msg_iovlen = 1
    };
    CHECK(recvmsg(fd, &message, 0) > 0 && message.msg_namelen == 0);
}

LAB(CASE(here), CASE(room_is_too_small), CASE(in_a_child), CASE(in_another_program),
    INNER(inner_is_told), CASE(passed_and_kept), CASE(passed_and_gone), CASE(ended_one_has_no_peer),
    CASE(local_sockets_stay_local), CASE(sender_of_bytes_is_not_named))
