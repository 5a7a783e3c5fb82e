/* client/routes/rules: what happens to a target. */
#include "client/routes/rules.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "client/word.h"
#include "tests/unit/span.h"

static const struct s5a_route fallback = { .verdict = S5A_ROUTE_PROXY, .rule = "fallback" };
static const struct s5a_route direct = { .verdict = S5A_ROUTE_DIRECT };
static const struct s5a_route deny = { .verdict = S5A_ROUTE_DENY };

static enum s5a_status add(struct s5a_rules *rules, struct s5a_route route, const char *matches)
{
    struct s5a_span wrong;
    return s5a_rules_add(rules, route, matches, &wrong);
}

static struct s5a_route find(const struct s5a_rules *rules, const char *host, uint16_t port,
                             enum s5a_transport transport)
{
    struct s5a_target target = { .port = port };
    cr_assert_eq(s5a_address_parse(&target.address, s5a_word(host)), S5A_OK, "%s", host);
    return s5a_rules_find(rules, &target, transport, fallback);
}

/* True where a rule with this text sends the target of TCP port 80 directly. */
static bool matches(const char *rule, const char *host)
{
    struct s5a_rules *rules = s5a_rules_new();
    cr_assert_eq(add(rules, direct, rule), S5A_OK, "%s", rule);
    bool matched = find(rules, host, 80, S5A_TCP).verdict == S5A_ROUTE_DIRECT;
    s5a_rules_free(rules);
    return matched;
}

static bool matches_port(const char *rule, uint16_t port, enum s5a_transport transport)
{
    struct s5a_rules *rules = s5a_rules_new();
    cr_assert_eq(add(rules, direct, rule), S5A_OK, "%s", rule);
    bool matched = find(rules, "2001:db8::1", port, transport).verdict == S5A_ROUTE_DIRECT;
    s5a_rules_free(rules);
    return matched;
}

Test(rules, without_rules_the_fallback_decides)
{
    struct s5a_rules *rules = s5a_rules_new();
    cr_assert_str_eq(find(rules, "host.example", 80, S5A_TCP).rule, "fallback");
    s5a_rules_free(rules);
}

Test(rules, first_that_matches_decides)
{
    struct s5a_rules *rules = s5a_rules_new();
    cr_assert_eq(add(rules, deny, "10.1.0.0/16"), S5A_OK);
    cr_assert_eq(add(rules, direct, "10.0.0.0/8"), S5A_OK);
    cr_assert_eq(find(rules, "10.1.2.3", 80, S5A_TCP).verdict, S5A_ROUTE_DENY);
    cr_assert_eq(find(rules, "10.2.2.3", 80, S5A_TCP).verdict, S5A_ROUTE_DIRECT);
    s5a_rules_free(rules);
}

Test(rules, route_names_the_match_that_decided)
{
    struct s5a_rules *rules = s5a_rules_new();
    cr_assert_eq(add(rules, direct, "a.example ,  b.example:80  tcp "), S5A_OK);
    cr_assert_str_eq(find(rules, "b.example", 80, S5A_TCP).rule, "b.example:80  tcp");
    s5a_rules_free(rules);
}

Test(rules, route_carries_the_proxy)
{
    struct s5a_rules *rules = s5a_rules_new();
    struct s5a_proxy *proxy = s5a_proxy_new("p");
    struct s5a_route route = { .verdict = S5A_ROUTE_PROXY, .proxy = proxy };
    cr_assert_eq(add(rules, route, "*"), S5A_OK);
    cr_assert_eq(find(rules, "a.example", 80, S5A_TCP).proxy, proxy);
    s5a_proxy_free(proxy);
    s5a_rules_free(rules);
}

Test(rules, many_rules_are_kept)
{
    struct s5a_rules *rules = s5a_rules_new();
    char name[32];
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof(name), "h%d.example", i);
        cr_assert_eq(add(rules, direct, name), S5A_OK);
    }
    cr_assert_str_eq(find(rules, "h99.example", 80, S5A_TCP).rule, "h99.example");
    cr_assert_str_eq(find(rules, "h0.example", 80, S5A_TCP).rule, "h0.example");
    s5a_rules_free(rules);
}

/* ---- who ---- */

Test(rules, host_matches_itself_alone)
{
    cr_assert(matches("host.example", "host.example"));
    cr_assert_not(matches("host.example", "a.host.example"));
    cr_assert_not(matches("host.example", "myhost.example"));
    cr_assert_not(matches("host.example", "host.example.org"));
}

