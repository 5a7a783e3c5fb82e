/* The laboratory of the preload tests: what its children use. */
#include "tests/preload/lab.h"

#include <dlfcn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

void lab_check_status(int status)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == LAB_SKIPPED)
        _exit(LAB_SKIPPED);
    CHECK(!WIFSIGNALED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

void lab_check_child(pid_t child)
{
    int status;
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    lab_check_status(status);
}

const char *lab_directory(void)
{
    return getenv("SOCKS5A_STATE_DIR");
}

static void put_configuration(const char *text, const char *mode)
{
    FILE *file = fopen(getenv("SOCKS5A_CONF"), mode);
    CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

void lab_configure(const char *text)
{
    put_configuration(text, "w");
}

void lab_add_configuration(const char *text)
{
    put_configuration(text, "a");
}

struct sockaddr_in lab_v4(const char *ip, unsigned port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    inet_pton(AF_INET, ip, &address.sin_addr);
    return address;
}

struct sockaddr_in6 lab_v6(const char *ip, unsigned port)
{
    struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
    inet_pton(AF_INET6, ip, &address.sin6_addr);
    return address;
}

int lab_connect(const char *ip, unsigned port)
{
    struct sockaddr_in address = lab_v4(ip, port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(fd >= 0);
    CHECK(connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
    return fd;
}

void lab_write(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;
    while (len > 0) {
        ssize_t wrote = write(fd, at, len);
        CHECK(wrote > 0);
        at += wrote;
        len -= (size_t)wrote;
    }
}

void lab_read(int fd, void *bytes, size_t len)
{
    CHECK(recv(fd, bytes, len, MSG_WAITALL) == (ssize_t)len);
}

void lab_check_echo(int fd)
{
    char back[5];
    lab_write(fd, "hello", 5);
    lab_read(fd, back, sizeof back);
    CHECK(memcmp(back, "hello", 5) == 0);
}

struct sockaddr_in lab_proxy_address(void)
{
    return lab_v4("127.0.0.1", (unsigned)atoi(getenv("LAB_PROXY_PORT")));
}

int lab_listen(const char *ip, struct sockaddr_in *at)
{
    socklen_t len = sizeof *at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    *at = lab_v4(ip, 0);
    CHECK(bind(fd, (struct sockaddr *)at, len) == 0);
    CHECK(lab_kernel(SYS_listen, fd, 16, 0) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)at, &len) == 0);
    return fd;
}

long lab_kernel(long number, long a, long b, long c)
{
    static long (*real)(long, ...);
    if (real == NULL)
        *(void **)&real = dlsym(dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD), "syscall");
    CHECK(real != NULL);
    return real(number, a, b, c);
}

unsigned lab_kernel_peer_port(int fd)
{
    struct sockaddr_in6 peer; /* the port is where IPv4 has it */
    socklen_t len = sizeof peer;
    return lab_kernel(SYS_getpeername, fd, (long)&peer, (long)&len) == 0 ? ntohs(peer.sin6_port)
                                                                         : 0;
}

void lab_check_peer(int fd, const char *ip, unsigned port)
{
    struct sockaddr_in peer = { 0 }, to = lab_v4(ip, port);
    socklen_t len = sizeof peer;
    CHECK(getpeername(fd, (struct sockaddr *)&peer, &len) == 0);
    CHECK(len == sizeof peer && memcmp(&peer, &to, len) == 0);
}
