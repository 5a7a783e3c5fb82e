/* Makes many connections and has a byte sent back on each, for only then are they what they seem.
 *   parallel HOW close|keep TARGET[+N] [PROXY [early]]
 * HOW is together   non-blocking, all at once, awaited with epoll
 *        single     non-blocking, each awaited before the next
 *        threads    blocking, each in a thread of its own
 *        blocking   blocking, one after the other
 * PROXY: it speaks SOCKS5 by itself, which needs one of the blocking ways.
 * +N: the N ports behind the target's, and the proxy's, are used as well, in turn.
 * For each number N on standard input it makes N connections, and closes them again or keeps them.
 * It prints, in ns, the time until all were connected, the time until the last byte was back, the
 * longest stay in one connect(), the CPU time of one connection, its end included but not the byte,
 * and then how many connect() calls left it to be awaited. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "endpoint.h"
#include "handwritten.h"

enum { CONNECTIONS_MAX = 10000, EVENTS_MAX = 64, PATIENCE_MS = 60000 };

struct connection {
    int fd;
    pthread_t thread;
    uint64_t stay; /* in connect(), ns */
    bool is_awaited;
};

static struct {
    struct sockaddr_in target;
    struct sockaddr_in proxy;
    unsigned ports;
    bool is_handwritten;
    struct handwritten how;
} plan;

static struct connection all[CONNECTIONS_MAX];
static int watched;

static struct sockaddr_in in_turn(struct sockaddr_in first, const struct connection *one)
{
    unsigned turn = (unsigned)(one - all) % plan.ports;
    first.sin_port = htons((uint16_t)(ntohs(first.sin_port) + turn));
    return first;
}

static int begin(struct connection *one, int flags)
{
    struct sockaddr_in target = in_turn(plan.target, one);
    struct sockaddr_in proxy = in_turn(plan.proxy, one);
    one->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    if (one->fd < 0)
        fail("socket");
    uint64_t start = now_ns();
    int failed = plan.is_handwritten
                     ? handwritten_connect(one->fd, &proxy, &target, plan.how)
                     : connect(one->fd, (const struct sockaddr *)&target, sizeof target);
    one->stay = now_ns() - start;
    return failed;
}

/* ---- blocking --------------------------------------------------------------------------------- */

static void connect_blocking(struct connection *first, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (begin(&first[i], 0) < 0)
            fail("connect");
}

static void *connect_in_thread(void *connection)
{
    connect_blocking(connection, 1);
    return NULL;
}

static void connect_threads(struct connection *first, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        errno = pthread_create(&first[i].thread, NULL, connect_in_thread, &first[i]);
        if (errno != 0)
            fail("pthread_create");
    }
    for (unsigned i = 0; i < count; i++)
        pthread_join(first[i].thread, NULL);
}

/* ---- non-blocking ----------------------------------------------------------------------------- */

static void begin_watched(struct connection *one)
{
    struct epoll_event event = { .events = EPOLLOUT, .data.ptr = one };
    one->is_awaited = begin(one, SOCK_NONBLOCK) < 0;
    if (one->is_awaited && errno != EINPROGRESS)
        fail("connect");
    if (one->is_awaited && epoll_ctl(watched, EPOLL_CTL_ADD, one->fd, &event) < 0)
        fail("epoll_ctl");
}