Test(rules, domain_matches_itself_and_all_below)
{
    cr_assert(matches(".example", "example"));
    cr_assert(matches(".example", "a.b.example"));
    cr_assert_not(matches(".example", "notexample"));
    cr_assert_not(matches(".example", "example.org"));
}

Test(rules, names_match_without_case_and_final_dot)
{
    cr_assert(matches("Host.Example", "hOST.example."));
    cr_assert(matches("host.example.", "host.example"));
    cr_assert(matches(".Example.", "a.EXAMPLE."));
    cr_assert(matches("host.example", "host.example.."));
}

Test(rules, star_matches_everything)
{
    cr_assert(matches("*", "host.example"));
    cr_assert(matches("*", "192.0.2.1"));
    cr_assert(matches("*", "2001:db8::1"));
    cr_assert(matches("*", "unix:/run/x"));
}

Test(rules, ranges_match_addresses_and_never_names)
{
    cr_assert(matches("192.0.2.0/24", "192.0.2.200"));
    cr_assert(matches("192.0.2.7", "192.0.2.7"));
    cr_assert(matches("192.0.2.0/24", "::ffff:192.0.2.200"));
    cr_assert(matches("2001:db8::/32", "2001:db8::1"));
    cr_assert_not(matches("0.0.0.0/0", "host.example"));
}

Test(rules, name_that_is_a_literal_counts_as_the_address)
{
    struct s5a_rules *rules = s5a_rules_new();
    struct s5a_target target = { { .type = S5A_ATYP_NAME, .text = s5a_word("10.1.2.3") }, 80 };
    cr_assert_eq(add(rules, deny, "10.0.0.0/8"), S5A_OK);
    cr_assert_eq(s5a_rules_find(rules, &target, S5A_TCP, fallback).verdict, S5A_ROUTE_DENY);
    s5a_rules_free(rules);
}

Test(rules, literal_with_a_final_dot_is_a_name)
{
    struct s5a_rules *rules = s5a_rules_new();
    struct s5a_target target = { { .type = S5A_ATYP_NAME, .text = s5a_word("10.1.2.3.") }, 80 };
    cr_assert_eq(add(rules, direct, "10.0.0.0/8"), S5A_OK);
    cr_assert_eq(s5a_rules_find(rules, &target, S5A_TCP, fallback).verdict, S5A_ROUTE_PROXY);
    s5a_rules_free(rules);
}

/* ---- ports and transports ---- */

Test(rules, port_matches_itself_alone)
{
    cr_assert(matches_port("*:443", 443, S5A_TCP));
    cr_assert_not(matches_port("*:443", 442, S5A_TCP));
    cr_assert_not(matches_port("*:443", 444, S5A_TCP));
}

Test(rules, port_range_holds_both_ends)
{
    cr_assert(matches_port("*:8000-8999", 8000, S5A_TCP));
    cr_assert(matches_port("*:8000-8999", 8999, S5A_TCP));
    cr_assert_not(matches_port("*:8000-8999", 7999, S5A_TCP));
    cr_assert_not(matches_port("*:8000-8999", 9000, S5A_TCP));
}

Test(rules, ipv6_with_port_is_in_brackets)
{
    cr_assert(matches_port("[2001:db8::1]:443", 443, S5A_TCP));
    cr_assert(matches_port("[2001:db8::/32]:443", 443, S5A_TCP));
    cr_assert_not(matches_port("[2001:db8::1]:443", 80, S5A_TCP));
    cr_assert(matches_port("[2001:db8::1]", 80, S5A_TCP));
}

Test(rules, transport_is_any_unless_it_is_said)
{
    cr_assert(matches_port("*", 1, S5A_UDP));
    cr_assert(matches_port("* udp", 1, S5A_UDP));
    cr_assert_not(matches_port("* udp", 1, S5A_TCP));
    cr_assert_not(matches_port("*:1 tcp", 1, S5A_UDP));
    cr_assert(matches_port("* tcp udp", 1, S5A_TCP));
    cr_assert(matches_port("* tcp udp", 1, S5A_UDP));
}

/* ---- what is malformed ---- */

Test(rules, wrong_match_is_named_and_nothing_is_appended)
{
    struct s5a_rules *rules = s5a_rules_new();
    struct s5a_span wrong;
    cr_assert_eq(s5a_rules_add(rules, deny, "a.example, b c ,d", &wrong), S5A_MALFORMED);
    cr_assert(s5a_word_is(wrong, "b c"));
    cr_assert_eq(find(rules, "a.example", 80, S5A_TCP).verdict, S5A_ROUTE_PROXY);
    s5a_rules_free(rules);
}

