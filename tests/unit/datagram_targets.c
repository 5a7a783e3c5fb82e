/* shim/datagrams/targets: whom a socket has sent to, and who answers. */
#include "shim/datagrams/targets.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <string.h>

static struct s5a_targets targets;

static union s5a_inet v4(const char *ip, uint16_t port)
{
    union s5a_inet address = { .v4 = { .sin_family = AF_INET, .sin_port = htons(port) } };
    inet_pton(AF_INET, ip, &address.v4.sin_addr);
    return address;
}

static struct s5a_address ip4(const char *ip)
{
    uint8_t bytes[4];
    inet_pton(AF_INET, ip, bytes);
    return s5a_address_ipv4(bytes);
}

static void send_to_ip(const char *ip, uint16_t port)
{
    struct s5a_named_target named = { .target = { ip4(ip), port }, .as_given = v4(ip, port) };
    s5a_targets_note(&targets, &named);
}

static void send_to_name(const char *fake, uint16_t port)
{
    struct s5a_named_target named = { .target = { s5a_address_none(), port },
                                      .as_given = v4(fake, port) };
    named.target.address.type = S5A_ATYP_NAME;
    named.target.address.text = S5A_SPAN("name.example");
    s5a_targets_note(&targets, &named);
}

/* The address that the program gave, or "" */
static const char *answered(const char *ip, uint16_t port)
{
    static char text[INET_ADDRSTRLEN];
    struct s5a_address from = ip4(ip);
    const struct s5a_sent_target *found = s5a_targets_find(&targets, &from, port);
    if (found == NULL)
        return "";
    return inet_ntop(AF_INET, &found->given.v4.sin_addr, text, sizeof text);
}

Test(datagram_targets, an_ip_answers_for_itself)
{
    cr_expect_str_eq(answered("192.0.2.1", 7), "");
    send_to_ip("192.0.2.1", 7);
    cr_expect_str_eq(answered("192.0.2.1", 7), "192.0.2.1");
    cr_expect_str_eq(answered("192.0.2.1", 8), "");
    cr_expect_str_eq(answered("192.0.2.2", 7), "");
}

Test(datagram_targets, a_name_is_answered_by_the_first_unknown_address_of_its_port)
{
    send_to_ip("192.0.2.1", 7);
    send_to_name("198.18.0.1", 7);
    cr_expect_str_eq(answered("192.0.2.1", 7), "192.0.2.1");
    cr_expect_str_eq(answered("203.0.113.1", 8), "");
    cr_expect_str_eq(answered("203.0.113.1", 7), "198.18.0.1");
    send_to_name("198.18.0.2", 7);
    cr_expect_str_eq(answered("203.0.113.2", 7), "198.18.0.2");
    cr_expect_str_eq(answered("203.0.113.1", 7), "198.18.0.1");
}

/* As a proxy does that looks the name up for each datagram. */
Test(datagram_targets, a_name_may_change_its_address)
{
    send_to_name("198.18.0.1", 7);
    cr_expect_str_eq(answered("203.0.113.1", 7), "198.18.0.1");
    cr_expect_str_eq(answered("203.0.113.2", 7), "198.18.0.1");
}

Test(datagram_targets, of_several_with_one_address_the_latest_is_answered)
{
    send_to_name("198.18.0.1", 7);
    cr_expect_str_eq(answered("192.0.2.1", 7), "198.18.0.1");
    send_to_ip("192.0.2.1", 7);
    cr_expect_str_eq(answered("192.0.2.1", 7), "192.0.2.1");
    send_to_name("198.18.0.1", 7);
    cr_expect_str_eq(answered("192.0.2.1", 7), "198.18.0.1");
}

Test(datagram_targets, the_least_lately_used_is_forgotten)
{
    send_to_name("198.18.0.1", 7);
    for (int i = 0; i < S5A_TARGETS_MAX - 1; i++) {
        union s5a_inet given = v4("192.0.2.1", (uint16_t)(100 + i));
        struct s5a_named_target named = { .target = { ip4("192.0.2.1"), (uint16_t)(100 + i) },
                                          .as_given = given };
        s5a_targets_note(&targets, &named);
    }
    cr_expect_str_eq(answered("203.0.113.1", 7), "198.18.0.1");
    send_to_ip("192.0.2.9", 9);
    cr_expect_str_eq(answered("203.0.113.1", 7), "");
}

Test(datagram_targets, addresses_are_told_in_the_socket_s_family)
{
    union s5a_inet out;
    uint8_t six[16] = { 0x20, 1, 0xd, 0xb8 }, mapped[16] = { [10] = 0xff, 0xff, 192, 0, 2, 1 };
    struct s5a_address from = ip4("192.0.2.1"), v6 = s5a_address_ipv6(six);
    struct s5a_address as_v6 = s5a_address_ipv6(mapped);
    cr_assert(s5a_inet_from_address(&out, AF_INET6, &from, 7));
    cr_expect(IN6_IS_ADDR_V4MAPPED(&out.v6.sin6_addr) && out.v6.sin6_port == htons(7));
    cr_assert(s5a_inet_from_address(&out, AF_INET, &as_v6, 7));
    cr_expect_eq(out.v4.sin_addr.s_addr, inet_addr("192.0.2.1"));
    cr_expect(s5a_inet_from_address(&out, AF_INET6, &v6, 7));
    cr_expect_not(s5a_inet_from_address(&out, AF_INET, &v6, 7));
}

/* ---- directly ---- */

static const char *answered_directly(const char *ip, uint16_t port)
{
    static char text[INET_ADDRSTRLEN];
    struct s5a_address from = ip4(ip);
    const struct s5a_sent_target *found = s5a_targets_find_direct(&targets, &from, port);
    if (found == NULL)
        return "";
    return inet_ntop(AF_INET, &found->given.v4.sin_addr, text, sizeof text);
}

static void send_directly(const char *fake, uint16_t port, const char *ip)
{
    union s5a_inet given = v4(fake, port);
    struct s5a_address real = ip4(ip);
    s5a_targets_note_direct(&targets, &given, &real);
}

Test(datagram_targets, a_name_that_is_direct_is_answered_from_where_it_leads)
{
    send_directly("198.18.0.1", 7, "192.0.2.1");
    send_directly("198.18.0.2", 7, "192.0.2.2");
    cr_expect_str_eq(answered_directly("192.0.2.1", 7), "198.18.0.1");
    cr_expect_str_eq(answered_directly("192.0.2.2", 7), "198.18.0.2");
    cr_expect_str_eq(answered_directly("192.0.2.3", 7), "");
    cr_expect_str_eq(answered_directly("192.0.2.1", 8), "");
    send_directly("192.0.2.1", 7, "192.0.2.1");
    cr_expect_str_eq(answered_directly("192.0.2.1", 7), "192.0.2.1", "the latest counts");
}

/* A proxy cannot speak for it, nor the other way round. */
Test(datagram_targets, direct_ones_and_those_of_the_proxy_are_kept_apart)
{
    send_directly("198.18.0.1", 7, "192.0.2.1");
    cr_expect_str_eq(answered("192.0.2.1", 7), "");
    send_to_ip("192.0.2.2", 7);
    send_to_name("198.18.0.2", 7);
    cr_expect_str_eq(answered_directly("192.0.2.2", 7), "");
    cr_expect_str_eq(answered("192.0.2.1", 7), "198.18.0.2");
    cr_expect_str_eq(answered_directly("192.0.2.1", 7), "198.18.0.1");
}
