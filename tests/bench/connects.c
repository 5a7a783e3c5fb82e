/* Connects again and again, by itself or with a hand-written SOCKS5 client.
 *   connects TARGET [PROXY [early|bounded]...]
 * For each number N on standard input it makes N connections, one after the other, and prints the
 * median time of socket() and connect() with the handshake, and the CPU time for one of all, in ns.
 * The target closes at once; each connection is over, at the other side too, before the next. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "endpoint.h"
#include "handwritten.h"

enum { BATCH_MAX = 10000 };

struct plan {
    struct sockaddr_in target;
    struct sockaddr_in proxy;
    bool is_handwritten;
    struct handwritten how;
};

static int make(const struct plan *plan)
{
    int fd = tcp_socket();
    int failed = plan->is_handwritten
                     ? handwritten_connect(fd, &plan->proxy, &plan->target, plan->how)
                     : connect(fd, (const struct sockaddr *)&plan->target, sizeof plan->target);
    if (failed)
        fail("connect");
    return fd;
}

static void finish(int fd)
{
    char byte;
    ssize_t got = recv(fd, &byte, 1, 0);
    if (got != 0)
        fail("end of file was to come");
    close(fd);
}

static int compare(const void *a, const void *b)
{
    const uint64_t *left = a;
    const uint64_t *right = b;
    return (*left > *right) - (*left < *right);
}

static void batch(const struct plan *plan, unsigned count)
{
    static uint64_t took[BATCH_MAX];
    uint64_t cpu = cpu_ns();
    for (unsigned i = 0; i < count; i++) {
        uint64_t start = now_ns();
        int fd = make(plan);
        took[i] = now_ns() - start;
        finish(fd);
    }
    cpu = cpu_ns() - cpu;
    qsort(took, count, sizeof *took, compare);
    printf("%llu %llu\n", (unsigned long long)took[count / 2], (unsigned long long)cpu / count);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct plan plan = { .is_handwritten = argc > 2 };
    unsigned count;
    if (argc < 2)
        return 2;
    plan.target = endpoint(argv[1]);
    if (plan.is_handwritten)
        plan.proxy = endpoint(argv[2]);
    for (int i = 3; i < argc; i++) {
        plan.how.early |= strcmp(argv[i], "early") == 0;
        plan.how.bounded |= strcmp(argv[i], "bounded") == 0;
    }
    while (scanf("%u", &count) == 1)
        if (count > 0 && count <= BATCH_MAX)
            batch(&plan, count);
    return 0;
}
