/* client/routes/prefix: ranges of addresses. */
#include "client/routes/prefix.h"

#include <criterion/criterion.h>
#include <string.h>

#include "client/word.h"

static struct s5a_prefix prefix(const char *text)
{
    struct s5a_prefix parsed;
    cr_assert_eq(s5a_prefix_parse(&parsed, s5a_word(text)), S5A_OK, "%s", text);
    return parsed;
}

static bool contains(const char *range, const char *address)
{
    struct s5a_prefix parsed = prefix(range);
    struct s5a_address at;
    cr_assert_eq(s5a_address_parse(&at, s5a_word(address)), S5A_OK, "%s", address);
    return s5a_prefix_contains(&parsed, &at);
}

Test(prefix, host_bits_are_cleared)
{
    struct s5a_prefix parsed = prefix("10.255.255.255/9");
    cr_assert_eq(parsed.bits, 9);
    cr_assert_arr_eq(parsed.address.ip, ((uint8_t[]){ 10, 128, 0, 0 }), 4);
}

Test(prefix, one_address_has_all_its_bits)
{
    cr_assert_eq(prefix("192.0.2.1").bits, 32);
    cr_assert_eq(prefix("2001:db8::1").bits, 128);
}

Test(prefix, ends_of_a_range_are_in_it_and_their_neighbours_are_not)
{
    cr_assert(contains("10.1.0.0/20", "10.1.0.0"));
    cr_assert(contains("10.1.0.0/20", "10.1.15.255"));
    cr_assert_not(contains("10.1.0.0/20", "10.1.16.0"));
    cr_assert_not(contains("10.1.0.0/20", "10.0.255.255"));
    cr_assert(contains("2001:db8::/33", "2001:db8:7fff::1"));
    cr_assert_not(contains("2001:db8::/33", "2001:db8:8000::"));
}

Test(prefix, no_bits_mean_the_whole_family)
{
    cr_assert(contains("0.0.0.0/0", "203.0.113.9"));
    cr_assert(contains("::/0", "2001:db8::1"));
    cr_assert_not(contains("0.0.0.0/0", "2001:db8::1"));
    cr_assert_not(contains("::/0", "203.0.113.9"));
}

Test(prefix, mapped_addresses_count_as_ipv4)
{
    cr_assert(contains("10.0.0.0/8", "::ffff:10.2.3.4"));
    cr_assert_not(contains("::/0", "::ffff:10.2.3.4"));
}

Test(prefix, mapped_ranges_are_ranges_of_ipv4)
{
    struct s5a_prefix parsed = prefix("::ffff:10.0.0.0/104");
    cr_assert_eq(parsed.address.type, S5A_ATYP_IPV4);
    cr_assert_eq(parsed.bits, 8);
    cr_assert(contains("::ffff:10.0.0.0/104", "10.2.3.4"));
}

Test(prefix, names_are_in_no_range)
{
    cr_assert_not(contains("0.0.0.0/0", "host.example"));
}

Test(prefix, what_is_no_range_is_malformed)
{
    static const char *const wrong[] = {
        "",     "10.0.0.0/33", "10.0.0.0/",    "10.0.0.0/-1", "::/129", "a/8",
        "10/8", "/8",          "10.0.0.0/8/8", "10.0.0.0 /8", "unix:/8"
    };
    struct s5a_prefix parsed;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        cr_assert_eq(s5a_prefix_parse(&parsed, s5a_word(wrong[i])), S5A_MALFORMED, "%s", wrong[i]);
}
