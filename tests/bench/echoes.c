/* Sends 64 bytes and waits for them to come back, again and again over one connection, made by
 * itself or with a hand-written SOCKS5 client.
 *   echoes TARGET [PROXY]
 * For each number N on standard input it does so N times, and prints the time of one and the CPU
 * time of this process for one, in ns. */
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>

#include "endpoint.h"
#include "handwritten.h"

enum { SIZE = 64 };

static int dial(const char *target_text, const char *proxy_text)
{
    struct sockaddr_in target = endpoint(target_text);
    int one = 1;
    int fd = tcp_socket();
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (proxy_text != NULL) {
        struct sockaddr_in proxy = endpoint(proxy_text);
        if (handwritten_connect(fd, &proxy, &target, (struct handwritten){ 0 }) < 0)
            fail("proxy");
    } else if (connect(fd, (const struct sockaddr *)&target, sizeof target) < 0) {
        fail("connect");
    }
    return fd;
}

static void go_and_come(int fd)
{
    char bytes[SIZE] = "";
    if (send(fd, bytes, sizeof bytes, 0) != sizeof bytes)
        fail("send");
    if (recv(fd, bytes, sizeof bytes, MSG_WAITALL) != sizeof bytes)
        fail("recv");
}

int main(int argc, char **argv)
{
    unsigned count;
    if (argc != 2 && argc != 3)
        return 2;
    int fd = dial(argv[1], argv[2]);
    while (scanf("%u", &count) == 1 && count > 0) {
        uint64_t start = now_ns();
        uint64_t cpu = cpu_ns();
        for (unsigned i = 0; i < count; i++)
            go_and_come(fd);
        cpu = cpu_ns() - cpu;
        printf("%llu %llu\n", (unsigned long long)(now_ns() - start) / count,
               (unsigned long long)cpu / count);
        fflush(stdout);
    }
    return 0;
}
