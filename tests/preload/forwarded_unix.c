/* A program that connects to Unix sockets which the configuration forwards to the proxy's side. The
 * proxy of the laboratory knows no types of address for them, so the second target of each is asked
 * for. */
#include "tests/preload/lab.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/un.h>
#include <sys/wait.h>

#define FORWARD "[forward]\n/run/lab.sock = unix:/run/there.sock, 192.0.2.1:7\n"

static socklen_t address_of(const char *name, struct sockaddr_un *out)
{
    *out = (struct sockaddr_un){ .sun_family = AF_UNIX };
    size_t len = strlen(name);
    memcpy(out->sun_path, name, len);
    if (name[0] == '@')
        out->sun_path[0] = '\0';
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (name[0] != '@'));
}

static int try(const char *name, int flags)
{
    struct sockaddr_un to;
    socklen_t len = address_of(name, &to);
    int fd = socket(AF_UNIX, SOCK_STREAM | flags, 0);
    CHECK(fd >= 0);
    if (connect(fd, (struct sockaddr *)&to, len) == 0)
        return fd;
    int error = errno;
    close(fd);
    return -error;
}

static int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t len = sizeof value;
    return getsockopt(fd, level, name, &value, &len) == 0 ? value : -errno;
}

static void check_peer(int fd, const char *name)
{
    struct sockaddr_un to, is;
    socklen_t want = address_of(name, &to), len = sizeof is;
    memset(&is, 0, sizeof is);
    CHECK(getpeername(fd, (struct sockaddr *)&is, &len) == 0);
    CHECK(len == want && memcmp(&is, &to, want) == 0);
}

static void blocking(void)
{
    lab_configure(FORWARD);
    int fd = try("/run/lab.sock", 0);
    CHECK(fd >= 0);
    lab_check_echo(fd);
}

static void seems_a_unix_socket(void)
{
    struct sockaddr_un own;
    struct ucred peer;
    int one = 1, fd;
    socklen_t len = sizeof own, peer_len = sizeof peer;
    lab_configure(FORWARD);
    CHECK((fd = try("/run/lab.sock", 0)) >= 0);
    check_peer(fd, "/run/lab.sock");
    CHECK(getsockname(fd, (struct sockaddr *)&own, &len) == 0);
    CHECK(len == sizeof(sa_family_t) && own.sun_family == AF_UNIX);
    CHECK(option(fd, SOL_SOCKET, SO_DOMAIN) == AF_UNIX);
    CHECK(option(fd, SOL_SOCKET, SO_TYPE) == SOCK_STREAM);
    CHECK(option(fd, SOL_SOCKET, SO_PROTOCOL) == 0);
    CHECK(option(fd, IPPROTO_TCP, TCP_NODELAY) == -EOPNOTSUPP);
    CHECK(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == -1 && errno == EOPNOTSUPP);
    CHECK(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &peer_len) == 0);
    CHECK(peer_len == sizeof peer && peer.pid == 0 && peer.uid == 65534);
    lab_check_echo(fd);
}

static void not_blocking(void)
{
    lab_configure(FORWARD);
    int fd = try("/run/lab.sock", SOCK_NONBLOCK | SOCK_CLOEXEC);
    char byte;
    CHECK(fd >= 0);
    CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);
    CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    CHECK(recv(fd, &byte, 1, 0) == -1 && errno == EAGAIN);
    CHECK(send(fd, "x", 1, 0) == 1);
    struct pollfd one = { .fd = fd, .events = POLLIN };
    CHECK(poll(&one, 1, 20000) == 1 && recv(fd, &byte, 1, 0) == 1);
}

static void abstract(void)
{
    lab_configure("[forward]\n@lab-name = 192.0.2.1:7\n");
    int fd = try("@lab-name", 0);
    CHECK(fd >= 0);
    check_peer(fd, "@lab-name");
    lab_check_echo(fd);
    CHECK(try("@lab-name-not", 0) == -ECONNREFUSED);
}

static void relative(void)
{
    char text[512];
    CHECK(chdir(lab_directory()) == 0);
    snprintf(text, sizeof text, "[forward]\n%s/s = 192.0.2.1:7\n", lab_directory());
    lab_configure(text);
    int fd = try("./s", 0);
    CHECK(fd >= 0);
    lab_check_echo(fd);
    CHECK((fd = try("s", 0)) >= 0);
    lab_check_echo(fd);
}

