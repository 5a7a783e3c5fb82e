/* A program that makes sockets of all kinds: what could send past the proxy is refused, with an
 * errno that programs know, and what stays on the machine is not. */
#include "tests/preload/lab.h"

#include <linux/netlink.h>
#include <sys/syscall.h>
#include <sys/un.h>

#ifndef AF_VSOCK
#define AF_VSOCK 40
#endif
#ifndef IPPROTO_SCTP
#define IPPROTO_SCTP 132
#endif

static void check_refused(int domain, int type, int protocol)
{
    errno = 0;
    int fd = socket(domain, type, protocol);
    if (fd >= 0)
        fprintf(stderr, "# domain %d, type %d, protocol %d\n", domain, type, protocol);
    CHECK(fd == -1);
    CHECK(errno == EPERM || errno == EACCES || errno == EPROTONOSUPPORT || errno == EAFNOSUPPORT);
    CHECK(socket(domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol) == -1);
}

static void raw(void)
{
    check_refused(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    check_refused(AF_INET, SOCK_RAW, IPPROTO_RAW);
    check_refused(AF_INET, SOCK_RAW, IPPROTO_TCP);
    check_refused(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
}

static void ping(void)
{
    check_refused(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
    check_refused(AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6);
}

static void packets(void)
{
    check_refused(AF_PACKET, SOCK_RAW, 0x0300);
    check_refused(AF_PACKET, SOCK_DGRAM, 0x0008);
    check_refused(AF_INET, SOCK_PACKET, 0x0300); /* Linux 2.0's way to the same */
}

static void other_transports(void)
{
    check_refused(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
    check_refused(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    check_refused(AF_INET6, SOCK_SEQPACKET, IPPROTO_SCTP);
    check_refused(AF_INET, SOCK_DCCP, IPPROTO_DCCP);
}

static void other_domains(void)
{
    check_refused(AF_VSOCK, SOCK_STREAM, 0);
    check_refused(AF_BLUETOOTH, SOCK_STREAM, 3);
    check_refused(AF_TIPC, SOCK_STREAM, 0);
    check_refused(AF_SMC, SOCK_STREAM, 0);
    check_refused(AF_RDS, SOCK_SEQPACKET, 0);
    check_refused(AF_XDP, SOCK_RAW, 0);
}

static void local_sockets_work(void)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    char byte = 0;
    int listener = socket(AF_UNIX, SOCK_STREAM, 0), fd = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(at.sun_path, sizeof at.sun_path, "%s/local", lab_directory());
    CHECK(bind(listener, (struct sockaddr *)&at, sizeof at) == 0 && listen(listener, 1) == 0);
    CHECK(connect(fd, (struct sockaddr *)&at, sizeof at) == 0);
    int other = accept(listener, NULL, NULL);
    CHECK(send(fd, "x", 1, 0) == 1 && recv(other, &byte, 1, 0) == 1 && byte == 'x');
}

static void netlink_works(void)
{
    struct sockaddr_nl at = { .nl_family = AF_NETLINK };
    int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    CHECK(fd >= 0);
    CHECK(bind(fd, (struct sockaddr *)&at, sizeof at) == 0);
    CHECK(connect(fd, (struct sockaddr *)&at, sizeof at) == 0);
}

static void plain_ones_work(void)
{
    CHECK(socket(AF_INET, SOCK_STREAM, 0) >= 0);
    CHECK(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP) >= 0);
    CHECK(socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP) >= 0);
}

/* An inherited socket of a kind that we would not have made: connect() does not use it. */
static void inherited_raw_is_not_connected(void)
{
    struct sockaddr_in to = lab_v4("192.0.2.1", 0);
    int fd = (int)lab_kernel(SYS_socket, AF_INET, SOCK_RAW, IPPROTO_UDP);
    if (fd < 0)
        lab_skip("not allowed to make a raw socket");
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == -1 && errno == EACCES);
    CHECK(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof to) == -1 && errno == EACCES);
}

/* Packets would go by way of an address of the program's choice. */
static void source_routes(void)
{
    static const uint8_t loose[8] = { 131, 7, 4, 192, 0, 2, 9, 0 };
    uint8_t by[24] = { 0, 2, 0, 1 }, none;
    int types[] = { SOCK_STREAM, SOCK_DGRAM };
    for (int i = 0; i < 2; i++) {
        int fd = socket(AF_INET, types[i], 0), six = socket(AF_INET6, types[i], 0);
        CHECK(setsockopt(fd, IPPROTO_IP, IP_OPTIONS, loose, sizeof loose) == -1 && errno == EACCES);
        CHECK(setsockopt(fd, IPPROTO_IP, IP_OPTIONS, &none, 0) == 0);
        CHECK(setsockopt(six, IPPROTO_IPV6, IPV6_RTHDR, by, sizeof by) == -1 && errno == EACCES);
    }
}

LAB({ "raw", LAB_HONEST, 0, raw, "" }, { "ping", LAB_HONEST, 0, ping, "" },
    { "packets", LAB_HONEST, 0, packets, "" },
    { "source_routes", LAB_HONEST, 0, source_routes, "" },
    { "other_transports", LAB_HONEST, 0, other_transports, "" },
    { "other_domains", LAB_HONEST, 0, other_domains, "" },
    { "local_sockets_work", LAB_HONEST, 0, local_sockets_work, "" },
    { "netlink_works", LAB_HONEST, 0, netlink_works, "" },
    { "plain_ones_work", LAB_HONEST, 0, plain_ones_work, "" },
    { "inherited_raw_is_not_connected", LAB_HONEST, 0, inherited_raw_is_not_connected, "" })
