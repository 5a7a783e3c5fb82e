/* client/config: the way of a target, with the default and the proxies' own addresses. */
#include "tests/unit/config_lab.h"

static struct s5a_route route(const struct s5a_config *config, const char *where,
                              enum s5a_transport transport)
{
    struct s5a_endpoint at;
    cr_assert_eq(s5a_endpoint_parse(&at, span(where)), S5A_OK, "%s", where);
    return s5a_config_route(config, &(struct s5a_target){ at.address, at.port }, transport);
}

static void expect(const char *text, const char *where, enum s5a_verdict verdict, const char *rule)
{
    struct s5a_config *config = lab_load(text);
    struct s5a_route found = route(config, where, S5A_TCP);
    cr_assert_eq(found.verdict, verdict, "%s: %s", where, found.rule);
    cr_assert_str_eq(found.rule, rule);
    cr_assert_eq(found.proxy != NULL, verdict == S5A_ROUTE_PROXY);
    s5a_config_free(config);
}

#define PROXY "[proxy a]\naddress = 192.0.2.1:1080\n"

Test(config_route, default_proxy_takes_all_else)
{
    expect(PROXY, "x.example:80", S5A_ROUTE_PROXY, "default");
}

Test(config_route, without_a_proxy_all_else_is_denied)
{
    expect("", "x.example:80", S5A_ROUTE_DENY, "no proxy is configured");
    expect("", "127.0.0.1:80", S5A_ROUTE_DIRECT, "loopback");
}

Test(config_route, default_may_be_direct_or_deny)
{
    expect(PROXY "[rules]\ndefault = direct\n", "x.example:80", S5A_ROUTE_DIRECT, "default");
    expect(PROXY "[rules]\ndefault = deny\n", "x.example:80", S5A_ROUTE_DENY, "default");
}

Test(config_route, rule_decides_before_the_default)
{
    expect(PROXY "[rules]\ndeny = x.example\n", "x.example:80", S5A_ROUTE_DENY, "x.example");
}

Test(config_route, address_of_a_proxy_is_direct_whatever_the_rules_say)
{
    expect(PROXY "[rules]\ndeny = *\n", "192.0.2.1:1080", S5A_ROUTE_DIRECT,
           "a proxy's own address");
    expect(PROXY, "[::ffff:192.0.2.1]:1080", S5A_ROUTE_DIRECT, "a proxy's own address");
}

Test(config_route, other_ports_of_a_proxy_are_not_direct)
{
    expect(PROXY, "192.0.2.1:1081", S5A_ROUTE_PROXY, "default");
}

Test(config_route, name_of_a_proxy_is_direct)
{
    expect("[proxy a]\naddress = Proxy.example:1\n", "proxy.EXAMPLE.:1", S5A_ROUTE_DIRECT,
           "a proxy's own address");
}

Test(config_route, address_of_a_proxy_behind_another_is_not_direct)
{
    expect(PROXY "[proxy b]\naddress = 192.0.2.2:1080\nvia = a\n", "192.0.2.2:1080",
           S5A_ROUTE_PROXY, "default");
}

Test(config_route, datagrams_to_a_proxy_are_not_direct)
{
    struct s5a_config *config = lab_load(PROXY);
    cr_assert_eq(route(config, "192.0.2.1:1080", S5A_UDP).verdict, S5A_ROUTE_PROXY);
    s5a_config_free(config);
}
