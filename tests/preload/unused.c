/* A program without network: the shim does nothing in it. Its configuration is missing here, so
 * whoever read it would say so. */
#include "tests/preload/lab.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

static const char *said_path(void)
{
    static char path[1024];
    snprintf(path, sizeof path, "%s/said", lab_directory());
    return path;
}

/* In a process of its own, whose configuration is another from the start. */
static _Noreturn void start(const char *name)
{
    CHECK(setenv("SOCKS5A_CONF", "/nonexistent/conf", 1) == 0);
    execl(lab_self(), lab_self(), "--case", name, (char *)NULL);
    lab_fail(__FILE__, __LINE__, "exec");
}

/* What is said on stderr from now on; the laboratory's own words come back with it. */
static void listen_to_stderr(void)
{
    int said = open(said_path(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    CHECK(said >= 0 && dup2(STDERR_FILENO, 60) == 60 && dup2(said, STDERR_FILENO) >= 0);
    CHECK(close(said) == 0);
}

static bool was_said(void)
{
    struct stat info;
    CHECK(dup2(60, STDERR_FILENO) >= 0);
    CHECK(stat(said_path(), &info) == 0);
    return info.st_size != 0;
}

static unsigned entries(const char *path)
{
    unsigned count = 0;
    DIR *directory = opendir(path);
    CHECK(directory != NULL);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count - 2;
}

/* How many descriptors there are. */
static unsigned begin(void)
{
    listen_to_stderr();
    return entries("/proc/self/fd");
}

static void check_nothing_is_there(unsigned descriptors)
{
    CHECK(!was_said());
    CHECK(entries("/proc/self/fd") == descriptors);
    CHECK(entries("/proc/self/task") == 1);
    CHECK(entries(lab_directory()) == 1); /* no state was written */
}

static void inner_files(void)
{
    unsigned descriptors = begin();
    char byte;
    int fd = open("/etc/passwd", O_RDONLY), pair[2];
    CHECK(read(fd, &byte, 1) == 1 && close(fd) == 0);
    CHECK(pipe(pair) == 0 && write(pair[1], "x", 1) == 1);
    CHECK(close(pair[0]) == 0 && close(pair[1]) == 0);
    free(malloc(1000000));
    check_nothing_is_there(descriptors);
}

/* Sockets that cannot leave the machine are no network. */
static void inner_local_sockets(void)
{
    unsigned descriptors = begin();
    struct sockaddr_un at = { .sun_family = AF_UNIX, .sun_path = "/nonexistent/socket" }, own;
    socklen_t len = sizeof own;
    int pair[2], fd = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(connect(fd, (struct sockaddr *)&at, sizeof at) == -1 && errno == ENOENT);
    CHECK(getsockname(fd, (struct sockaddr *)&own, &len) == 0 && own.sun_family == AF_UNIX);
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
    CHECK(send(pair[0], "x", 1, 0) == 1 && sendto(pair[0], "x", 1, 0, NULL, 0) == 1);
    len = sizeof own;
    CHECK(getpeername(pair[0], (struct sockaddr *)&own, &len) == 0);
    CHECK(close(fd) == 0 && close(pair[0]) == 0 && close(pair[1]) == 0);
    check_nothing_is_there(descriptors);
}

/* A server at a Unix socket is none either, whatever it waits by. */
static void inner_local_server(void)
{
    unsigned descriptors = begin();
    struct sockaddr_un at = { .sun_family = AF_UNIX, .sun_path = "" };
    struct epoll_event event = { .events = EPOLLIN };
    char byte;
    int listener = socket(AF_UNIX, SOCK_STREAM, 0), set = epoll_create1(0);
    socklen_t len = sizeof at;
    CHECK(bind(listener, (struct sockaddr *)&at, sizeof at.sun_family) == 0);
    CHECK(listen(listener, 1) == 0);
    CHECK(getsockname(listener, (struct sockaddr *)&at, &len) == 0);
    int caller = (int)lab_kernel(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
    CHECK(lab_kernel(SYS_connect, caller, (long)&at, len) == 0);
    CHECK(epoll_ctl(set, EPOLL_CTL_ADD, listener, &event) == 0);
    CHECK(epoll_wait(set, &event, 1, 0) == 1);
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK), twin = dup(fd);
    CHECK(fd >= 0 && twin >= 0 && epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0);
    CHECK(send(caller, "x", 1, 0) == 1 && recv(fd, &byte, 1, 0) == 1);
    CHECK(close(set) == 0 && close(fd) == 0 && close(twin) == 0 && close(caller) == 0);
    CHECK(close(listener) == 0);
    check_nothing_is_there(descriptors);
}

static void inner_sockets(void)
{
    unsigned descriptors = begin();
    struct sockaddr_in at = lab_v4("127.0.0.1", 0);
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    socklen_t len = sizeof one;
    CHECK(bind(fd, (struct sockaddr *)&at, sizeof at) == 0);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0);
    CHECK(getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, &len) == 0 && one == 1);
    CHECK(close(fd) == 0);
    check_nothing_is_there(descriptors);
}

/* Whether a program may listen stands in the configuration; that of a Unix socket does not. */
static void inner_listens(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    listen_to_stderr();
    CHECK(listen(fd, 1) == -1 && errno == EACCES);
    CHECK(was_said());
}

static void inner_starts_others(void)
{
    unsigned descriptors = begin();
    pid_t child = fork();
    if (child == 0) {
        execl("/bin/true", "true", (char *)NULL);
        _exit(1);
    }
    lab_check_child(child);
    CHECK(system("/bin/true") == 0);
    check_nothing_is_there(descriptors);
}

/* The first connect does read it: this is how it would be seen. */
static void inner_connects(void)
{
    struct sockaddr_in to = lab_v4("192.0.2.1", 80);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    listen_to_stderr();
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == -1 && errno == EACCES);
    CHECK(was_said());
}

static void files(void)
{
    start("inner_files");
}

static void local_sockets(void)
{
    start("inner_local_sockets");
}

static void local_server(void)
{
    start("inner_local_server");
}

static void sockets(void)
{
    start("inner_sockets");
}

static void listens(void)
{
    start("inner_listens");
}

static void starts_others(void)
{
    start("inner_starts_others");
}

static void connects(void)
{
    start("inner_connects");
}

LAB({ "inner_files", LAB_INNER, 0, inner_files, NULL },
    { "inner_local_sockets", LAB_INNER, 0, inner_local_sockets, NULL },
    { "inner_sockets", LAB_INNER, 0, inner_sockets, NULL },
    { "inner_listens", LAB_INNER, 0, inner_listens, NULL },
    { "inner_starts_others", LAB_INNER, 0, inner_starts_others, NULL },
    { "inner_connects", LAB_INNER, 0, inner_connects, NULL }, { "files", LAB_HONEST, 0, files, "" },
    { "inner_local_server", LAB_INNER, 0, inner_local_server, NULL },
    { "local_sockets", LAB_HONEST, 0, local_sockets, "" },
    { "local_server", LAB_HONEST, 0, local_server, "" }, { "sockets", LAB_HONEST, 0, sockets, "" },
    { "listens", LAB_HONEST, 0, listens, "" },
    { "starts_others", LAB_HONEST, 0, starts_others, "" },
    { "connects", LAB_HONEST, 0, connects, "" })
