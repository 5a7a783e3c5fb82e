/* A program whose descriptors are duplicated, passed on, closed and given anew, also behind libc's
 * back: each socket keeps its own peer. */
#include "tests/preload/lab.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "tests/preload/lab_handing.h"

/* A socket that is connected without the proxy, to a listener of the test. */
static int connect_direct(struct sockaddr_in *at)
{
    static int listener = -1;
    static struct sockaddr_in where;
    if (listener < 0)
        listener = lab_listen("127.0.0.1", &where);
    *at = where;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(connect(fd, (struct sockaddr *)at, sizeof *at) == 0);
    close(accept(listener, NULL, NULL));
    return fd;
}

static void closed_behind_our_back(void)
{
    struct sockaddr_in at;
    int fd = lab_connect("192.0.2.1", 80);
    CHECK(lab_kernel(SYS_close, fd, 0, 0) == 0);
    int direct = connect_direct(&at);
    CHECK(direct >= fd); /* the listener may have taken the number */
    if (direct != fd)
        CHECK(lab_kernel(SYS_dup2, direct, fd, 0) == fd);
    lab_check_peer(fd, "127.0.0.1", ntohs(at.sin_port));
}

static void unconnected_in_its_place(void)
{
    struct sockaddr_in peer;
    socklen_t len = sizeof peer;
    int fd = lab_connect("192.0.2.1", 80);
    close(fd);
    CHECK(socket(AF_INET, SOCK_STREAM, 0) == fd);
    CHECK(getpeername(fd, (struct sockaddr *)&peer, &len) == -1 && errno == ENOTCONN);
}

static void no_socket_in_its_place(void)
{
    struct sockaddr_in peer;
    socklen_t len = sizeof peer;
    int fd = lab_connect("192.0.2.1", 80);
    close(fd);
    CHECK(getpeername(fd, (struct sockaddr *)&peer, &len) == -1 && errno == EBADF);
    CHECK(open("/dev/null", O_RDWR) == fd);
    CHECK(getpeername(fd, (struct sockaddr *)&peer, &len) == -1 && errno == ENOTSOCK);
}

static void duplicates_have_the_peer(void)
{
    int fd = lab_connect("192.0.2.1", 80);
    const int copies[] = { dup(fd), dup2(fd, 100), dup3(fd, 101, O_CLOEXEC),
                           fcntl(fd, F_DUPFD, 200), fcntl(fd, F_DUPFD_CLOEXEC, 300) };
    for (size_t i = 0; i < sizeof copies / sizeof *copies; i++)
        lab_check_peer(copies[i], "192.0.2.1", 80);
    close(fd);
    lab_check_peer(100, "192.0.2.1", 80);
    lab_check_echo(101);
}

static void duplicate_over_another(void)
{
    struct sockaddr_in at;
    int one = lab_connect("192.0.2.1", 80), two = lab_connect("192.0.2.2", 81);
    CHECK(dup2(one, two) == two);
    lab_check_peer(two, "192.0.2.1", 80);
    CHECK(dup2(connect_direct(&at), two) == two);
    lab_check_peer(two, "127.0.0.1", ntohs(at.sin_port));
    lab_check_peer(one, "192.0.2.1", 80);
}

static void duplicate_made_before_connect(void)
{
    struct sockaddr_in to = lab_v4("192.0.2.1", 80);
    int fd = socket(AF_INET, SOCK_STREAM, 0), copy = dup(fd);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    lab_check_peer(copy, "192.0.2.1", 80);
    lab_check_echo(copy);
}

static void passed_to_itself(void)
{
    int pair[2], fd = lab_connect("192.0.2.1", 80);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    lab_send_descriptor(pair[0], fd);
    close(fd);
    int got = lab_take_descriptor(pair[1]);
    lab_check_peer(got, "192.0.2.1", 80);
    lab_check_echo(got);
}

/* The child is forked before the socket is made: it knows it by what the parent passes alone, so
 * in this version the peer that it sees is the kernel's. Its bytes flow. */
