/* A program that names a forwarded Unix socket otherwise than the configuration, or uses another type
 * of socket for it. */
#include "tests/preload/habit_unix.h"

#include <stddef.h>
#include <sys/stat.h>

static char room[300];

/* A path below the directory of the case. */
static const char *below(const char *name)
{
    snprintf(room, sizeof room, "%s/%s", lab_directory(), name);
    return room;
}

static void forward(const char *local)
{
    char text[400];
    snprintf(text, sizeof text, "[forward]\n%s = 192.0.2.1:7\n", local);
    lab_configure(text);
}

static void check_forwarded(const char *name)
{
    int fd = unix_try(name, 0);
    CHECK(fd >= 0);
    lab_check_echo(fd);
    CHECK(close(fd) == 0);
}

static void make_folder(const char *name)
{
    CHECK(mkdir(below(name), 0755) == 0);
}

static void make_link(const char *to, const char *name)
{
    CHECK(symlink(to, below(name)) == 0);
}

/* ---- the same entry of a directory -------------------------------------------------------------- */

/* What is not there is walked by its text. */
static void spelt_otherwise(void)
{
    forward("/run/lab-nowhere/s.sock");
    check_forwarded("/run/lab-nowhere/s.sock");
    check_forwarded("//run/./lab-nowhere//s.sock");
    check_forwarded("/run/lab-nowhere/sub/../s.sock");
    check_forwarded("/../run/lab-nowhere/s.sock");
    CHECK(chdir("/run") == 0);
    check_forwarded("lab-nowhere/s.sock");
    check_forwarded("../run/./lab-nowhere/s.sock");
    CHECK(chdir("/") == 0);
    check_forwarded("run/lab-nowhere/s.sock");
    CHECK(unix_try("/run/lab-nowhere/s.sock/", 0) == -ENOENT);
    CHECK(unix_try("/run/lab-nowhere/s.sock/.", 0) == -ENOENT);
    CHECK(unix_try("/run/lab-nowhere/s.soc", 0) == -ENOENT);
}

/* /var/run is a link to /run: either may be said, and either configured. */
static void folder_by_a_link(void)
{
    make_folder("run");
    make_link("run", "var");
    forward(below("run/s"));
    check_forwarded(below("var/s"));
    check_forwarded(below("var/../run/s"));
}

static void configured_by_a_link(void)
{
    make_folder("run");
    CHECK(chdir(lab_directory()) == 0);
    CHECK(symlink(below("run"), "var") == 0);
    forward(below("var/s"));
    check_forwarded(below("run/s"));
    check_forwarded(below("var/s"));
}

static void a_link_to_it(void)
{
    make_folder("run");
    make_folder("home");
    make_link("../run/s", "home/mine");
    make_link("home/mine", "again");
    forward(below("run/s"));
    check_forwarded(below("home/mine"));
    check_forwarded(below("again"));
    CHECK(chdir(below("home")) == 0);
    check_forwarded("mine");
}

static int listen_at(const char *name)
{
    struct sockaddr_un at;
    socklen_t len = unix_address(name, &at);
    int fd = unix_socket(0);
    CHECK(bind(fd, (struct sockaddr *)&at, len) == 0 && listen(fd, 1) == 0);
    return fd;
}

/* The entry is meant, and not what it happens to lead to here. */
static void it_is_a_link_itself(void)
{
    listen_at(below("there"));
    make_link("there", "s");
    forward(below("s"));
    check_forwarded(below("s"));
    int fd = unix_try(below("there"), 0);
    CHECK(fd >= 0);
    unix_check_peer(fd, below("there"));
}

static void links_in_a_circle(void)
{
    make_link("b", "a");
    make_link("a", "b");
    forward("/run/lab.sock");
    CHECK(unix_try(below("a"), 0) == -ELOOP);
    CHECK(unix_try(below("a/s"), 0) == -ELOOP);
}

static void by_proc_self_fd(void)
{
    char name[64];
    forward("/run/lab.sock");
    int folder = open("/run", O_RDONLY | O_DIRECTORY);
    CHECK(folder >= 0);
    snprintf(name, sizeof name, "/proc/self/fd/%d/lab.sock", folder);
    check_forwarded(name);
}

