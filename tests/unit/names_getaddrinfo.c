/* getaddrinfo: what its arguments ask for, and the form of its answers. */
#include "shim/names/getaddrinfo.h"

#include <errno.h>
#include <locale.h>

#include "tests/unit/names_lab.h"

TestSuite(names_getaddrinfo, .init = lab_set_up, .fini = lab_tear_down);

Test(names_getaddrinfo, unspec_is_answered_with_the_fake_ipv4_address_alone)
{
    char v4[INET_ADDRSTRLEN];
    char v6[INET6_ADDRSTRLEN];
    char text[256];
    lab_fake_text("host.example", v4, v6);
    snprintf(text, sizeof(text), "%s:80/1/6/0/ ", v4);
    lab_expect_list("host.example", "80", (struct addrinfo){ .ai_socktype = SOCK_STREAM }, text);
}

Test(names_getaddrinfo, families_are_answered_in_kind)
{
    char v4[INET_ADDRSTRLEN];
    char v6[INET6_ADDRSTRLEN];
    char text[256];
    lab_fake_text("host.example", v4, v6);
    snprintf(text, sizeof(text), "%s:80/1/6/0/ ", v4);
    lab_expect_list("host.example", "80",
                    (struct addrinfo){ .ai_family = AF_INET, .ai_socktype = SOCK_STREAM }, text);
    snprintf(text, sizeof(text), "%s:80/1/6/0/ ", v6);
    lab_expect_list("host.example", "80",
                    (struct addrinfo){ .ai_family = AF_INET6, .ai_socktype = SOCK_STREAM }, text);
    snprintf(text, sizeof(text), "%s:80/1/6/18/ ", v6);
    lab_expect_list("host.example", "80",
                    (struct addrinfo){ .ai_family = AF_INET6,
                                       .ai_socktype = SOCK_STREAM,
                                       .ai_flags = AI_V4MAPPED | AI_ALL },
                    text);
}

Test(names_getaddrinfo, no_hints_mean_all_socket_types_and_default_flags)
{
    char v4[INET_ADDRSTRLEN];
    char v6[INET6_ADDRSTRLEN];
    char text[256];
    char found[4096];
    struct addrinfo *list = NULL;
    lab_fake_text("host.example", v4, v6);
    cr_assert_eq(s5a_names_getaddrinfo(&lab_names, "host.example", "domain", NULL, &list), 0);
    lab_format(list, found, sizeof(found));
    freeaddrinfo(list);
    snprintf(text, sizeof(text), "%s:53/1/6/28/ %s:53/2/17/28/ ", v4, v4);
    cr_assert_str_eq(found, text, "%s", found);
}

Test(names_getaddrinfo, canonical_name_is_the_name_without_its_final_dot)
{
    char v4[INET_ADDRSTRLEN];
    char v6[INET6_ADDRSTRLEN];
    char text[256];
    lab_fake_text("host.example", v4, v6);
    snprintf(text, sizeof(text), "%s:0/1/6/2/Host.example %s:0/2/17/2/ %s:0/3/0/2/ ", v4, v4, v4);
    lab_expect_list("Host.example.", NULL, (struct addrinfo){ .ai_flags = AI_CANONNAME }, text);
}

Test(names_getaddrinfo, wrong_arguments_are_told_before_the_map_is_asked)
{
    struct addrinfo *list = NULL;
    struct addrinfo hints = { .ai_socktype = 77 };
    cr_assert_eq(s5a_names_getaddrinfo(&lab_names, NULL, NULL, NULL, &list), EAI_NONAME);
    cr_assert_eq(s5a_names_getaddrinfo(&lab_names, "host.example", "80", &hints, &list),
                 EAI_SOCKTYPE);
    cr_assert_eq(lab_code_for("host.example", "80", 0x40000, AF_UNSPEC), EAI_BADFLAGS);
    cr_assert_eq(lab_code_for(NULL, "80", AI_CANONNAME, AF_UNSPEC), EAI_BADFLAGS);
    cr_assert_eq(lab_code_for("host.example", "80", 0, AF_UNIX), EAI_FAMILY);
    cr_assert_eq(lab_code_for("host.example", "no-such-service", 0, AF_UNSPEC), EAI_SERVICE);
    cr_assert_eq(lab_code_for("host.example", "http", AI_NUMERICSERV, AF_UNSPEC), EAI_NONAME);
    cr_assert_eq(lab_code_for("host.example", "80", AI_NUMERICHOST, AF_UNSPEC), EAI_NONAME);
    cr_assert_eq(lab_code_for("host.example", "tftp", 0, AF_UNSPEC), EAI_SERVICE);
    cr_assert_not(lab_map_was_asked);
}

