/* A link that takes its time: a TUN device here, one in a network namespace of its own, and between
 * them every packet is held for a while.
 *   delay MILLISECONDS HERE/PREFIX THERE/PREFIX
 * Prints its process id, by which nsenter finds the other namespace, when the link is up. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "endpoint.h"

enum { PACKET_MAX = 2048, QUEUE_CAP = 8192 }; /* packets; what comes beyond is lost, as on a link */

struct packet {
    uint64_t due; /* ns */
    size_t len;
    char bytes[PACKET_MAX];
};

/* One way over the link. */
struct way {
    int from;
    int to;
    int timer;
    size_t first;
    size_t count;
    struct packet *queue; /* a ring */
};

static uint64_t hold; /* ns */

static int open_tun(void)
{
    struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
    strcpy(request.ifr_name, "delay0");
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0)
        fail("/dev/net/tun");
    return fd;
}

static void bring_up(const char *address, const char *peer)
{
    char command[256];
    snprintf(command, sizeof command,
             "ip link set lo up && ip address add %s peer %s dev delay0 && "
             "ip link set delay0 up",
             address, peer);
    if (system(command) != 0)
        fail("ip");
}

static void set_timer(const struct way *way)
{
    uint64_t due = way->count > 0 ? way->queue[way->first].due : 0;
    struct itimerspec at = { .it_value = { (time_t)(due / 1000000000), (long)(due % 1000000000) } };
    timerfd_settime(way->timer, TFD_TIMER_ABSTIME, &at, NULL);
}

static void take(struct way *way)
{
    bool was_empty = way->count == 0;
    for (;;) {
        struct packet lost;
        bool is_full = way->count == QUEUE_CAP;
        struct packet *packet =
            is_full ? &lost : &way->queue[(way->first + way->count) % QUEUE_CAP];
        ssize_t got = read(way->from, packet->bytes, sizeof packet->bytes);
        if (got <= 0)
            break;
        packet->len = (size_t)got;
        packet->due = now_ns() + hold;
        way->count += !is_full;
    }
    if (was_empty)
        set_timer(way);
}

static void release(struct way *way)
{
    uint64_t expired;
    if (read(way->timer, &expired, sizeof expired) < 0 && errno != EAGAIN)
        fail("timer");
    while (way->count > 0 && way->queue[way->first].due <= now_ns()) {
        const struct packet *packet = &way->queue[way->first];
        if (write(way->to, packet->bytes, packet->len) < 0 && errno != EAGAIN && errno != EIO)
            fail("write");
        way->first = (way->first + 1) % QUEUE_CAP;
        way->count--;
    }
    set_timer(way);
}

static void init(struct way *way, int from, int to)
{
    *way = (struct way){ .from = from, .to = to };
    way->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    way->queue = calloc(QUEUE_CAP, sizeof *way->queue);
    if (way->timer < 0 || way->queue == NULL)
        fail("timer");
}

static void serve(struct way ways[2])
{
    struct pollfd polled[4];
    for (int i = 0; i < 2; i++) {
        polled[2 * i] = (struct pollfd){ .fd = ways[i].from, .events = POLLIN };
        polled[2 * i + 1] = (struct pollfd){ .fd = ways[i].timer, .events = POLLIN };
    }
    for (;;) {
        if (poll(polled, 4, -1) < 0)
            fail("poll");
        for (int i = 0; i < 2; i++) {
            if (polled[2 * i].revents)
                take(&ways[i]);
            if (polled[2 * i + 1].revents)
                release(&ways[i]);
        }
    }
}

int main(int argc, char **argv)
{
    struct way ways[2];
    if (argc != 4)
        return 2;
    hold = (uint64_t)(atof(argv[1]) * 1e6);
    int here = open_tun();
    bring_up(argv[2], argv[3]);
    if (unshare(CLONE_NEWNET) < 0)
        fail("unshare");
    int there = open_tun();
    bring_up(argv[3], argv[2]);
    init(&ways[0], here, there);
    init(&ways[1], there, here);
    printf("%d\n", (int)getpid());
    fflush(stdout);
    serve(ways);
}
