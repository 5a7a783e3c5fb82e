/* Packets that are turned round: IPv4 and IPv6 without extension headers, TCP and UDP. */
#include "tests/preload/lab_packets.h"

#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <poll.h>

#include "tests/preload/lab_place.h"

enum { PACKET_MAX = 2048, HELD_MAX = 8192, POLL_MS = 2 };

struct packet {
    enum lab_place place; /* where it goes */
    size_t len;
    unsigned char bytes[PACKET_MAX];
};

/* First packets whose places do not answer yet. */
static struct packet *held[HELD_MAX];
static size_t held_count;

static bool is_v6(const struct packet *packet)
{
    return packet->bytes[0] >> 4 == 6;
}

static size_t head_len(const struct packet *packet)
{
    return is_v6(packet) ? sizeof(struct ip6_hdr) : (packet->bytes[0] & 15u) * 4u;
}

static struct tcphdr *tcp_of(struct packet *packet)
{
    size_t head = head_len(packet);
    int protocol = packet->bytes[is_v6(packet) ? 6 : 9];
    bool is_tcp = protocol == IPPROTO_TCP && packet->len >= head + sizeof(struct tcphdr);
    return is_tcp ? (struct tcphdr *)(packet->bytes + head) : NULL;
}

static enum lab_place destination(const struct packet *packet)
{
    char text[INET6_ADDRSTRLEN];
    bool v6 = is_v6(packet);
    inet_ntop(v6 ? AF_INET6 : AF_INET, packet->bytes + (v6 ? 24 : 16), text, sizeof text);
    return lab_place_of(text);
}

static void exchange(unsigned char *one, unsigned char *other, size_t len)
{
    unsigned char kept[16];
    memcpy(kept, one, len);
    memcpy(one, other, len);
    memcpy(other, kept, len);
}

static void exchange_addresses(struct packet *packet)
{
    size_t len = is_v6(packet) ? 16 : 4;
    unsigned char *source = packet->bytes + (is_v6(packet) ? 8 : 12);
    exchange(source, source + len, len);
}

/* ---- refusals ------------------------------------------------------------------------------- */

static uint32_t sum(uint32_t before, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < len; i++)
        before += i % 2 == 0 ? (uint32_t)at[i] << 8 : at[i];
    return before;
}

static uint16_t fold(uint32_t all)
{
    all = (all & 0xffff) + (all >> 16);
    return htons((uint16_t) ~((all & 0xffff) + (all >> 16)));
}

/* With the addresses, the length and the protocol in it. */
static uint16_t segment_sum(const struct packet *packet, unsigned protocol)
{
    size_t head = head_len(packet), len = packet->len - head;
    uint32_t all = is_v6(packet) ? sum(0, packet->bytes + 8, 32) : sum(0, packet->bytes + 12, 8);
    return fold(sum(all + protocol + (uint32_t)len, packet->bytes + head, len));
}

static void set_len(struct packet *packet, size_t len)
{
    packet->len = len;
    if (is_v6(packet)) {
        ((struct ip6_hdr *)packet->bytes)->ip6_plen = htons((uint16_t)(len - 40));
        return;
    }
    struct ip *ip = (struct ip *)packet->bytes;
    ip->ip_len = htons((uint16_t)len);
    ip->ip_sum = 0;
    ip->ip_sum = fold(sum(0, ip, head_len(packet)));
}

/* The SYN becomes the reset that answers it. */
static void make_reset(struct packet *packet)
{
    struct tcphdr *tcp = tcp_of(packet);
    *tcp = (struct tcphdr){
        .th_sport = tcp->th_dport,
        .th_dport = tcp->th_sport,
        .th_ack = htonl(ntohl(tcp->th_seq) + 1),
        .th_off = 5,
        .th_flags = TH_RST | TH_ACK,
    };
    exchange_addresses(packet);
    set_len(packet, head_len(packet) + sizeof *tcp);
    tcp->th_sum = segment_sum(packet, IPPROTO_TCP);
}

/* What a router in between says; the SYN is quoted in it. */
static void make_unreachable(struct packet *packet, unsigned char code)
{
    size_t head = head_len(packet), quoted = head + 8;
    struct icmphdr *icmp = (struct icmphdr *)(packet->bytes + head);
    memmove(packet->bytes + head + 8, packet->bytes, quoted);
    *icmp = (struct icmphdr){ .type = ICMP_DEST_UNREACH, .code = code };
    if (is_v6(packet)) {
        icmp->type = ICMP6_DST_UNREACH;
        icmp->code = ICMP6_DST_UNREACH_ADDR;
    }
    packet->bytes[is_v6(packet) ? 6 : 9] = is_v6(packet) ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
    exchange_addresses(packet);
    set_len(packet, head + 8 + quoted);
    icmp->checksum =
        is_v6(packet) ? segment_sum(packet, IPPROTO_ICMPV6) : fold(sum(0, icmp, 8 + quoted));
}

/* ---- ways ----------------------------------------------------------------------------------- */

static void answer(int device, struct packet *packet)
{
    if (packet->place == AT_REFUSING)
        make_reset(packet);
    else if (packet->place == AT_HOSTLESS)
        make_unreachable(packet, ICMP_HOST_UNREACH);
    else if (packet->place == AT_NETLESS)
        make_unreachable(packet, ICMP_NET_UNREACH);
    else
        exchange_addresses(packet);
    (void)!write(device, packet->bytes, packet->len);
}

static void hold(const struct packet *packet)
{
    if (held_count == HELD_MAX)
        return; /* it will be sent again */
    held[held_count] = malloc(sizeof *packet);
    *held[held_count++] = *packet;
}

static void release(int device)
{
    size_t kept = 0;
    for (size_t i = 0; i < held_count; i++) {
        if (!lab_place_answers(held[i]->place)) {
            held[kept++] = held[i];
            continue;
        }
        answer(device, held[i]);
        free(held[i]);
    }
    held_count = kept;
}

static bool is_udp(const struct packet *packet)
{
    return packet->bytes[is_v6(packet) ? 6 : 9] == IPPROTO_UDP;
}

static void take(int device, struct packet *packet)
{
    const struct tcphdr *tcp = tcp_of(packet);
    packet->place = destination(packet);
    if (packet->place != 0 && is_udp(packet)) {
        exchange_addresses(packet);
        (void)!write(device, packet->bytes, packet->len);
    }
    if (tcp == NULL || packet->place == 0)
        return;
    if ((tcp->th_flags & (TH_SYN | TH_ACK)) != TH_SYN) {
        exchange_addresses(packet);
        (void)!write(device, packet->bytes, packet->len);
    } else if (lab_place_answers(packet->place)) {
        answer(device, packet);
    } else {
        hold(packet);
    }
}

void lab_packets_turn_round(int device)
{
    static struct packet packet;
    struct pollfd one = { .fd = device, .events = POLLIN };
    for (;;) {
        if (poll(&one, 1, held_count > 0 ? POLL_MS : -1) > 0) {
            ssize_t len = read(device, packet.bytes, sizeof packet.bytes);
            packet.len = len > 0 ? (size_t)len : 0;
            if (len >= 28)
                take(device, &packet);
        }
        release(device);
    }
}
