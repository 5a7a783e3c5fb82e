/* Tries one way to get a packet past the proxy: escape WAY IPV4 IPV6 NAME. Prints how it went. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static struct sockaddr_in v4 = { .sin_family = AF_INET };
static struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 }, mapped = { .sin6_family = AF_INET6 };
static const char *name;

#define TO4 (const struct sockaddr *)&v4, sizeof v4
#define TO6 (const struct sockaddr *)&v6, sizeof v6
#define TO_MAPPED (const struct sockaddr *)&mapped, sizeof mapped

static struct iovec piece = { .iov_base = (void *)"leak", .iov_len = 4 };

static int datagram(int family)
{
    return socket(family, SOCK_DGRAM, 0);
}

static int connected_datagram(void)
{
    int fd = datagram(AF_INET);
    if (connect(fd, TO4) != 0)
        perror("connect");
    return fd;
}

static long udp_sendto(void)
{
    return sendto(datagram(AF_INET), "leak", 4, 0, TO4);
}

static long udp_sendto_v6(void)
{
    return sendto(datagram(AF_INET6), "leak", 4, 0, TO6);
}

static long udp_sendto_mapped(void)
{
    return sendto(datagram(AF_INET6), "leak", 4, 0, TO_MAPPED);
}

static long udp_send(void)
{
    return send(connected_datagram(), "leak", 4, 0);
}

static long udp_write(void)
{
    return write(connected_datagram(), "leak", 4);
}

static long udp_writev(void)
{
    return writev(connected_datagram(), &piece, 1);
}

static long udp_syscall(void)
{
    return syscall(SYS_sendto, datagram(AF_INET), "leak", 4L, 0L, TO4);
}

static long udp_sendmsg(void)
{
    struct msghdr message = {
        .msg_name = &v4, .msg_namelen = sizeof v4, .msg_iov = &piece, .msg_iovlen = 1
    };
    return sendmsg(datagram(AF_INET), &message, 0);
}

static long udp_sendmmsg(void)
{
    struct mmsghdr message = {
        .msg_hdr = { .msg_name = &v4, .msg_namelen = sizeof v4, .msg_iov = &piece, .msg_iovlen = 1 }
    };
    return sendmmsg(datagram(AF_INET), &message, 1, 0);
}

/* A family that is neither: the kernel takes it for IPv4. */
static long udp_sendto_unspecified(void)
{
    struct sockaddr_in to = v4;
    to.sin_family = AF_UNSPEC;
    return sendto(datagram(AF_INET), "leak", 4, 0, (const struct sockaddr *)&to, sizeof to);
}

static long udp_of_another_process(void)
{
    int fd = connected_datagram(), status = -1;
    pid_t child = fork();
    if (child == 0)
        _exit(write(fd, "leak", 4) == 4 && send(fd, "leak", 4, 0) == 4);
    waitpid(child, &status, 0);
    return status;
}

static long raw_echo(void)
{
    static const unsigned char echo[8] = { 8, 0, 0xf7, 0xff };
    return sendto(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), echo, sizeof echo, 0, TO4);
}

static long ping_socket(void)
{
    static const unsigned char echo[8] = { 8 };
    return sendto(socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP), echo, sizeof echo, 0, TO4);
}

static long tcp_syscall(void)
{
    return syscall(SYS_connect, socket(AF_INET, SOCK_STREAM, 0), TO4);
}

static long tcp_mapped(void)
{
    return connect(socket(AF_INET6, SOCK_STREAM, 0), TO_MAPPED);
}

static long tcp_multipath(void)
{
    return connect(socket(AF_INET, SOCK_STREAM, 262 /* IPPROTO_MPTCP */), TO4);
}

static long sctp_stream(void)
{
    return connect(socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP), TO4);
}

static long fast_open(void)
{
    return sendto(socket(AF_INET, SOCK_STREAM, 0), "GET", 3, MSG_FASTOPEN, TO4);
}

