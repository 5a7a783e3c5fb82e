/* Moves many bytes over one connection, made by itself or with a hand-written SOCKS5 client.
 *   transfer BYTES down|up TARGET [PROXY]
 * Prints the time from the first byte to the last in ns and the CPU time that it took in ns. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "endpoint.h"
#include "handwritten.h"

enum { PIECE = 65536 };

static char piece[PIECE];

static void receive(int fd, uint64_t left)
{
    while (left > 0) {
        ssize_t got = recv(fd, piece, left < PIECE ? left : PIECE, 0);
        if (got <= 0)
            fail("recv");
        left -= (uint64_t)got;
    }
}

/* Until the other side, which reads to the end, has seen it. */
static void give(int fd, uint64_t left)
{
    while (left > 0) {
        ssize_t sent = send(fd, piece, left < PIECE ? left : PIECE, 0);
        if (sent <= 0)
            fail("send");
        left -= (uint64_t)sent;
    }
    if (shutdown(fd, SHUT_WR) < 0 || recv(fd, piece, 1, 0) != 0)
        fail("end of file");
}

int main(int argc, char **argv)
{
    if (argc != 4 && argc != 5)
        return 2;
    uint64_t bytes = strtoull(argv[1], NULL, 10);
    struct sockaddr_in target = endpoint(argv[3]);
    int fd = tcp_socket();
    if (argc == 5) {
        struct sockaddr_in proxy = endpoint(argv[4]);
        if (handwritten_connect(fd, &proxy, &target, (struct handwritten){ 0 }) < 0)
            fail("proxy");
    } else if (connect(fd, (const struct sockaddr *)&target, sizeof target) < 0) {
        fail("connect");
    }
    uint64_t start = now_ns();
    uint64_t cpu = cpu_ns();
    if (strcmp(argv[2], "down") == 0)
        receive(fd, bytes);
    else
        give(fd, bytes);
    cpu = cpu_ns() - cpu;
    printf("%llu %llu\n", (unsigned long long)(now_ns() - start), (unsigned long long)cpu);
    return 0;
}
