/* A program that listens, under each policy for that. */
#include "tests/preload/lab.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/un.h>

static int bound4(const char *ip)
{
    struct sockaddr_in at = lab_v4(ip, 0);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0);
    return fd;
}

static int bound6(const char *ip)
{
    struct sockaddr_in6 at = lab_v6(ip, 0);
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    CHECK(fd >= 0);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0)
        lab_skip("no IPv6");
    return fd;
}

/* 0 or errno */
static int listen_error(int fd)
{
    errno = 12345;
    if (listen(fd, 4) == 0)
        return errno == 12345 ? 0 : errno;
    return errno;
}

/* A connection to the listener and back, without a proxy. */
static void check_serves(int listener)
{
    struct sockaddr_in at;
    socklen_t len = sizeof at;
    char byte = 0;
    CHECK(getsockname(listener, (struct sockaddr *)&at, &len) == 0);
    int fd = lab_connect("127.0.0.1", ntohs(at.sin_port));
    int come = accept(listener, NULL, NULL);
    CHECK(come >= 0 && send(fd, "x", 1, 0) == 1 && recv(come, &byte, 1, 0) == 1 && byte == 'x');
}

static void check_unix_listens(void)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(at.sun_path, sizeof at.sun_path, "%s/own", lab_directory());
    CHECK(bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen_error(fd) == 0);
}

static void all_listen(void)
{
    CHECK(listen_error(bound4("0.0.0.0")) == 0);
    CHECK(listen_error(socket(AF_INET, SOCK_STREAM, 0)) == 0);
    int listener = bound4("127.0.0.1");
    CHECK(listen_error(listener) == 0);
    check_serves(listener);
    check_unix_listens();
}

static void loopback_listens(void)
{
    int listener = bound4("127.0.0.1");
    CHECK(listen_error(listener) == 0);
    check_serves(listener);
    CHECK(listen_error(bound4("127.9.9.9")) == 0);
    check_unix_listens();
    CHECK(listen_error(bound6("::1")) == 0);
    CHECK(listen_error(bound6("::ffff:127.0.0.1")) == 0);
}

static void check_refused(int fd)
{
    CHECK(listen_error(fd) == EACCES);
    CHECK(syscall(SYS_listen, fd, 4) == -1 && errno == EACCES);
}

static void others_do_not_listen(void)
{
    check_refused(bound4("0.0.0.0"));
    check_refused(socket(AF_INET, SOCK_STREAM, 0)); /* the kernel would bind it to all addresses */
    check_refused(bound6("::"));
    check_refused(bound6("::ffff:0.0.0.0"));
}

static void nothing_listens(void)
{
    check_refused(bound4("127.0.0.1"));
    check_refused(bound4("0.0.0.0"));
    check_unix_listens();
}

/* What the kernel says of it is said, whatever the policy. */
static void other_errors_are_the_kernels(void)
{
    CHECK(listen_error(socket(AF_INET, SOCK_DGRAM, 0)) == EOPNOTSUPP);
    CHECK(listen_error(12345) == EBADF);
    CHECK(accept(bound4("127.0.0.1"), NULL, NULL) == -1 && errno == EINVAL);
}

/* A program that has shut itself in knows which calls it makes. */
static void forbid_accept4(void)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_accept4, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = { sizeof rules / sizeof *rules, rules };
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        lab_skip("no seccomp");
}

static void accept_is_no_accept4(void)
{
    int listener = bound4("127.0.0.1");
    CHECK(listen_error(listener) == 0);
    forbid_accept4();
    check_serves(listener);
}

/* Made by somebody else. */
static int inherited(const char *ip, struct sockaddr_in *at)
{
    int fd = bound4(ip);
    socklen_t len = sizeof *at;
    CHECK(lab_kernel(SYS_listen, fd, 4, 0) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)at, &len) == 0);
    return fd;
}

static void check_reset(int fd)
{
    char byte;
    CHECK(recv(fd, &byte, 1, 0) == -1 && errno == ECONNRESET);
}

static void callers_of_an_inherited_one_are_turned_away(void)
{
    struct sockaddr_in at, from;
    socklen_t len = sizeof from;
    int listener = inherited("127.0.0.1", &at);
    int fd = lab_connect("127.0.0.1", ntohs(at.sin_port));
    CHECK(accept(listener, (struct sockaddr *)&from, &len) == -1 && errno == ECONNABORTED);
    check_reset(fd);
    fd = lab_connect("127.0.0.1", ntohs(at.sin_port));
    CHECK(syscall(SYS_accept4, listener, NULL, NULL, SOCK_CLOEXEC) == -1 && errno == ECONNABORTED);
    check_reset(fd);
}

static void this_machine_may_call_an_inherited_one(void)
{
    struct sockaddr_in at;
    int listener = inherited("0.0.0.0", &at);
    check_serves(listener);
}

LAB({ "all_listen_by_default", LAB_HONEST, 0, all_listen, "" },
    { "all_listen_where_allowed", LAB_HONEST, 0, all_listen, "", "SOCKS5A_INBOUND=allow" },
    { "loopback_listens_where_local", LAB_HONEST, 0, loopback_listens, "",
      "SOCKS5A_INBOUND=local" },
    { "others_do_not_listen_where_local", LAB_HONEST, 0, others_do_not_listen, "",
      "SOCKS5A_INBOUND=local" },
    { "nothing_listens_where_denied", LAB_HONEST, 0, nothing_listens, "", "SOCKS5A_INBOUND=deny" },
    { "nothing_listens_where_nobody_knows", LAB_HONEST, 0, nothing_listens, "",
      "SOCKS5A_INBOUND=nonsense\nSOCKS5A_LOG_FILE=/dev/null" },
    { "other_errors_are_the_kernels", LAB_HONEST, 0, other_errors_are_the_kernels, "",
      "SOCKS5A_INBOUND=deny" },
    { "accept_is_no_accept4", LAB_HONEST, 0, accept_is_no_accept4, "" },
    { "callers_of_an_inherited_one_are_turned_away", LAB_HONEST, 0,
      callers_of_an_inherited_one_are_turned_away, "", "SOCKS5A_INBOUND=deny" },
    { "this_machine_may_call_an_inherited_one", LAB_HONEST, 0,
      this_machine_may_call_an_inherited_one, "", "SOCKS5A_INBOUND=local" })