static void abstract_names_are_exact(void)
{
    struct sockaddr_un to;
    forward("@lab-name");
    check_forwarded("@lab-name");
    CHECK(unix_try("@lab-nam", 0) == -ECONNREFUSED);
    unix_address("@lab-name", &to);
    int fd = unix_socket(0); /* all of sun_path: another name, which ends in zeros */
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == -1 && errno == ECONNREFUSED);
    CHECK(unix_try("lab-name", 0) == -ENOENT);
}

static void malformed(void)
{
    struct sockaddr_un to;
    forward("/run/lab.sock");
    socklen_t len = unix_address("/run/lab.sock", &to);
    int fd = unix_socket(0);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to + 1) == -1 && errno == EINVAL);
    CHECK(connect(fd, (struct sockaddr *)&to, offsetof(struct sockaddr_un, sun_path)) == -1 &&
          errno == EINVAL);
    CHECK(connect(fd, (struct sockaddr *)&to, len - 1) == 0); /* without the NUL */
    lab_check_echo(fd);
}

/* ---- other types ---------------------------------------------------------------------------------- */

/* They are denied although such a socket is there: the program is not to talk to that one. */
static void other_types(int type)
{
    struct sockaddr_un at;
    struct iovec byte = { (char[]){ "x" }, 1 };
    int fd = socket(AF_UNIX, type, 0), local = socket(AF_UNIX, type, 0);
    const char *name = below("s");
    socklen_t len = unix_address(name, &at);
    struct msghdr message = {
        .msg_name = &at, .msg_namelen = len, .msg_iov = &byte, .msg_iovlen = 1
    };
    struct mmsghdr several = { .msg_hdr = message };
    forward(name);
    CHECK(bind(local, (struct sockaddr *)&at, len) == 0);
    CHECK(type != SOCK_SEQPACKET || listen(local, 1) == 0);
    CHECK(unix_connect(fd, name) == EPROTOTYPE);
    CHECK(sendto(fd, "x", 1, 0, (struct sockaddr *)&at, len) == -1 && errno == EPROTOTYPE);
    CHECK(sendmsg(fd, &message, 0) == -1 && errno == EPROTOTYPE);
    CHECK(sendmmsg(fd, &several, 1, 0) == -1 && errno == EPROTOTYPE);
    CHECK(recv(local, room, 1, MSG_DONTWAIT) == -1 &&
          errno == (type == SOCK_SEQPACKET ? ENOTCONN : EAGAIN));
}

static void datagrams(void)
{
    other_types(SOCK_DGRAM);
}

static void sequenced_packets(void)
{
    other_types(SOCK_SEQPACKET);
}

/* … and to others they go. */
static void datagrams_elsewhere(void)
{
    struct sockaddr_un at;
    const char *name = below("there");
    socklen_t len = unix_address(name, &at);
    char byte;
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0), local = socket(AF_UNIX, SOCK_DGRAM, 0);
    CHECK(bind(local, (struct sockaddr *)&at, len) == 0);
    forward("/run/lab.sock");
    CHECK(sendto(fd, "x", 1, 0, (struct sockaddr *)&at, len) == 1);
    CHECK(recv(local, &byte, 1, 0) == 1);
    CHECK(unix_connect(fd, name) == 0 && send(fd, "y", 1, 0) == 1);
    CHECK(recv(local, &byte, 1, 0) == 1);
}

#define CONF "SOCKS5A_CONF=@/conf"
#define NAMES(name)                            \
    {                                          \
#name, LAB_HONEST, 0, name, NULL, CONF \
    }
#define NOT_ASKED(name)                      \
    {                                        \
#name, LAB_HONEST, 0, name, "", CONF \
    }

LAB(NAMES(spelt_otherwise), NAMES(folder_by_a_link), NAMES(configured_by_a_link),
    NAMES(a_link_to_it),
    { "it_is_a_link_itself", LAB_HONEST, 0, it_is_a_link_itself, "192.0.2.1:7", CONF },
    NOT_ASKED(links_in_a_circle), NAMES(by_proc_self_fd), NAMES(abstract_names_are_exact),
    NAMES(malformed), NOT_ASKED(datagrams), NOT_ASKED(sequenced_packets),
    NOT_ASKED(datagrams_elsewhere))