static void url(void)
{
    lab_configure("[forward]\n/run/web.sock = http://192.0.2.1:7/\n");
    int fd = try("/run/web.sock", 0);
    CHECK(fd >= 0);
    lab_check_echo(fd);
}

static void others_are_the_kernels(void)
{
    struct sockaddr_un at;
    socklen_t len = address_of("@lab-here", &at);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    lab_configure(FORWARD);
    CHECK(bind(listener, (struct sockaddr *)&at, len) == 0 && listen(listener, 1) == 0);
    int fd = try("@lab-here", 0);
    CHECK(fd >= 0);
    CHECK(option(fd, SOL_SOCKET, SO_DOMAIN) == AF_UNIX);
    check_peer(fd, "@lab-here");
    CHECK(try("/run/lab.sock.no", 0) == -ENOENT);
}

static void without_another_target(void)
{
    lab_configure("[forward]\n/run/lab.sock = unix:/run/there.sock\n");
    CHECK(try("/run/lab.sock", 0) == -EAFNOSUPPORT);
}

static void refused(void)
{
    lab_configure(FORWARD);
    CHECK(try("/run/lab.sock", 0) == -ECONNREFUSED);
}

static void denied(void)
{
    lab_configure(FORWARD "[rules]\ndeny = *\n");
    CHECK(try("/run/lab.sock", 0) == -EACCES);
}

static void again_is_connected(void)
{
    struct sockaddr_un to;
    socklen_t len = address_of("/run/lab.sock", &to);
    lab_configure(FORWARD);
    int fd = try("/run/lab.sock", 0);
    CHECK(connect(fd, (struct sockaddr *)&to, len) == -1 && errno == EISCONN);
    lab_check_echo(fd);
}

static void *in_thread(void *unused)
{
    int fd = try("/run/lab.sock", 0);
    CHECK(fd >= 0);
    check_peer(fd, "/run/lab.sock");
    lab_check_echo(fd);
    return unused;
}

static void threads(void)
{
    pthread_t threads[8];
    lab_configure(FORWARD);
    for (int i = 0; i < 8; i++)
        CHECK(pthread_create(&threads[i], NULL, in_thread, NULL) == 0);
    for (int i = 0; i < 8; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
}

static void over_exec(void)
{
    char number[16];
    lab_configure(FORWARD);
    int fd = try("/run/lab.sock", 0);
    CHECK(fd >= 0);
    snprintf(number, sizeof number, "%d", fd);
    execl(lab_self(), lab_self(), "--case", "inner", number, (char *)NULL);
    CHECK(!"exec");
}

static void inner(void)
{
    int fd = atoi(lab_argument());
    check_peer(fd, "/run/lab.sock");
    CHECK(option(fd, SOL_SOCKET, SO_DOMAIN) == AF_UNIX);
    lab_check_echo(fd);
}

#define CONF "SOCKS5A_CONF=@/conf"

LAB({ "blocking", LAB_HONEST, 0, blocking, "192.0.2.1:7", CONF },
    { "seems a Unix socket", LAB_HONEST, 0, seems_a_unix_socket, "192.0.2.1:7", CONF },
    { "through a Unix proxy", LAB_UNIX, 0, seems_a_unix_socket, "192.0.2.1:7", CONF },
    { "not blocking", LAB_HONEST, 0, not_blocking, "192.0.2.1:7", CONF },
    { "abstract", LAB_HONEST, 0, abstract, "192.0.2.1:7", CONF },
    { "relative", LAB_HONEST, 0, relative, "192.0.2.1:7;192.0.2.1:7", CONF },
    { "url", LAB_HONEST, 0, url, "192.0.2.1:7", CONF },
    { "others are the kernel's", LAB_HONEST, 0, others_are_the_kernels, "", CONF },
    { "without another target", LAB_HONEST, 0, without_another_target, "", CONF },
    { "refused", LAB_REFUSES, 5, refused, "192.0.2.1:7", CONF },
    { "denied", LAB_HONEST, 0, denied, "", CONF },
    { "again is connected", LAB_HONEST, 0, again_is_connected, "192.0.2.1:7", CONF },
    { "threads", LAB_HONEST, 0, threads, NULL, CONF },
    { "over exec", LAB_HONEST, 0, over_exec, "192.0.2.1:7", CONF },
    { "inner", LAB_INNER, 0, inner, NULL, NULL })
