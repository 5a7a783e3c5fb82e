/* Datagrams that go and come back.
 *   pings serve HOST:PORT          echoes them; listens on TCP to show that it runs
 *   pings TARGET WINDOW SIZE       as a client, by a socket that is not connected
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

enum { ROOM = 65536, PATIENCE_MS = 100 };

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
    if (argc != 4)
        return 2;
    struct shape shape = { (unsigned)atoi(argv[2]), (size_t)atoi(argv[3]) };
    struct sockaddr_in to = endpoint(argv[1]);
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
