/* Names and their fake addresses, there and back. */
#include "client/names/fakemap.h"

#include "tests/unit/fakemap_lab.h"

TestSuite(fakemap, .init = lab_set_up, .fini = lab_tear_down);

static struct s5a_address address(const char *text)
{
    struct s5a_address parsed;
    cr_assert_eq(s5a_address_parse(&parsed, span(text)), S5A_OK);
    return parsed;
}

Test(fakemap, name_has_the_same_addresses_each_time)
{
    struct s5a_fakemap *map = s5a_fakemap_open(&lab_config);
    struct s5a_fake first = lab_put(map, "host.example");
    cr_assert_not(lab_same(lab_put(map, "other.example"), first));
    cr_assert(lab_same(lab_put(map, "host.example"), first));
    s5a_fakemap_close(map);
}

Test(fakemap, both_addresses_lead_back_to_the_name)
{
    struct s5a_fakemap *map = s5a_fakemap_open(&lab_config);
    struct s5a_fake fake = lab_put(map, "host.example");
    struct s5a_address v4 = lab_v4_of(&fake);
    struct s5a_address v6 = lab_v6_of(&fake);
    lab_expect_name(map, &v4, "host.example");
    lab_expect_name(map, &v6, "host.example");
    cr_assert(s5a_fake_contains(&lab_config, &v4));
    cr_assert(s5a_fake_contains(&lab_config, &v6));
    s5a_fakemap_close(map);
}

Test(fakemap, mapped_address_leads_back_to_the_name)
{
    struct s5a_fakemap *map = s5a_fakemap_open(&lab_config);
    struct s5a_fake fake = lab_put(map, "host.example");
    uint8_t ip[16] = { [10] = 0xff, [11] = 0xff };
    memcpy(ip + 12, &fake.v4, 4);
    struct s5a_address mapped = s5a_address_ipv6(ip);
    lab_expect_name(map, &mapped, "host.example");
    cr_assert(s5a_fake_contains(&lab_config, &mapped));
    s5a_fakemap_close(map);
}

Test(fakemap, case_is_kept_out)
{
    struct s5a_fakemap *map = s5a_fakemap_open(&lab_config);
    struct s5a_fake fake = lab_put(map, "Host.EXAMPLE");
    struct s5a_address v4 = lab_v4_of(&fake);
    cr_assert(lab_same(lab_put(map, "hOST.example"), fake));
    lab_expect_name(map, &v4, "host.example");
    s5a_fakemap_close(map);
}

Test(fakemap, name_of_255_bytes_fits_and_wrong_ones_do_not)
{
    char name[258];
    struct s5a_fake fake;
    struct s5a_fakemap *map = s5a_fakemap_open(&lab_config);
    memset(name, 'x', sizeof(name));
    cr_assert(s5a_fakemap_put(map, (struct s5a_span){ (uint8_t *)name, 255 }, &fake));
    struct s5a_address v4 = lab_v4_of(&fake);
    name[255] = '\0';
    lab_expect_name(map, &v4, name);
    cr_assert_not(s5a_fakemap_put(map, (struct s5a_span){ (uint8_t *)name, 0 }, &fake));
    name[255] = 'x';
    cr_assert_not(s5a_fakemap_put(map, (struct s5a_span){ (uint8_t *)name, 256 }, &fake));
    cr_assert_not(s5a_fakemap_put(map, (struct s5a_span){ (const uint8_t *)"a\0b", 3 }, &fake));
    s5a_fakemap_close(map);
}

Test(fakemap, addresses_given_to_nobody_have_no_name)
{
    static const char *const nobody[] = { "198.18.0.0",
                                          "198.19.255.255",
                                          "198.18.77.77",
                                          "198.17.255.255",
                                          "198.20.0.0",
                                          "127.0.0.1",
                                          "fd73:6f63:6b73:3561::",
                                          "fd73:6f63:6b73:3561::ffff:ffff",
                                          "fd73:6f63:6b73:3562::1",
                                          "::",
                                          "host.example" };
    char name[S5A_NAME_MAX + 1];
    struct s5a_fakemap *map = s5a_fakemap_open(&lab_config);
    for (size_t i = 0; i < sizeof(nobody) / sizeof(*nobody); i++) {
        struct s5a_address at = address(nobody[i]);
        cr_assert_eq(s5a_fakemap_name(map, &at, name), 0, "%s", nobody[i]);
    }
    s5a_fakemap_close(map);
}

Test(fakemap, full_range_refuses_new_names_and_keeps_the_old)
{
    char name[32];
    struct s5a_fake fake;
    struct s5a_fake fakes[14];
    lab_config.fake4 = lab_prefix("192.0.2.16/28");
    struct s5a_fakemap *map = s5a_fakemap_open(&lab_config);
    for (unsigned i = 0; i < 14; i++) {
        snprintf(name, sizeof(name), "host%u", i);
        fakes[i] = lab_put(map, name);
        struct s5a_address v4 = lab_v4_of(&fakes[i]);
        cr_assert(s5a_fake_contains(&lab_config, &v4));
        cr_assert_neq(v4.ip[3], 16);
        cr_assert_neq(v4.ip[3], 31);
    }
    cr_assert_not(s5a_fakemap_put(map, span("one-more"), &fake));
    cr_assert(lab_same(lab_put(map, "host3"), fakes[3]));
    s5a_fakemap_close(map);
}

Test(fakemap, range_without_room_gives_nothing)
{
    struct s5a_fake fake;
    lab_config.fake4 = lab_prefix("192.0.2.16/31");
    struct s5a_fakemap *map = s5a_fakemap_open(&lab_config);
    cr_assert_not_null(map);
    cr_assert_not(s5a_fakemap_put(map, span("host.example"), &fake));
    s5a_fakemap_close(map);
}

Test(fakemap, other_ranges_leave_the_map_of_these_alone)
{
    struct s5a_config others = lab_config;
    struct s5a_fakemap *map = s5a_fakemap_open(&lab_config);
    struct s5a_fake fake = lab_put(map, "host.example");
    others.fake4 = lab_prefix("10.0.0.0/8");
    others.fake6 = lab_prefix("fd00::/32");
    struct s5a_fakemap *other = s5a_fakemap_open(&others);
    struct s5a_fake elsewhere = lab_put(other, "host.example");
    struct s5a_address v6 = lab_v6_of(&elsewhere);
    lab_expect_name(other, &v6, "host.example");
    s5a_fakemap_close(map);
    map = s5a_fakemap_open(&lab_config);
    cr_assert(lab_same(lab_put(map, "host.example"), fake));
    s5a_fakemap_close(map);
    s5a_fakemap_close(other);
    (void)unlink(lab_file_path());
}
