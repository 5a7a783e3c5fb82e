/* A program that makes its system calls through syscall(). */
#include "tests/preload/lab.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>

static void connects_through_the_proxy(void)
{
    struct sockaddr_in peer = { 0 }, to = lab_v4("192.0.2.1", 80);
    socklen_t len = sizeof peer;
    char back[5];
    int fd = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
    errno = 12345;
    CHECK(syscall(SYS_connect, fd, &to, sizeof to) == 0 && errno == 12345);
    CHECK(syscall(SYS_getpeername, fd, &peer, &len) == 0);
    CHECK(len == sizeof peer && memcmp(&peer, &to, len) == 0);
    CHECK(syscall(SYS_sendto, fd, "hello", 5, 0, NULL, 0) == 5);
    lab_read(fd, back, sizeof back);
}

static void refusal_is_told(void)
{
    struct sockaddr_in to = lab_v4("192.0.2.1", 80);
    int fd = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
    CHECK(syscall(SYS_connect, fd, &to, sizeof to) == -1 && errno == EOPNOTSUPP);
}

static void datagrams_are_denied(void)
{
    struct sockaddr_in to = lab_v4("192.0.2.1", 54);
    struct iovec bytes = { "x", 1 };
    struct mmsghdr one = {
        { .msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &bytes, .msg_iovlen = 1 }, 0
    };
    int fd = (int)syscall(SYS_socket, AF_INET, SOCK_DGRAM, 0);
    CHECK(syscall(SYS_sendto, fd, "x", 1, 0, &to, sizeof to) == -1 && errno == EACCES);
    CHECK(syscall(SYS_sendmsg, fd, &one.msg_hdr, 0) == -1 && errno == EACCES);
    CHECK(syscall(SYS_sendmmsg, fd, &one, 1, 0) == -1 && errno == EACCES);
}

static void raw_sockets_are_refused(void)
{
    CHECK(syscall(SYS_socket, AF_INET, SOCK_RAW, IPPROTO_ICMP) == -1 && errno == EPERM);
}

static void io_uring_does_not_exist(void)
{
    char parameters[120] = { 0 };
    CHECK(syscall(SYS_io_uring_setup, 8, parameters) == -1 && errno == ENOSYS);
}

static void others_are_the_kernels(void)
{
    char byte, name[] = "/dev/null";
    CHECK(syscall(SYS_getpid) == getpid());
    CHECK(syscall(SYS_close, 12345) == -1 && errno == EBADF);
    long fd = syscall(SYS_openat, AT_FDCWD, name, O_RDONLY, 0);
    CHECK(fd >= 0 && syscall(SYS_read, fd, &byte, 1) == 0);
    CHECK(syscall(SYS_openat, AT_FDCWD, "/nonexistent/x", O_RDONLY, 0) == -1 && errno == ENOENT);
    CHECK(syscall(999999) == -1 && errno == ENOSYS);
}

/* Six arguments, in their order and width. */
static void six_arguments(void)
{
    char text[4] = "abc";
    long fd = syscall(SYS_memfd_create, "x", 0);
    CHECK(write((int)fd, text, 3) == 3);
    char *map = (char *)syscall(SYS_mmap, 0L, 4096L, 1L, 2L, fd, 0L);
    CHECK(map != (char *)-1 && memcmp(map, text, 3) == 0);
}

static void executes_with_the_shim(void)
{
    char *const list[] = { (char *)(size_t)lab_self(), "--case", "inner_connects", NULL };
    char *const empty[] = { NULL };
    syscall(SYS_execve, list[0], list, empty);
    CHECK(!"executes");
}

static void inner_connects(void)
{
    lab_check_echo(lab_connect("192.0.2.3", 83));
}

LAB_BY_RELAY({ "connects_through_the_proxy", LAB_HONEST, 0, connects_through_the_proxy,
               "192.0.2.1:80" },
             { "refusal_is_told", LAB_REFUSES, 7, refusal_is_told, NULL },
             { "datagrams_are_denied", LAB_HONEST, 0, datagrams_are_denied, "",
               "SOCKS5A_UDP=block" },
             { "raw_sockets_are_refused", LAB_HONEST, 0, raw_sockets_are_refused, "" },
             { "io_uring_does_not_exist", LAB_HONEST, 0, io_uring_does_not_exist, "" },
             { "others_are_the_kernels", LAB_HONEST, 0, others_are_the_kernels, "" },
             { "six_arguments", LAB_HONEST, 0, six_arguments, "" },
             { "executes_with_the_shim", LAB_HONEST, 0, executes_with_the_shim, "192.0.2.3:83" },
             { "inner_connects", LAB_INNER, 0, inner_connects, NULL })