static void passed_to_a_child(void)
{
    int pair[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    pid_t child = fork();
    if (child == 0) {
        lab_check_echo(lab_take_descriptor(pair[1]));
        _exit(0);
    }
    int fd = lab_connect("192.0.2.1", 80);
    lab_send_descriptor(pair[0], fd);
    lab_check_child(child);
    lab_check_peer(fd, "192.0.2.1", 80);
}

static void ranges_are_closed(void)
{
    struct sockaddr_in at;
    int one = lab_connect("192.0.2.1", 80), two = lab_connect("192.0.2.2", 81);
    int three = lab_connect("192.0.2.3", 82);
    CHECK(close_range((unsigned)two, (unsigned)two, 0) == 0);
    lab_check_peer(one, "192.0.2.1", 80);
    lab_check_peer(three, "192.0.2.3", 82);
    closefrom(three);
    CHECK(fcntl(three, F_GETFD) == -1);
    int direct = connect_direct(&at);
    lab_check_peer(direct, "127.0.0.1", ntohs(at.sin_port));
    lab_check_peer(one, "192.0.2.1", 80);
    lab_check_echo(one);
}

/* Closes all that it does not know, as daemons do, standard streams too. */
static void everything_is_closed(void)
{
    int keep = dup2(STDERR_FILENO, 50);
    closefrom(60);
    for (int fd = 0; fd < 50; fd++)
        close(fd);
    CHECK(dup2(keep, STDERR_FILENO) == STDERR_FILENO);
    int fd = lab_connect("192.0.2.1", 80);
    CHECK(fd == 0);
    lab_check_peer(fd, "192.0.2.1", 80);
    lab_check_echo(fd);
}

static long data_kib(void)
{
    char line[256];
    long kib = -1;
    FILE *status = fopen("/proc/self/status", "r");
    CHECK(status != NULL);
    while (kib < 0 && fgets(line, sizeof line, status) != NULL)
        if (sscanf(line, "VmData: %ld", &kib) != 1)
            kib = -1;
    fclose(status);
    CHECK(kib >= 0);
    return kib;
}

enum { MANY = 5000 };

static void many_in_turn(void)
{
    int stays = lab_connect("192.0.2.9", 9);
    long before = 0;
    for (unsigned i = 0; i < MANY; i++) {
        struct linger reset = { 1, 0 };
        int fd = lab_connect("192.0.2.1", 80);
        if (i % 500 == 0)
            lab_check_peer(fd, "192.0.2.1", 80);
        /* no TIME_WAIT: the ports are all tests' */
        CHECK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0);
        CHECK(close(fd) == 0);
        if (i == 200)
            before = data_kib();
    }
    CHECK(data_kib() <= before + 64);
    lab_check_peer(stays, "192.0.2.9", 9);
    lab_check_echo(stays);
}

static void many_at_once(void)
{
    enum { OPEN = 300 };
    int fds[OPEN];
    for (unsigned i = 0; i < OPEN; i++)
        fds[i] = lab_connect("192.0.2.1", 1000 + i);
    for (unsigned i = 0; i < OPEN; i++)
        lab_check_peer(fds[i], "192.0.2.1", 1000 + i);
    for (unsigned i = 0; i < OPEN; i += 2)
        close(fds[i]);
    for (unsigned i = 0; i < OPEN; i += 2)
        fds[i] = lab_connect("192.0.2.2", 2000 + i);
    for (unsigned i = 0; i < OPEN; i++)
        lab_check_peer(fds[i], i % 2 == 0 ? "192.0.2.2" : "192.0.2.1",
                       (i % 2 == 0 ? 2000 : 1000) + i);
}

LAB_BY_RELAY({ "closed_behind_our_back", LAB_HONEST, 0, closed_behind_our_back, "192.0.2.1:80" },
             { "unconnected_in_its_place", LAB_HONEST, 0, unconnected_in_its_place, NULL },
             { "no_socket_in_its_place", LAB_HONEST, 0, no_socket_in_its_place, NULL },
             { "duplicates_have_the_peer", LAB_HONEST, 0, duplicates_have_the_peer, NULL },
             { "duplicate_over_another", LAB_HONEST, 0, duplicate_over_another, NULL },
             { "duplicate_made_before_connect", LAB_HONEST, 0, duplicate_made_before_connect,
               NULL },
             { "passed_to_itself", LAB_HONEST, 0, passed_to_itself, NULL },
             { "passed_to_a_child", LAB_HONEST, 0, passed_to_a_child, "192.0.2.1:80" },
             { "ranges_are_closed", LAB_HONEST, 0, ranges_are_closed, NULL },
             { "everything_is_closed", LAB_HONEST, 0, everything_is_closed, "192.0.2.1:80" },
             { "many_in_turn", LAB_HONEST, 0, many_in_turn, NULL, .no_relay = true },
             { "many_at_once", LAB_HONEST, 0, many_at_once, NULL })