Test(names_getaddrinfo, literals_need_no_configuration)
{
    lab_given_config = NULL;
    cr_assert_eq(lab_code_for("192.0.2.1", "80", 0, AF_UNSPEC), 0);
    cr_assert_eq(lab_code_for("fe80::1%lo", "80", 0, AF_UNSPEC), 0);
    cr_assert_eq(lab_code_for(NULL, "80", AI_PASSIVE, AF_UNSPEC), 0);
    cr_assert_eq(lab_code_for("host.example", "80", 0, AF_UNSPEC), EAI_NONAME);
    cr_assert_not(lab_map_was_asked);
}

Test(names_getaddrinfo, addrconfig_does_not_hide_what_the_proxy_can_reach)
{
    cr_assert_eq(lab_code_for("host.example", "80", AI_ADDRCONFIG, AF_INET), 0);
    cr_assert_eq(lab_code_for("host.example", "80", AI_ADDRCONFIG, AF_INET6), 0);
    cr_assert_eq(lab_code_for("192.0.2.1", "80", AI_ADDRCONFIG, AF_INET), 0);
    cr_assert_eq(lab_code_for("2001:db8::1", "80", AI_ADDRCONFIG, AF_INET6), 0);
}

Test(names_getaddrinfo, errno_is_preserved)
{
    errno = 12345;
    cr_assert_eq(lab_code_for("host.example", "80", 0, AF_UNSPEC), 0);
    cr_assert_eq(errno, 12345);
    cr_assert_eq(lab_code_for("a b", "80", 0, AF_UNSPEC), EAI_NONAME);
    cr_assert_eq(errno, 12345);
    cr_assert_eq(lab_code_for("four", "80", 0, AF_UNSPEC), 0);
    cr_assert_eq(errno, 12345);
}

Test(names_getaddrinfo, idn_is_converted_as_libc_does)
{
    struct s5a_fake fake;
    char text[256];
    char ip[INET_ADDRSTRLEN];
    if (setlocale(LC_ALL, "C.UTF-8") == NULL)
        cr_skip_test("no UTF-8 locale");
    if (lab_code_for("b\xc3\xbc"
                     "cher.example",
                     "80", AI_IDN, AF_UNSPEC) == EAI_IDN_ENCODE)
        cr_skip_test("libc cannot convert");
    cr_assert(s5a_fakemap_put(lab_map, span("xn--bcher-kva.example"), &fake));
    inet_ntop(AF_INET, &fake.v4, ip, sizeof(ip));
    snprintf(text, sizeof(text), "%s:80/1/6/42/xn--bcher-kva.example ", ip);
    lab_expect_list(
        "b\xc3\xbc"
        "cher.example",
        "80", (struct addrinfo){ .ai_flags = AI_IDN | AI_CANONNAME, .ai_socktype = SOCK_STREAM },
        text);
    snprintf(text, sizeof(text),
             "%s:80/1/6/c2/b\xc3\xbc"
             "cher.example ",
             ip);
    lab_expect_list("b\xc3\xbc"
                    "cher.example",
                    "80",
                    (struct addrinfo){ .ai_flags = AI_IDN | AI_CANONNAME | AI_CANONIDN,
                                       .ai_socktype = SOCK_STREAM },
                    text);
    cr_assert_eq(lab_code_for("b\xff"
                              "cher.example",
                              "80", AI_IDN, AF_UNSPEC),
                 EAI_IDN_ENCODE);
}
