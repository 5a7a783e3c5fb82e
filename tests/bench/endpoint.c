/* What the programs of the benchmarks share. */
#include "endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

void fail(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

struct sockaddr_in endpoint(const char *text)
{
    char address[INET_ADDRSTRLEN];
    const char *colon = strchr(text, ':');
    struct sockaddr_in out = { .sin_family = AF_INET };
    errno = EINVAL;
    if (colon == NULL || (size_t)(colon - text) >= sizeof address)
        fail(text);
    memcpy(address, text, (size_t)(colon - text));
    address[colon - text] = '\0';
    out.sin_port = htons((uint16_t)atoi(colon + 1));
    if (inet_pton(AF_INET, address, &out.sin_addr) != 1)
        fail(text);
    return out;
}

int tcp_socket(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        fail("socket");
    return fd;
}

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec at;
    clock_gettime(clock, &at);
    return (uint64_t)at.tv_sec * 1000000000 + (uint64_t)at.tv_nsec;
}

uint64_t now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

uint64_t cpu_ns(void)
{
    return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        fail("RLIMIT_NOFILE");
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        fail("RLIMIT_NOFILE");
}