static void settle(const struct connection *one)
{
    int error;
    socklen_t len = sizeof error;
    if (getsockopt(one->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
        fail("SO_ERROR");
    errno = error;
    if (error != 0)
        fail("connect");
    if (epoll_ctl(watched, EPOLL_CTL_DEL, one->fd, NULL) < 0)
        fail("epoll_ctl");
}

/* How many connections have been made since. */
static unsigned await_some(void)
{
    struct epoll_event events[EVENTS_MAX];
    int ready = epoll_wait(watched, events, EVENTS_MAX, PATIENCE_MS);
    if (ready == 0)
        errno = ETIMEDOUT;
    if (ready <= 0)
        fail("epoll_wait");
    for (int i = 0; i < ready; i++)
        settle(events[i].data.ptr);
    return (unsigned)ready;
}

static void connect_together(struct connection *first, unsigned count)
{
    unsigned open = 0;
    for (unsigned i = 0; i < count; i++) {
        begin_watched(&first[i]);
        open += first[i].is_awaited;
    }
    while (open > 0)
        open -= await_some();
}

static void connect_single(struct connection *first, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        connect_together(&first[i], 1);
}

static const struct way {
    const char *name;
    void (*connect_all)(struct connection *first, unsigned count);
    bool is_blocking;
} ways[] = {
    { "together", connect_together, false },
    { "single", connect_single, false },
    { "threads", connect_threads, true },
    { "blocking", connect_blocking, true },
};

static const struct way *find_way(const char *name)
{
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (strcmp(ways[i].name, name) == 0)
            return &ways[i];
    return NULL;
}

/* ---- what is the same for all ----------------------------------------------------------------- */

static void expect(const struct connection *one, char byte)
{
    char got;
    struct pollfd readable = { .fd = one->fd, .events = POLLIN };
    int ready = poll(&readable, 1, PATIENCE_MS);
    errno = ready == 0 ? ETIMEDOUT : errno;
    if (ready <= 0 || recv(one->fd, &got, 1, 0) != 1)
        fail("the byte did not come back");
    errno = EPROTO;
    if (got != byte)
        fail("another byte came back");
}

static void check_all(const struct connection *first, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char byte = (char)i;
        if (send(first[i].fd, &byte, 1, MSG_NOSIGNAL) != 1)
            fail("send");
    }
    for (unsigned i = 0; i < count; i++)
        expect(&first[i], (char)i);
}

static uint64_t longest_stay(const struct connection *first, unsigned count)
{
    uint64_t longest = 0;
    for (unsigned i = 0; i < count; i++)
        longest = first[i].stay > longest ? first[i].stay : longest;
    return longest;
}

static unsigned count_awaited(const struct connection *first, unsigned count)
{
    unsigned awaited = 0;
    for (unsigned i = 0; i < count; i++)
        awaited += first[i].is_awaited;
    return awaited;
}

static void close_all(const struct connection *first, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        close(first[i].fd);
}

static void batch(const struct way *way, struct connection *first, unsigned count, bool keep)
{
    uint64_t start = now_ns();
    uint64_t cpu = cpu_ns();
    way->connect_all(first, count);
    uint64_t connected = now_ns() - start;
    cpu = cpu_ns() - cpu;
    check_all(first, count);
    uint64_t back = now_ns() - start;
    uint64_t cpu_before_end = cpu_ns();
    if (!keep)
        close_all(first, count);
    cpu += cpu_ns() - cpu_before_end;
    printf("%llu %llu %llu %llu %u\n", (unsigned long long)connected, (unsigned long long)back,
           (unsigned long long)longest_stay(first, count), (unsigned long long)cpu / count,
           count_awaited(first, count));
    fflush(stdout);
}

static bool read_plan(int argc, char **argv)
{
    plan.is_handwritten = argc > 4;
    if (argc < 4)
        return false;
    const char *more = strchr(argv[3], '+');
    plan.ports = 1 + (more ? (unsigned)atoi(more) : 0);
    plan.target = endpoint(argv[3]);
    if (plan.is_handwritten)
        plan.proxy = endpoint(argv[4]);
    plan.how.early = argc > 5 && strcmp(argv[5], "early") == 0;
    return true;
}

int main(int argc, char **argv)
{
    unsigned count;
    unsigned kept = 0;
    const struct way *way = argc > 1 ? find_way(argv[1]) : NULL;
    if (way == NULL || !read_plan(argc, argv) || (plan.is_handwritten && !way->is_blocking))
        return 2;
    bool keep = strcmp(argv[2], "keep") == 0;
    raise_descriptor_limit();
    watched = epoll_create1(EPOLL_CLOEXEC);
    if (watched < 0)
        fail("epoll_create1");
    while (scanf("%u", &count) == 1) {
        if (count == 0 || count > CONNECTIONS_MAX - kept)
            return 2;
        batch(way, &all[kept], count, keep);
        kept += keep ? count : 0;
    }
    return 0;
}
