/* The namespace, its device, and the listener behind it. */
#include "tests/preload/lab_link.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ioctl.h>

#include "tests/preload/lab_packets.h"
#include "tests/preload/lab_place.h"
#include "tests/preload/lab_udp.h"

#define DEVICE "places0"

struct in6_ifreq { /* as in linux/ipv6.h, which has its own in6_addr */
    struct in6_addr address;
    uint32_t prefix;
    int index;
};

static bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0)
        close(fd);
    return done;
}

/* Root needs no user namespace; others keep their number in one. */
static bool enter_namespace(void)
{
    char map[64];
    unsigned user = geteuid(), group = getegid();
    if (unshare(CLONE_NEWNET) == 0)
        return true;
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
        return false;
    snprintf(map, sizeof map, "%u %u 1", user, user);
    if (!write_file("/proc/self/uid_map", map) || !write_file("/proc/self/setgroups", "deny"))
        return false;
    snprintf(map, sizeof map, "%u %u 1", group, group);
    return write_file("/proc/self/gid_map", map);
}

static int open_device(void)
{
    struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI, .ifr_name = DEVICE };
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    if (fd >= 0 && ioctl(fd, TUNSETIFF, &request) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void set_address(int fd, unsigned long what, const char *ip)
{
    struct ifreq request = { .ifr_name = DEVICE };
    struct sockaddr_in address = lab_v4(ip, 0);
    memcpy(&request.ifr_addr, &address, sizeof address);
    CHECK(ioctl(fd, what, &request) == 0);
}

static void bring_up(int fd, const char *device)
{
    struct ifreq request = { .ifr_flags = 0 };
    strcpy(request.ifr_name, device);
    CHECK(ioctl(fd, SIOCGIFFLAGS, &request) == 0);
    request.ifr_flags |= IFF_UP | IFF_RUNNING;
    CHECK(ioctl(fd, SIOCSIFFLAGS, &request) == 0);
}

/* Until it may be used: the kernel looks for doubles of it first. Bounded. */
static void wait_for_v6_address(int fd, const char *ip)
{
    struct sockaddr_in6 address = lab_v6(ip, 0);
    for (int i = 0; i < 5000 && bind(fd, (struct sockaddr *)&address, sizeof address) != 0; i++)
        lab_pause_ms(1);
}

/* Without IPv6 here, its cases fail to connect and say so. */
static void set_v6_address(const char *ip)
{
    struct ifreq request = { .ifr_name = DEVICE };
    struct in6_ifreq address = { lab_v6(ip, 0).sin6_addr, 64, 0 };
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    CHECK(ioctl(fd, SIOCGIFINDEX, &request) == 0);
    address.index = request.ifr_ifindex;
    if (ioctl(fd, SIOCSIFADDR, &address) == 0)
        wait_for_v6_address(fd, ip);
    close(fd);
}

static void configure(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0);
    bring_up(fd, "lo");
    set_address(fd, SIOCSIFADDR, LAB_LINK_V4);
    set_address(fd, SIOCSIFNETMASK, "255.255.255.0");
    bring_up(fd, DEVICE);
    close(fd);
    set_v6_address(LAB_LINK_V6);
}

static void *serve(void *context)
{
    int fd = (int)(size_t)context;
    struct sockaddr_in6 from;
    socklen_t len = sizeof from;
    char text[INET6_ADDRSTRLEN] = "";
    if (getpeername(fd, (struct sockaddr *)&from, &len) == 0)
        inet_ntop(AF_INET6, &from.sin6_addr, text, sizeof text);
    lab_place_serve(lab_place_of(text), fd);
    close(fd);
    lab_place_count(-1);
    return NULL;
}

static void *accept_all(void *context)
{
    int fd;
    pthread_t thread;
    while ((fd = accept4((int)(size_t)context, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        lab_place_count(1);
        CHECK(pthread_create(&thread, NULL, serve, (void *)(size_t)fd) == 0);
        pthread_detach(thread);
    }
    return NULL;
}

static void *turn_round(void *context)
{
    lab_packets_turn_round((int)(size_t)context);
    return NULL;
}

static void start(void *(*run)(void *), int fd)
{
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, run, (void *)(size_t)fd) == 0);
    pthread_detach(thread);
}

const char *lab_link_start(void)
{
    struct sockaddr_in6 any = lab_v6("::", 80);
    if (!enter_namespace())
        return "no network namespace of one's own";
    int device = open_device();
    if (device < 0)
        return "no /dev/net/tun";
    configure();
    int listener = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0)
        return "no IPv6";
    CHECK(bind(listener, (struct sockaddr *)&any, sizeof any) == 0 && listen(listener, 4096) == 0);
    int datagrams = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK(datagrams >= 0 && bind(datagrams, (struct sockaddr *)&any, sizeof any) == 0);
    start(turn_round, device);
    start(lab_udp_serve, datagrams);
    start(accept_all, listener);
    return NULL;
}
