/* Which names are answered, and by whom: the hosts file, the map or nobody. */
#include "shim/names/names.h"

#include "tests/unit/names_lab.h"

/* with the letter that needs an encoding */
#define BUECHER  \
    ("b\xc3\xbc" \
     "cher.example")

TestSuite(names, .init = lab_set_up, .fini = lab_tear_down);

Test(names, hosts_file_answers_before_the_map)
{
    lab_expect_list("four", "80",
                    (struct addrinfo){ .ai_flags = AI_CANONNAME, .ai_socktype = SOCK_STREAM },
                    "192.0.2.1:80/1/6/2/v4.example ");
    lab_expect_list("v6.example.", "80", (struct addrinfo){ .ai_socktype = SOCK_STREAM },
                    "2001:db8::1:80/1/6/0/ ");
    lab_expect_list("both.example", "80",
                    (struct addrinfo){ .ai_family = AF_INET, .ai_socktype = SOCK_STREAM },
                    "192.0.2.2:80/1/6/0/ 192.0.2.3:80/1/6/0/ ");
    cr_assert_not(lab_map_was_asked);
}

Test(names, hosts_name_of_another_family_is_none_unless_mapped)
{
    cr_assert_eq(lab_code_for("v4.example", "80", 0, AF_INET6), EAI_NONAME);
    cr_assert_eq(lab_code_for("v6.example", "80", 0, AF_INET), EAI_NONAME);
    lab_expect_list("v4.example", "80",
                    (struct addrinfo){ .ai_flags = AI_V4MAPPED | AI_CANONNAME,
                                       .ai_family = AF_INET6,
                                       .ai_socktype = SOCK_STREAM },
                    "::ffff:192.0.2.1:80/1/6/a/v4.example ");
    cr_assert_not(lab_map_was_asked);
}

Test(names, mapped_and_all_give_both_of_the_hosts_file)
{
    struct addrinfo *list = NULL;
    struct addrinfo hints = { .ai_flags = AI_V4MAPPED | AI_ALL,
                              .ai_family = AF_INET6,
                              .ai_socktype = SOCK_STREAM };
    unsigned count = 0;
    cr_assert_eq(s5a_names_getaddrinfo(&lab_names, "both.example", "80", &hints, &list), 0);
    for (struct addrinfo *entry = list; entry != NULL; entry = entry->ai_next)
        count++;
    cr_assert_eq(count, 3);
    freeaddrinfo(list);
}

Test(names, localhost_never_gets_a_fake_address)
{
    lab_write_hosts("");
    lab_expect_list("x.localhost", "80",
                    (struct addrinfo){ .ai_family = AF_INET, .ai_socktype = SOCK_STREAM },
                    "127.0.0.1:80/1/6/0/ ");
    lab_expect_list("LOCALHOST.", "80",
                    (struct addrinfo){ .ai_family = AF_INET6, .ai_socktype = SOCK_STREAM },
                    "::1:80/1/6/0/ ");
    lab_write_hosts("::1 localhost\n");
    lab_expect_list("localhost", "80",
                    (struct addrinfo){ .ai_family = AF_INET, .ai_socktype = SOCK_STREAM },
                    "127.0.0.1:80/1/6/0/ ");
    cr_assert_not(lab_map_was_asked);
}

Test(names, what_cannot_be_a_host_name_is_none_and_enters_no_map)
{
    static const char *const wrong[] = { "",       ".",     "..",    "a..b",           ".a",
                                         "a b",    "-a",    "a/b",   "fe80::1%nosuch", "a\tb",
                                         "a:80",   BUECHER, "[::1]", "1.2.3.4%lo",     "1.2.3.4.",
                                         "0x7f.1." };
    char name[300];
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        cr_assert_eq(lab_code_for(wrong[i], "80", 0, AF_UNSPEC), EAI_NONAME, "%s", wrong[i]);
    memset(name, 'a', sizeof(name));
    name[64] = '\0';
    cr_assert_eq(lab_code_for(name, "80", 0, AF_UNSPEC), EAI_NONAME);
    for (size_t at = 9; at < sizeof(name); at += 10)
        name[at] = '.';
    name[64] = 'a';
    name[256] = '\0';
    cr_assert_eq(lab_code_for(name, "80", 0, AF_UNSPEC), EAI_NONAME);
    cr_assert_not(lab_map_was_asked);
    name[255] = '\0';
    cr_assert_eq(lab_code_for(name, "80", 0, AF_UNSPEC), 0);
}

Test(names, unusual_names_are_names)
{
    static const char *const right[] = { "redis",      "a_b.example", "_srv._tcp.example",
                                         "x.onion",    "1.2.3.4.5",   "xn--bcher-kva.example",
                                         "a-.example", "0x7g" };
    for (size_t i = 0; i < sizeof(right) / sizeof(*right); i++)
        cr_assert_eq(lab_code_for(right[i], "80", 0, AF_UNSPEC), 0, "%s", right[i]);
}

Test(names, deny_mode_knows_the_hosts_file_alone)
{
    lab_config.dns_mode = S5A_DNS_DENY;
    cr_assert_eq(lab_code_for("host.example", "80", 0, AF_UNSPEC), EAI_NONAME);
    cr_assert_eq(lab_code_for("v4.example", "80", 0, AF_UNSPEC), 0);
    cr_assert_eq(lab_code_for("192.0.2.1", "80", 0, AF_UNSPEC), 0);
    cr_assert_not(lab_map_was_asked);
}

Test(names, full_range_is_told_as_temporary)
{
    lab_given_config = &lab_config;
    s5a_fakemap_close(lab_map);
    lab_map = NULL;
    cr_assert_eq(lab_code_for("host.example", "80", 0, AF_UNSPEC), EAI_AGAIN);
}

Test(names, cut_nss_works_after_a_look_up)
{
    struct servent *service = getservbyname("http", "tcp");
    struct addrinfo *list = NULL;
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_family = AF_INET };
    (void)service;
    cr_assert_eq(getaddrinfo("localhost", "80", &hints, &list), 0); /* a first look-up */
    freeaddrinfo(list);
    s5a_names_cut_nss();
    cr_assert_eq(getaddrinfo("host.example.invalid", "80", &hints, &list), EAI_NONAME);
    cr_assert_eq(getaddrinfo("localhost", "80", &hints, &list), 0);
    freeaddrinfo(list);
}