Test(rules, what_is_no_match_is_malformed)
{
    static const char *const wrong[] = {
        "",
        "a,",
        ",a",
        "a,,b",
        "*.example",
        "a*",
        "a:",
        "a:x",
        "a:1-",
        "a:-1",
        "a:2-1",
        "a:65536",
        "a:1:2",
        "10.0.0.0/33",
        "10/8",
        "10.0.0.256",
        "10.0.0.0/8:",
        "[10.0.0.1]:80",
        "[a]:80",
        "[::1:80",
        "[::1]80",
        "[::1]/64",
        "[]",
        "::1/200",
        "a sctp",
        "tcp udp a",
        "..a",
        ".",
        "a b",
        "a/b",
        "unix:/run/x",
        "2001:db8::1:",
    };
    struct s5a_rules *rules = s5a_rules_new();
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        cr_assert_eq(add(rules, deny, wrong[i]), S5A_MALFORMED, "%s", wrong[i]);
    s5a_rules_free(rules);
}

/* ---- behind the rules ---- */

Test(rules, loopback_is_direct)
{
    static const char *const local[] = {
        "127.0.0.1",        "127.255.255.255", "::1",       "0.0.0.0",    "::",
        "::ffff:127.0.0.1", "::ffff:0.0.0.0",  "localhost", "LOCALHOST.", "a.localhost"
    };
    for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++)
        cr_assert_eq(find(NULL, local[i], 80, S5A_TCP).verdict, S5A_ROUTE_DIRECT, "%s", local[i]);
}

Test(rules, near_loopback_is_not_loopback)
{
    static const char *const far[] = { "126.255.255.255", "128.0.0.1",    "0.0.0.1",          "::2",
                                       "::127.0.0.1",     "notlocalhost", "localhost.example" };
    for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++)
        cr_assert_eq(find(NULL, far[i], 80, S5A_TCP).verdict, S5A_ROUTE_PROXY, "%s", far[i]);
}

Test(rules, rules_stand_before_the_loopback_default)
{
    struct s5a_rules *rules = s5a_rules_new();
    cr_assert_eq(add(rules, deny, "127.0.0.0/8:25, localhost"), S5A_OK);
    cr_assert_eq(find(rules, "127.0.0.1", 25, S5A_TCP).verdict, S5A_ROUTE_DENY);
    cr_assert_eq(find(rules, "127.0.0.1", 26, S5A_TCP).verdict, S5A_ROUTE_DIRECT);
    cr_assert_eq(find(rules, "localhost", 26, S5A_TCP).verdict, S5A_ROUTE_DENY);
    s5a_rules_free(rules);
}

Test(rules, names_are_direct_by_name_domain_and_any_but_not_by_prefix)
{
    static const struct {
        const char *matches;
        bool expected;
    } cases[] = {
        { "10.0.0.0/8", false }, { "host.example", true }, { ".example", true }, { "*:22", true }
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct s5a_rules *rules = s5a_rules_new();
        cr_assert_eq(add(rules, direct, cases[i].matches), S5A_OK);
        cr_expect_eq(s5a_rules_make_names_direct(rules), cases[i].expected);
        s5a_rules_free(rules);
    }
}

Test(rules, an_address_is_judged_by_the_name_that_led_to_it_too)
{
    struct s5a_rules *rules = s5a_rules_new();
    struct s5a_target target = { .port = 443 };
    struct s5a_span wrong;
    cr_assert_eq(s5a_address_parse(&target.address, span("192.0.2.7")), S5A_OK);
    cr_assert_eq(s5a_rules_add(rules, deny, "ads.example:443", &wrong), S5A_OK);
    cr_assert_eq(s5a_rules_add(rules, direct, "192.0.2.0/24", &wrong), S5A_OK);
    cr_assert_eq(
        s5a_rules_find_named(rules, &target, span("ads.example"), S5A_TCP, fallback).verdict,
        S5A_ROUTE_DENY);
    cr_assert_eq(
        s5a_rules_find_named(rules, &target, span("other.example"), S5A_TCP, fallback).verdict,
        S5A_ROUTE_DIRECT);
    cr_assert_eq(s5a_rules_find_named(rules, &target, span(""), S5A_TCP, fallback).verdict,
                 S5A_ROUTE_DIRECT);
    s5a_rules_free(rules);
}
