/* server/acl: which addresses clients may reach. */
#include "server/acl.h"

#include <criterion/criterion.h>
#include <stdio.h>

static void add(struct s5ad_acl *acl, bool allow, const char *cidr)
{
    struct s5ad_acl_rule rule;
    cr_assert(s5ad_acl_rule_parse(&rule, cidr), "%s", cidr);
    rule.allow = allow;
    cr_assert(s5ad_acl_add(acl, &rule));
}

static bool allows(const struct s5ad_acl *acl, const char *ip)
{
    struct s5ad_sockaddr at;
    char text[64];
    snprintf(text, sizeof text, strchr(ip, ':') ? "[%s]:80" : "%s:80", ip);
    cr_assert(s5ad_sockaddr_parse(&at, text), "%s", ip);
    return s5ad_acl_objection(acl, &at) == NULL;
}

Test(server_acl, closed_ranges_are_refused_without_rules)
{
    static const char *const closed[] = { "127.0.0.1",
                                          "127.255.0.1",
                                          "0.0.0.0",
                                          "0.1.2.3",
                                          "169.254.9.9",
                                          "224.0.0.1",
                                          "239.1.1.1",
                                          "255.255.255.255",
                                          "::1",
                                          "::",
                                          "fe80::1",
                                          "febf::1",
                                          "ff02::1",
                                          "::ffff:127.0.0.1",
                                          "::ffff:169.254.1.1",
                                          "64:ff9b:1::a9fe:a9fe" };
    struct s5ad_acl acl = { 0 };
    for (size_t i = 0; i < sizeof closed / sizeof closed[0]; i++)
        cr_expect_not(allows(&acl, closed[i]), "%s", closed[i]);
}

Test(server_acl, other_addresses_are_allowed_without_rules)
{
    static const char *const open[] = { "192.0.2.1",      "128.0.0.1",         "126.255.255.255",
                                        "10.200.201.202", "223.255.255.255",   "2001:db8::1",
                                        "fec0::1",        "64:ff9b::c000:201", "2002:c000:201::1" };
    struct s5ad_acl acl = { 0 };
    for (size_t i = 0; i < sizeof open / sizeof open[0]; i++)
        cr_expect(allows(&acl, open[i]), "%s", open[i]);
}

/* What a gateway would make of them: NAT64, its elder, 6to4, and compatible addresses. */
Test(server_acl, ipv4_address_inside_an_ipv6_one_is_judged_too)
{
    static const char *const inner[] = { "64:ff9b::", "::ffff:0:", "::" };
    struct s5ad_acl acl = { 0 };
    char text[64];
    for (size_t i = 0; i < sizeof inner / sizeof inner[0]; i++) {
        snprintf(text, sizeof text, "%s%s", inner[i], "169.254.169.254");
        cr_expect_not(allows(&acl, text), "%s", text);
        snprintf(text, sizeof text, "%s%s", inner[i], "127.0.0.1");
        cr_expect_not(allows(&acl, text), "%s", text);
        snprintf(text, sizeof text, "%s%s", inner[i], "10.0.0.1");
        cr_expect(allows(&acl, text), "%s", text);
    }
    cr_expect_not(allows(&acl, "2002:7f00:1::1"));
    add(&acl, false, "10.0.0.0/8");
    add(&acl, true, "64:ff9b::/96");
    cr_expect_not(allows(&acl, "64:ff9b::10.0.0.1"));
    cr_expect_not(allows(&acl, "2002:a00:1::1"));
    cr_expect(allows(&acl, "64:ff9b::192.0.2.1"));
    s5ad_acl_wipe(&acl);
}

Test(server_acl, denial_holds_for_an_inner_address)
{
    struct s5ad_acl acl = { 0 };
    struct s5ad_sockaddr at;
    add(&acl, false, "192.0.2.0/24");
    cr_assert(s5ad_sockaddr_parse(&at, "[64:ff9b::192.0.2.7]:80"));
    cr_expect_not_null(s5ad_acl_denial(&acl, &at));
    cr_assert(s5ad_sockaddr_parse(&at, "[64:ff9b::192.0.3.7]:80"));
    cr_expect_null(s5ad_acl_denial(&acl, &at));
    s5ad_acl_wipe(&acl);
}

Test(server_acl, first_rule_that_fits_decides)
{
    struct s5ad_acl acl = { 0 };
    add(&acl, true, "192.0.2.7");
    add(&acl, false, "192.0.2.0/24");
    add(&acl, true, "192.0.2.8");
    cr_expect(allows(&acl, "192.0.2.7"));
    cr_expect_not(allows(&acl, "192.0.2.8"));
    cr_expect(allows(&acl, "192.0.3.8"));
    s5ad_acl_wipe(&acl);
}

