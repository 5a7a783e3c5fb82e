/* Moves many bytes over one connection, made by itself or with a hand-written SOCKS5 client.
 *   transfer BYTES[/N] down|up TARGET [PROXY]
 * /N: over N connections at once, each with a thread and its part of them.
 * Prints the time from the first byte to the last in ns and the CPU time that it took in ns. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "endpoint.h"
#include "handwritten.h"

enum { PIECE = 65536, CONNECTIONS_MAX = 64 };

static struct {
    uint64_t bytes; /* of one connection */
    bool is_down;
} plan;

static void receive(int fd, uint64_t left)
{
    char piece[PIECE];
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
    static const char zeros[PIECE];
    char byte;
    while (left > 0) {
        ssize_t sent = send(fd, zeros, left < PIECE ? left : PIECE, 0);
        if (sent <= 0)
            fail("send");
        left -= (uint64_t)sent;
    }
    if (shutdown(fd, SHUT_WR) < 0 || recv(fd, &byte, 1, 0) != 0)
        fail("end of file");
}

static int dial(const char *target_text, const char *proxy_text)
{
    struct sockaddr_in target = endpoint(target_text);
    int fd = tcp_socket();
    if (proxy_text != NULL) {
        struct sockaddr_in proxy = endpoint(proxy_text);
        if (handwritten_connect(fd, &proxy, &target, (struct handwritten){ 0 }) < 0)
            fail("proxy");
    } else if (connect(fd, (const struct sockaddr *)&target, sizeof target) < 0) {
        fail("connect");
    }
    return fd;
}

static void *move(void *context)
{
    int fd = *(int *)context;
    if (plan.is_down)
        receive(fd, plan.bytes);
    else
        give(fd, plan.bytes);
    return NULL;
}

static void move_all(int *fds, unsigned count)
{
    pthread_t threads[CONNECTIONS_MAX];
    for (unsigned i = 1; i < count; i++)
        if ((errno = pthread_create(&threads[i], NULL, move, &fds[i])) != 0)
            fail("pthread_create");
    move(&fds[0]);
    for (unsigned i = 1; i < count; i++)
        pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
    int fds[CONNECTIONS_MAX];
    if (argc != 4 && argc != 5)
        return 2;
    char *rest;
    uint64_t bytes = strtoull(argv[1], &rest, 10);
    unsigned count = *rest == '/' ? (unsigned)atoi(rest + 1) : 1;
    if (count < 1 || count > CONNECTIONS_MAX)
        return 2;
    plan.bytes = bytes / count;
    plan.is_down = strcmp(argv[2], "down") == 0;
    for (unsigned i = 0; i < count; i++)
        fds[i] = dial(argv[3], argv[4]);
    uint64_t start = now_ns();
    uint64_t cpu = cpu_ns();
    move_all(fds, count);
    cpu = cpu_ns() - cpu;
    printf("%llu %llu\n", (unsigned long long)(now_ns() - start), (unsigned long long)cpu);
    return 0;
}
