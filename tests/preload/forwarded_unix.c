/* A program that connects to Unix sockets which the configuration forwards to the proxy's side. The
 * proxy of the laboratory knows no types of address for them, so the second target of each is asked
 * for. */
#include "tests/preload/habit_unix.h"

#include <pthread.h>
#include <sys/syscall.h>

#include "tests/preload/lab_handing.h"

#define FORWARD "[forward]\n/run/lab.sock = unix:/run/there.sock, 192.0.2.1:7\n"

static void blocking(void)
{
    lab_configure(FORWARD);
    int fd = unix_try("/run/lab.sock", 0);
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
    CHECK((fd = unix_try("/run/lab.sock", 0)) >= 0);
    unix_check_peer(fd, "/run/lab.sock");
    CHECK(getsockname(fd, (struct sockaddr *)&own, &len) == 0);
    CHECK(len == sizeof(sa_family_t) && own.sun_family == AF_UNIX);
    CHECK(unix_option(fd, SOL_SOCKET, SO_DOMAIN) == AF_UNIX);
    CHECK(unix_option(fd, SOL_SOCKET, SO_TYPE) == SOCK_STREAM);
    CHECK(unix_option(fd, SOL_SOCKET, SO_PROTOCOL) == 0);
    CHECK(unix_option(fd, IPPROTO_TCP, TCP_NODELAY) == -EOPNOTSUPP);
    CHECK(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == -1 && errno == EOPNOTSUPP);
    CHECK(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &peer_len) == 0);
    CHECK(peer_len == sizeof peer && peer.pid == 0 && peer.uid == 65534);
    lab_check_echo(fd);
}

/* "wait = yes": for programs that know nothing but success and failure. */
static void waits(void)
{
    lab_configure(FORWARD "wait = yes\n");
    int fd = unix_try("/run/lab.sock", SOCK_NONBLOCK | SOCK_CLOEXEC);
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
    int fd = unix_try("@lab-name", 0);
    CHECK(fd >= 0);
    unix_check_peer(fd, "@lab-name");
    lab_check_echo(fd);
    CHECK(unix_try("@lab-name-not", 0) == -ECONNREFUSED);
}

static void relative(void)
{
    char text[512];
    CHECK(chdir(lab_directory()) == 0);
    snprintf(text, sizeof text, "[forward]\n%s/s = 192.0.2.1:7\n", lab_directory());
    lab_configure(text);
    int fd = unix_try("./s", 0);
    CHECK(fd >= 0);
    lab_check_echo(fd);
    CHECK((fd = unix_try("s", 0)) >= 0);
    lab_check_echo(fd);
}

static void url(void)
{
    lab_configure("[forward]\n/run/web.sock = http://192.0.2.1:7/\n");
    int fd = unix_try("/run/web.sock", 0);
    CHECK(fd >= 0);
    lab_check_echo(fd);
}

static void others_are_the_kernels(void)
{
    struct sockaddr_un at;
    socklen_t len = unix_address("@lab-here", &at);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    lab_configure(FORWARD);
    CHECK(bind(listener, (struct sockaddr *)&at, len) == 0 && listen(listener, 1) == 0);
    int fd = unix_try("@lab-here", 0);
    CHECK(fd >= 0);
    CHECK(unix_option(fd, SOL_SOCKET, SO_DOMAIN) == AF_UNIX);
    unix_check_peer(fd, "@lab-here");
    CHECK(unix_try("/run/lab.sock.no", 0) == -ENOENT);
}

static void without_another_target(void)
{
    lab_configure("[forward]\n/run/lab.sock = unix:/run/there.sock\n");
    CHECK(unix_try("/run/lab.sock", 0) == -EAFNOSUPPORT);
}

static void refused(void)
{
    lab_configure(FORWARD);
    CHECK(unix_try("/run/lab.sock", 0) == -ECONNREFUSED);
}

static void denied(void)
{
    lab_configure(FORWARD "[rules]\ndeny = *\n");
    CHECK(unix_try("/run/lab.sock", 0) == -EACCES);
}

static int connect_inet(int fd, sa_family_t family)
{
    struct sockaddr_in to = lab_v4("192.0.2.1", 7);
    to.sin_family = family;
    return connect(fd, (struct sockaddr *)&to, sizeof to) == 0 ? 0 : errno;
}

/* What the kernel says to a Unix socket that is connected. */
static void again(void)
{
    lab_configure(FORWARD);
    int fd = unix_try("/run/lab.sock", 0);
    CHECK(unix_connect(fd, "/run/lab.sock") == EISCONN);
    CHECK(unix_connect(fd, "/run/another.sock") == EISCONN);
    CHECK(connect_inet(fd, AF_INET) == EINVAL);
    CHECK(connect_inet(fd, AF_UNSPEC) == EINVAL);
    unix_check_peer(fd, "/run/lab.sock");
    lab_check_echo(fd);
}

