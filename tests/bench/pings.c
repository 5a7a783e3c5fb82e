/* Datagrams that go and come back.
 *   pings serve HOST:PORT                echoes them; listens on TCP to show that it runs
 *   pings TARGET WINDOW SIZE [PROXY]     as a client, by a socket that is not connected; with PROXY
 *                                        through it, as one does it by hand
 * For each number N on standard input the client sends N datagrams of SIZE bytes, at most WINDOW of
 * them on their way, and prints the time and the CPU time of this process for one, in ns, and how
 * many did not come back. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "endpoint.h"

enum { ROOM = 65536, PATIENCE_MS = 100, HEADER = 10 };

static char bytes[ROOM];

static int udp_socket(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0)
        fail("socket");
    return fd;
}

static int serve(const char *where)
{
    struct sockaddr_in at = endpoint(where), from;
    int fd = udp_socket(), listener = tcp_socket(), one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0 ||
        bind(listener, (struct sockaddr *)&at, sizeof at) != 0 || listen(listener, 16) != 0)
        fail("bind");
    for (;;) {
        socklen_t len = sizeof from;
        ssize_t got = recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &len);
        if (got >= 0)
            (void)!sendto(fd, bytes, (size_t)got, 0, (struct sockaddr *)&from, len);
    }
}

static int dial(void)
{
    const struct timeval patience = { 0, PATIENCE_MS * 1000 };
    int fd = udp_socket();
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return fd;
}

struct shape {
    unsigned window;
    size_t size;
};

static void say(int fd, const void *what, size_t len)
{
    if (send(fd, what, len, MSG_NOSIGNAL) != (ssize_t)len)
        fail("the proxy");
}

static void hear(int fd, unsigned char *what, size_t len)
{
    if (recv(fd, what, len, MSG_WAITALL) != (ssize_t)len || what[1] != 0)
        fail("the proxy's answer");
}

/* Has the proxy make an association, which lasts as long as the program, and puts the header for `to`
 * in front of the bytes. Where its relay is. */
static struct sockaddr_in associate(const char *proxy, const struct sockaddr_in *to)
{
    struct sockaddr_in at = endpoint(proxy);
    unsigned char answer[HEADER];
    int fd = tcp_socket();
    if (connect(fd, (struct sockaddr *)&at, sizeof at) != 0)
        fail(proxy);
    say(fd, "\5\1", 3);
    hear(fd, answer, 2);
    say(fd, "\5\3\0\1\0\0\0\0\0", HEADER);
    hear(fd, answer, HEADER);
    memcpy(bytes, "\0\0\0\1", 4);
    memcpy(bytes + 4, &to->sin_addr, 4);
    memcpy(bytes + 8, &to->sin_port, 2);
    memcpy(&at.sin_addr, answer + 4, 4);
    memcpy(&at.sin_port, answer + 8, 2);
    return at;
}

/* How many of `count` were lost. */
static unsigned go_and_come(int fd, const struct sockaddr_in *to, struct shape shape,
                            unsigned count)
{
    struct sockaddr_in from;
    unsigned sent = 0, back = 0, lost = 0;
    while (back + lost < count) {
        for (; sent < count && sent - back - lost < shape.window; sent++)
            if (sendto(fd, bytes, shape.size, 0, (const struct sockaddr *)to, sizeof *to) !=
                (ssize_t)shape.size)
                fail("send");
        socklen_t len = sizeof from;
        if (recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &len) ==
            (ssize_t)shape.size)
            back++;
        else
            lost = sent - back;
    }
    return lost;
}

int main(int argc, char **argv)
{
    unsigned count;
    if (argc == 3 && strcmp(argv[1], "serve") == 0)
        return serve(argv[2]);
    if (argc != 4 && argc != 5)
        return 2;
    struct shape shape = { (unsigned)atoi(argv[2]), (size_t)atoi(argv[3]) };
    struct sockaddr_in to = endpoint(argv[1]);
    if (argc == 5) {
        to = associate(argv[4], &to);
        shape.size += HEADER;
    }
    int fd = dial();
    while (scanf("%u", &count) == 1 && count > 0) {
        uint64_t start = now_ns(), cpu = cpu_ns();
        unsigned lost = go_and_come(fd, &to, shape, count);
        cpu = cpu_ns() - cpu;
        printf("%llu %llu %u\n", (unsigned long long)(now_ns() - start) / count,
               (unsigned long long)cpu / count, lost);
        fflush(stdout);
    }
    return 0;
}