Test(server_acl, loopback_switch_opens_loopback_alone)
{
    struct s5ad_acl acl = { .allow_loopback = true };
    cr_expect(allows(&acl, "127.0.0.1"));
    cr_expect(allows(&acl, "::1"));
    cr_expect(allows(&acl, "::ffff:127.0.0.1"));
    cr_expect_not(allows(&acl, "169.254.1.1"));
    cr_expect_not(allows(&acl, "0.0.0.0"));
}

Test(server_acl, rule_beats_loopback_switch)
{
    struct s5ad_acl acl = { .allow_loopback = true };
    add(&acl, false, "127.0.0.2");
    cr_expect(allows(&acl, "127.0.0.1"));
    cr_expect_not(allows(&acl, "127.0.0.2"));
    s5ad_acl_wipe(&acl);
}

Test(server_acl, wide_allow_rule_does_not_reach_into_closed_ranges)
{
    struct s5ad_acl acl = { 0 };
    add(&acl, true, "0.0.0.0/0");
    add(&acl, true, "::/0");
    cr_expect_not(allows(&acl, "127.0.0.1"));
    cr_expect_not(allows(&acl, "::1"));
    cr_expect_not(allows(&acl, "169.254.0.1"));
    cr_expect(allows(&acl, "192.0.2.1"));
    s5ad_acl_wipe(&acl);
}

Test(server_acl, narrow_allow_rule_opens_part_of_a_closed_range)
{
    struct s5ad_acl acl = { 0 };
    add(&acl, true, "127.0.0.0/30");
    cr_expect(allows(&acl, "127.0.0.3"));
    cr_expect_not(allows(&acl, "127.0.0.4"));
    s5ad_acl_wipe(&acl);
}

Test(server_acl, ipv4_rule_holds_for_mapped_addresses)
{
    struct s5ad_acl acl = { 0 };
    add(&acl, false, "192.0.2.0/24");
    cr_expect_not(allows(&acl, "::ffff:192.0.2.1"));
    s5ad_acl_wipe(&acl);
}

Test(server_acl, prefixes_that_end_inside_a_byte_are_exact)
{
    struct s5ad_acl acl = { 0 };
    add(&acl, false, "10.32.0.0/11");
    add(&acl, false, "2001:db8:8000::/33");
    cr_expect_not(allows(&acl, "10.63.255.255"));
    cr_expect(allows(&acl, "10.64.0.0"));
    cr_expect(allows(&acl, "10.31.255.255"));
    cr_expect_not(allows(&acl, "2001:db8:ffff::1"));
    cr_expect(allows(&acl, "2001:db8:7fff::1"));
    s5ad_acl_wipe(&acl);
}

Test(server_acl, malformed_rules_are_refused)
{
    static const char *const wrong[] = {
        "",         "host",    "10.0.0.0/33", "10.0.0.0/",   "10.0.0.0/-1", "10.0.0.1/8",
        "10.0.0/8", "::1/129", "fe80::1/10",  "10.0.0.0/8x", "10.0.0.0/ 8"
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct s5ad_acl_rule rule;
        cr_expect_not(s5ad_acl_rule_parse(&rule, wrong[i]), "%s", wrong[i]);
    }
}

Test(server_acl, no_address_is_refused)
{
    struct s5ad_acl acl = { .allow_loopback = true };
    struct s5ad_sockaddr none = { .any = { .sa_family = AF_UNSPEC } };
    cr_expect_not_null(s5ad_acl_objection(&acl, &none));
}

/* Rules of a user deny more, and allow nothing that is closed. */
Test(server_acl, denial_is_by_the_first_rule_that_fits)
{
    static const struct {
        const char *ip;
        bool denied;
    } cases[] = { { "192.0.2.7", false },
                  { "192.0.2.8", true },
                  { "198.51.100.1", false },
                  { "127.0.0.1", false },
                  { "2001:db8::1", true } };
    struct s5ad_acl acl = { 0 }, copy = { 0 };
    add(&acl, true, "192.0.2.7");
    add(&acl, false, "192.0.2.0/24");
    add(&acl, false, "::/0");
    cr_assert(s5ad_acl_copy(&copy, &acl));
    s5ad_acl_wipe(&acl);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct s5ad_sockaddr at;
        char text[64];
        snprintf(text, sizeof text, strchr(cases[i].ip, ':') ? "[%s]:80" : "%s:80", cases[i].ip);
        cr_assert(s5ad_sockaddr_parse(&at, text));
        cr_expect_eq(s5ad_acl_denial(&copy, &at) != NULL, cases[i].denied, "%s", cases[i].ip);
    }
    s5ad_acl_wipe(&copy);
}