static long fast_open_connect(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof on);
    return connect(fd, TO4) == 0 ? write(fd, "GET", 3) : -1;
}

/* A second connect on a descriptor that another socket was duplicated onto. */
static long tcp_behind_dup(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    connect(fd, TO4);
    dup2(socket(AF_INET, SOCK_STREAM, 0), fd);
    return connect(fd, TO4);
}

static long look_up(void)
{
    struct addrinfo *list;
    return getaddrinfo(name, "80", NULL, &list);
}

static long look_up_with_flags(void)
{
    struct addrinfo hints = { .ai_flags = AI_CANONNAME | AI_ADDRCONFIG, .ai_family = AF_INET6 };
    struct addrinfo *list;
    return getaddrinfo(name, NULL, &hints, &list);
}

static long look_up_old(void)
{
    return gethostbyname(name) == NULL ? h_errno : 0;
}

static long look_up_old_v6(void)
{
    return gethostbyname2(name, AF_INET6) == NULL ? h_errno : 0;
}

static long reverse_old(void)
{
    return gethostbyaddr(&v4.sin_addr, 4, AF_INET) ? 0 : h_errno;
}

static long reverse(void)
{
    char host[256];
    return getnameinfo(TO4, host, sizeof host, NULL, 0, 0);
}

static long look_up_asynchronously(void)
{
    struct gaicb one = { .ar_name = name }, *list = &one;
    return getaddrinfo_a(GAI_WAIT, &list, 1, NULL);
}

static long query(void)
{
    unsigned char answer[512];
    return res_query(name, 1, 1, answer, sizeof answer);
}

static long query_of_state(void)
{
    unsigned char answer[512];
    static struct __res_state state;
    return res_ninit(&state) != 0 ? -1 : res_nsearch(&state, name, 1, 28, answer, sizeof answer);
}

static long canonical_name_of_self(void)
{
    char text[256];
    return getdomainname(text, sizeof text) + gethostname(text, sizeof text) +
           (gethostbyname(text) != NULL);
}

#define WAY(way)  \
    {             \
#way, way \
    }
/* clang-format off */
static const struct way {
    const char *name;
    long (*try)(void);
} ways[] = {
    WAY(udp_sendto), WAY(udp_sendto_v6), WAY(udp_sendto_mapped), WAY(udp_sendto_unspecified),
    WAY(udp_send), WAY(udp_write), WAY(udp_writev), WAY(udp_syscall), WAY(udp_sendmsg),
    WAY(udp_sendmmsg), WAY(udp_of_another_process), WAY(raw_echo), WAY(ping_socket),
    WAY(tcp_syscall), WAY(tcp_mapped), WAY(tcp_multipath), WAY(sctp_stream), WAY(fast_open),
    WAY(fast_open_connect), WAY(tcp_behind_dup), WAY(look_up), WAY(look_up_with_flags),
    WAY(look_up_old), WAY(look_up_old_v6), WAY(reverse), WAY(reverse_old),
    WAY(look_up_asynchronously), WAY(query), WAY(query_of_state), WAY(canonical_name_of_self),
};
/* clang-format on */

int main(int argc, char **argv)
{
    if (argc != 5)
        return 2;
    inet_pton(AF_INET, argv[2], &v4.sin_addr);
    inet_pton(AF_INET6, argv[3], &v6.sin6_addr);
    mapped.sin6_addr.s6_addr[10] = mapped.sin6_addr.s6_addr[11] = 0xff;
    memcpy(&mapped.sin6_addr.s6_addr[12], &v4.sin_addr, 4);
    v4.sin_port = v6.sin6_port = mapped.sin6_port = htons(80);
    name = argv[4];
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        if (strcmp(ways[i].name, argv[1]) == 0) {
            errno = 0;
            long result = ways[i].try();
            printf("%ld %s\n", result, strerror(errno));
            return 0;
        }
    }
    return 2;
}