static void by_syscall(void)
{
    struct sockaddr_un to;
    lab_configure(FORWARD);
    int fd = unix_socket(0);
    CHECK(syscall(SYS_connect, fd, &to, unix_address("/run/lab.sock", &to)) == 0);
    unix_check_peer(fd, "/run/lab.sock");
    lab_check_echo(fd);
}

/* A failure leaves it as new. */
static void refused_then_local(void)
{
    int listener = unix_socket(0);
    struct sockaddr_un at;
    socklen_t len = unix_address("@lab-local", &at);
    lab_configure(FORWARD);
    CHECK(bind(listener, (struct sockaddr *)&at, len) == 0 && listen(listener, 1) == 0);
    int fd = unix_socket(0);
    CHECK(unix_connect(fd, "/run/lab.sock") == ECONNREFUSED);
    CHECK(unix_connect(fd, "@lab-local") == 0);
    unix_check_peer(fd, "@lab-local");
}

/* Descriptors get lost, the bytes that they come with do not. */
static void descriptors(void)
{
    struct lab_handing handing;
    char back[2];
    lab_configure(FORWARD);
    int fd = unix_try("/run/lab.sock", 0);
    lab_handing_init(&handing, (char[]){ "x" }, STDIN_FILENO);
    CHECK(sendmsg(fd, &handing.message, 0) == 1);
    struct mmsghdr several = { .msg_hdr = handing.message };
    CHECK(sendmmsg(fd, &several, 1, 0) == 1);
    lab_read(fd, back, 2);
    CHECK(back[0] == 'x' && back[1] == 'x');
    lab_check_echo(fd);
}

static void *in_thread(void *unused)
{
    int fd = unix_try("/run/lab.sock", 0);
    CHECK(fd >= 0);
    unix_check_peer(fd, "/run/lab.sock");
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
    int fd = unix_try("/run/lab.sock", 0);
    CHECK(fd >= 0);
    snprintf(number, sizeof number, "%d", fd);
    execl(lab_self(), lab_self(), "--case", "inner", number, (char *)NULL);
    CHECK(!"exec");
}

static void inner(void)
{
    int fd = atoi(lab_argument());
    unix_check_peer(fd, "/run/lab.sock");
    CHECK(unix_option(fd, SOL_SOCKET, SO_DOMAIN) == AF_UNIX);
    lab_check_echo(fd);
}

#define CONF "SOCKS5A_CONF=@/conf"

LAB({ "blocking", LAB_HONEST, 0, blocking, "192.0.2.1:7", CONF },
    { "seems a Unix socket", LAB_HONEST, 0, seems_a_unix_socket, "192.0.2.1:7", CONF },
    { "through a Unix proxy", LAB_UNIX, 0, seems_a_unix_socket, "192.0.2.1:7", CONF },
    { "told to wait", LAB_HONEST, 0, waits, "192.0.2.1:7", CONF },
    { "abstract", LAB_HONEST, 0, abstract, "192.0.2.1:7", CONF },
    { "relative", LAB_HONEST, 0, relative, "192.0.2.1:7;192.0.2.1:7", CONF },
    { "url", LAB_HONEST, 0, url, "192.0.2.1:7", CONF },
    { "others are the kernel's", LAB_HONEST, 0, others_are_the_kernels, "", CONF },
    { "without another target", LAB_HONEST, 0, without_another_target, "", CONF },
    { "refused", LAB_REFUSES, 5, refused, "192.0.2.1:7", CONF },
    { "denied", LAB_HONEST, 0, denied, "", CONF },
    { "again", LAB_HONEST, 0, again, "192.0.2.1:7", CONF },
    { "by syscall", LAB_HONEST, 0, by_syscall, "192.0.2.1:7", CONF },
    { "refused, then local", LAB_REFUSES, 5, refused_then_local, "192.0.2.1:7", CONF },
    { "descriptors", LAB_HONEST, 0, descriptors, "192.0.2.1:7", CONF },
    { "descriptors, at a Unix proxy", LAB_UNIX, 0, descriptors, "192.0.2.1:7", CONF },
    { "threads", LAB_HONEST, 0, threads, NULL, CONF },
    { "over exec", LAB_HONEST, 0, over_exec, "192.0.2.1:7", CONF },
    { "inner", LAB_INNER, 0, inner, NULL, NULL })
