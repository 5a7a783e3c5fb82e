/* From socket addresses to targets, where no configuration of the process is needed. */
#include "shim/sockets/target.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/names/fakemap.h"

static struct s5a_config *load(void)
{
    char error[200];
    struct s5a_config *config = NULL;
    setenv("SOCKS5A_CONF", "", 1);
    cr_assert_eq(s5a_config_load(&config, (s5a_getenv_fn *)getenv, error, sizeof error), S5A_OK);
    return config;
}

static struct sockaddr_in v4(const char *ip)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(80) };
    cr_assert_eq(inet_pton(AF_INET, ip, &address.sin_addr), 1);
    return address;
}

static struct sockaddr_in6 v6(const char *ip)
{
    struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_port = htons(80) };
    cr_assert_eq(inet_pton(AF_INET6, ip, &address.sin6_addr), 1);
    return address;
}

static void expect(const void *address, socklen_t len, const char *text)
{
    char out[S5A_ADDRESS_TEXT_CAP];
    struct s5a_named_target named;
    struct s5a_config *config = load();
    cr_assert_eq(s5a_target_read(config, address, len, &named), 0);
    s5a_target_format(&named.target, out, sizeof out);
    cr_expect_str_eq(out, text);
    s5a_config_free(config);
}

Test(target, ipv4_ipv6_and_mapped_addresses)
{
    struct sockaddr_in four = v4("192.0.2.1");
    struct sockaddr_in6 six = v6("2001:db8::1"), mapped = v6("::ffff:192.0.2.1");
    expect(&four, sizeof four, "192.0.2.1:80");
    expect(&six, sizeof six, "[2001:db8::1]:80");
    expect(&mapped, sizeof mapped, "192.0.2.1:80");
}

Test(target, ipv6_address_without_scope_id_is_one)
{
    struct sockaddr_in6 six = v6("2001:db8::1");
    cr_assert(s5a_is_inet((struct sockaddr *)&six, 24));
    expect(&six, 24, "[2001:db8::1]:80");
}

Test(target, short_and_other_addresses_are_not_for_a_proxy)
{
    struct sockaddr_in four = v4("192.0.2.1");
    struct sockaddr_in6 six = v6("2001:db8::1");
    struct sockaddr local = { .sa_family = AF_UNIX };
    cr_expect_not(s5a_is_inet(NULL, 16));
    cr_expect_not(s5a_is_inet((struct sockaddr *)&four, 15));
    cr_expect_not(s5a_is_inet((struct sockaddr *)&six, 23));
    cr_expect_not(s5a_is_inet(&local, sizeof local));
}

Test(target, addresses_of_this_hosts_links)
{
    static const struct {
        const char *ip;
        bool expected;
    } cases[] = { { "224.0.0.251", true },     { "239.255.255.250", true },
                  { "169.254.169.254", true }, { "255.255.255.255", true },
                  { "192.0.2.255", false },    { "240.0.0.1", false },
                  { "169.253.1.1", false } };
    struct s5a_config *config = load();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct s5a_named_target named;
        struct sockaddr_in address = v4(cases[i].ip);
        cr_assert_eq(s5a_target_read(config, (struct sockaddr *)&address, sizeof address, &named),
                     0);
        cr_expect_eq(s5a_target_is_link_scoped(&named.target), cases[i].expected, "%s",
                     cases[i].ip);
    }
    s5a_config_free(config);
}

Test(target, ipv6_addresses_of_this_hosts_links)
{
    static const char *const links[] = { "fe80::1", "febf::1", "ff02::fb" };
    struct s5a_config *config = load();
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        struct s5a_named_target named;
        struct sockaddr_in6 address = v6(links[i]);
        cr_assert_eq(s5a_target_read(config, (struct sockaddr *)&address, sizeof address, &named),
                     0);
        cr_expect(s5a_target_is_link_scoped(&named.target), "%s", links[i]);
    }
    s5a_config_free(config);
}

Test(target, fake_address_of_no_name_is_unreachable)
{
    struct s5a_named_target named;
    struct sockaddr_in address = v4("198.19.254.254");
    struct s5a_config *config = load();
    setenv("SOCKS5A_STATE_DIR", "/dev/null/no-directory", 1);
    cr_expect_eq(s5a_target_read(config, (struct sockaddr *)&address, sizeof address, &named),
                 -EHOSTUNREACH);
    s5a_config_free(config);
}
