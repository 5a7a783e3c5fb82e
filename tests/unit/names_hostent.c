/* gethostbyname and kin. */
#include "shim/names/hostent.h"

#include <errno.h>

#include "tests/unit/names_lab.h"

TestSuite(names_hostent, .init = lab_set_up, .fini = lab_tear_down);

static struct hostent *by_name(const char *name, int family)
{
    return s5a_names_static_by_name(&lab_names, name, family);
}

Test(names_hostent, gethostbyname_gives_the_fake_address)
{
    struct s5a_fake fake;
    cr_assert(s5a_fakemap_put(lab_map, span("host.example"), &fake));
    struct hostent *entry = by_name("host.example", AF_INET);
    cr_assert_not_null(entry);
    cr_assert_str_eq(entry->h_name, "host.example");
    cr_assert_eq(entry->h_addrtype, AF_INET);
    cr_assert_eq(entry->h_length, 4);
    cr_assert_null(entry->h_aliases[0]);
    cr_assert_arr_eq(entry->h_addr_list[0], &fake.v4, 4);
    cr_assert_null(entry->h_addr_list[1]);
    entry = by_name("host.example", AF_INET6);
    cr_assert_eq(entry->h_length, 16);
    cr_assert_arr_eq(entry->h_addr_list[0], &fake.v6, 16);
}

Test(names_hostent, gethostbyname_gives_all_of_the_hosts_file)
{
    struct hostent *entry = by_name("both.example", AF_INET);
    cr_assert_not_null(entry);
    cr_assert_str_eq(entry->h_name, "both.example");
    cr_assert_str_eq(entry->h_aliases[0], "b1");
    cr_assert_null(entry->h_aliases[1]);
    cr_assert_eq((uint8_t)entry->h_addr_list[0][3], 2);
    cr_assert_eq((uint8_t)entry->h_addr_list[1][3], 3);
    cr_assert_null(entry->h_addr_list[2]);
}

Test(names_hostent, gethostbyname_sets_h_errno)
{
    h_errno = 0;
    cr_assert_null(by_name("a b", AF_INET));
    cr_assert_eq(h_errno, HOST_NOT_FOUND);
    h_errno = 0;
    cr_assert_null(by_name("host.example", AF_UNIX));
    cr_assert_eq(h_errno, NETDB_INTERNAL);
    cr_assert_eq(errno, EAFNOSUPPORT);
    h_errno = 0;
    lab_config.dns_mode = S5A_DNS_DENY;
    cr_assert_null(by_name("host.example", AF_INET));
    cr_assert_eq(h_errno, HOST_NOT_FOUND);
}

Test(names_hostent, earlier_static_results_outlive_some_calls)
{
    struct hostent *first = by_name("first.example", AF_INET);
    for (int i = 0; i < S5A_HOSTENT_RING - 1; i++)
        (void)by_name("other.example", AF_INET);
    cr_assert_str_eq(first->h_name, "first.example");
}

Test(names_hostent, every_buffer_that_is_too_small_is_erange_and_nothing_past_it_is_written)
{
    _Alignas(16) char bytes[1024];
    struct hostent entry;
    struct hostent *result;
    int error;
    size_t fits = 0;
    for (size_t shift = 0; shift < 8; shift++) {
        for (size_t len = 0; len < 512; len++) {
            memset(bytes, 0x5a, sizeof(bytes));
            struct s5a_hostent_place place = { &entry, bytes + shift, len, &result, &error };
            errno = 0;
            int code = s5a_names_hostent_by_name(&lab_names, "both.example", AF_INET, &place);
            for (size_t at = shift + len; at < sizeof(bytes); at++)
                cr_assert_eq(bytes[at], 0x5a);
            if (code == 0) {
                fits++;
                cr_assert_eq((uintptr_t)result->h_addr_list % sizeof(char *), 0);
                cr_assert_eq((uintptr_t)result->h_addr_list[1] % 4, 0);
                cr_assert_str_eq(result->h_aliases[0], "b1");
                continue;
            }
            cr_assert_eq(code, ERANGE);
            cr_assert_eq(errno, ERANGE);
            cr_assert_eq(error, NETDB_INTERNAL);
            cr_assert_null(result);
        }
    }
    cr_assert_gt(fits, 8 * 350);
}

Test(names_hostent, gethostbyaddr_finds_fake_names_then_the_hosts_file)
{
    struct s5a_fake fake;
    uint8_t ip[4] = { 192, 0, 2, 1 };
    cr_assert(s5a_fakemap_put(lab_map, span("host.example"), &fake));
    struct hostent *entry = s5a_names_static_by_address(&lab_names, &fake.v4, 4, AF_INET);
    cr_assert_str_eq(entry->h_name, "host.example");
    cr_assert_arr_eq(entry->h_addr_list[0], &fake.v4, 4);
    entry = s5a_names_static_by_address(&lab_names, &fake.v6, 16, AF_INET6);
    cr_assert_str_eq(entry->h_name, "host.example");
    entry = s5a_names_static_by_address(&lab_names, ip, 4, AF_INET);
    cr_assert_str_eq(entry->h_name, "v4.example");
    cr_assert_str_eq(entry->h_aliases[0], "four");
    ip[3] = 99;
    h_errno = 0;
    cr_assert_null(s5a_names_static_by_address(&lab_names, ip, 4, AF_INET));
    cr_assert_eq(h_errno, HOST_NOT_FOUND);
    cr_assert_null(s5a_names_static_by_address(&lab_names, ip, 3, AF_INET));
    cr_assert_eq(h_errno, NETDB_INTERNAL);
    cr_assert_null(s5a_names_static_by_address(&lab_names, &in6addr_any, 16, AF_INET6));
    cr_assert_eq(h_errno, HOST_NOT_FOUND);
}
