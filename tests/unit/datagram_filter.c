/* shim/datagrams/filter: the kernel judges by it, on loopback. */
#include "shim/datagrams/filter.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

static int receiver, relay;
static union s5a_inet receiver_at, relay_at;

static int open_at(const char *ip, union s5a_inet *at)
{
    socklen_t len = sizeof at->v4;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    *at = (union s5a_inet){ .v4 = { .sin_family = AF_INET } };
    inet_pton(AF_INET, ip, &at->v4.sin_addr);
    cr_assert_eq(bind(fd, &at->plain, len), 0);
    cr_assert_eq(getsockname(fd, &at->plain, &len), 0);
    return fd;
}

static void prepare(void)
{
    receiver = open_at("127.0.0.1", &receiver_at);
    relay = open_at("127.0.0.1", &relay_at);
}

/* Loopback delivers before the sending call returns. */
static bool lets_in(int from, const char *bytes, size_t len)
{
    char got[64];
    cr_assert_eq(sendto(from, bytes, len, 0, &receiver_at.plain, sizeof receiver_at.v4),
                 (ssize_t)len);
    return recv(receiver, got, sizeof got, MSG_DONTWAIT) == (ssize_t)len;
}
#define LETS_IN(from, text) lets_in(from, text, sizeof(text) - 1)

static void attach(const struct s5a_filter_sources *sources)
{
    cr_assert_eq(s5a_filter_attach(receiver, sources), 0);
}

static struct s5a_target target_of(const char *ip, uint16_t port)
{
    uint8_t bytes[4];
    inet_pton(AF_INET, ip, bytes);
    return (struct s5a_target){ s5a_address_ipv4(bytes), port };
}

Test(datagram_filter, an_unconnected_socket_hears_relay_and_machine, .init = prepare)
{
    attach(&(struct s5a_filter_sources){ .relays = &relay_at, .relay_count = 1 });
    cr_expect(LETS_IN(relay, "\0\0\0\x01\xc0\0\x02\x01\0\x07x"));
    cr_expect_not(LETS_IN(relay, "\0\0\x01\x01\xc0\0\x02\x01\0\x07x"), "a fragment");
    cr_expect(LETS_IN(open_at("127.0.0.2", &(union s5a_inet){ 0 }), "as it is"));
}

Test(datagram_filter, a_connected_socket_hears_its_peer, .init = prepare)
{
    struct s5a_target peer = target_of("192.0.2.1", 7);
    attach(&(struct s5a_filter_sources){ .relays = &relay_at, .relay_count = 1, .peer = &peer });
    cr_expect(LETS_IN(relay, "\0\0\0\x01\xc0\0\x02\x01\0\x07x"));
    cr_expect(LETS_IN(relay, "\0\0\0\x01\xc0\0\x02\x01\0\x07"), "without data");
    cr_expect_not(LETS_IN(relay, "\0\0\0\x01\xc0\0\x02\x02\0\x07x"), "another address");
    cr_expect_not(LETS_IN(relay, "\0\0\0\x01\xc0\0\x02\x01\0\x08x"), "another port");
    cr_expect_not(LETS_IN(relay, "\0\0\0\x01\xc0\0\x02\x01\0"), "a header that is cut");
    cr_expect_not(LETS_IN(relay, ""));
    cr_expect_not(
        LETS_IN(open_at("127.0.0.1", &(union s5a_inet){ 0 }), "\0\0\0\x01\xc0\0\x02\x01\0\x07x"),
        "not the relay");
}

/* Whose address is not known here; the receiving calls look at names. */
Test(datagram_filter, a_name_is_heard_by_its_port, .init = prepare)
{
    struct s5a_target peer = { s5a_address_none(), 7 };
    peer.address.type = S5A_ATYP_NAME;
    attach(&(struct s5a_filter_sources){ .relays = &relay_at, .relay_count = 1, .peer = &peer });
    cr_expect(LETS_IN(relay, "\0\0\0\x01\xc0\0\x02\x09\0\x07x"));
    cr_expect_not(LETS_IN(relay, "\0\0\0\x01\xc0\0\x02\x09\0\x08x"));
    cr_expect(LETS_IN(relay, "\0\0\0\x03\x01n\0\x07x"));
}

Test(datagram_filter, the_resolver_is_heard_from_this_machine, .init = prepare)
{
    struct s5a_target peer = target_of("192.0.2.1", 53);
    attach(&(struct s5a_filter_sources){ .resolver = &relay_at, .peer = &peer });
    cr_expect(LETS_IN(relay, "\0\0\0\x01\xc0\0\x02\x01\0\x35x"));
    cr_expect_not(
        LETS_IN(open_at("127.0.0.1", &(union s5a_inet){ 0 }), "\0\0\0\x01\xc0\0\x02\x01\0\x35x"));
}

/* By whichever process that has the socket. */
Test(datagram_filter, its_relays_are_read_back, .init = prepare)
{
    union s5a_inet two[2] = { relay_at, receiver_at }, got[S5A_FILTER_RELAYS];
    bool is_ours = true;
    cr_expect_eq(s5a_filter_relays(receiver, got, &is_ours), 0);
    cr_expect_not(is_ours);
    attach(&(struct s5a_filter_sources){ .relays = two, .relay_count = 2 });
    cr_expect_eq(s5a_filter_relays(receiver, got, &is_ours), 2);
    cr_expect(is_ours && s5a_inet_equal(&got[0], &two[0]) && s5a_inet_equal(&got[1], &two[1]));
    attach(&(struct s5a_filter_sources){ .relay_count = 0 });
    cr_expect_eq(s5a_filter_relays(receiver, got, &is_ours), 0);
    cr_expect(is_ours);
}

Test(datagram_filter, the_largest_program_fits, .init = prepare)
{
    union s5a_inet relays[S5A_FILTER_RELAYS], direct[S5A_DIRECT_MAX], far = { 0 };
    struct sock_filter code[S5A_FILTER_MAX];
    uint8_t ip[16] = { 0x20, 1 };
    struct s5a_target peer = { s5a_address_ipv6(ip), 7 };
    far.v6.sin6_family = AF_INET6;
    memcpy(&far.v6.sin6_addr, ip, sizeof ip);
    for (size_t i = 0; i < S5A_FILTER_RELAYS; i++)
        relays[i] = far;
    for (size_t i = 0; i < S5A_DIRECT_MAX; i++)
        direct[i] = far;
    struct s5a_filter_sources sources = { relays, S5A_FILTER_RELAYS, &relay_at, &peer,
                                          direct, S5A_DIRECT_MAX };
    cr_expect_lt(s5a_filter_compile(&sources, code), S5A_FILTER_MAX);
    attach(&sources);
    sources.peer = NULL;
    cr_expect_lt(s5a_filter_compile(&sources, code), S5A_FILTER_MAX);
    attach(&sources);
}

Test(datagram_filter, one_of_the_programs_own_has_no_relays, .init = prepare)
{
    struct sock_filter code[] = { { BPF_RET | BPF_K, 0, 0, 0x53354104 } };
    struct sock_fprog program = { 1, code };
    union s5a_inet got[S5A_FILTER_RELAYS];
    bool is_ours = true;
    cr_assert_eq(setsockopt(receiver, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program), 0);
    cr_expect_eq(s5a_filter_relays(receiver, got, &is_ours), 0);
    cr_expect_not(is_ours);
}
