/* getnameinfo. */
#include "shim/names/nameinfo.h"

#include "tests/unit/names_lab.h"

TestSuite(names_nameinfo, .init = lab_set_up, .fini = lab_tear_down);

static int name_of(const char *ip, int flags, char *host, socklen_t len)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(80) };
    char service[32] = "";
    cr_assert_eq(inet_pton(AF_INET, ip, &at.sin_addr), 1);
    int code = s5a_names_getnameinfo(&lab_names, (struct sockaddr *)&at, sizeof(at), host, len,
                                     service, sizeof(service), flags);
    if (code == 0)
        cr_assert_str_eq(service, flags & NI_NUMERICSERV ? "80" : "http");
    return code;
}

Test(names_nameinfo, getnameinfo_knows_fake_addresses_and_the_hosts_file)
{
    char v4[INET_ADDRSTRLEN];
    char v6[INET6_ADDRSTRLEN];
    char host[NI_MAXHOST];
    lab_fake_text("host.example", v4, v6);
    cr_assert_eq(name_of(v4, 0, host, sizeof(host)), 0);
    cr_assert_str_eq(host, "host.example");
    cr_assert_eq(name_of(v4, NI_NAMEREQD | NI_NUMERICSERV, host, sizeof(host)), 0);
    cr_assert_str_eq(host, "host.example");
    cr_assert_eq(name_of(v4, NI_NUMERICHOST, host, sizeof(host)), 0);
    cr_assert_str_eq(host, v4);
    cr_assert_eq(name_of("192.0.2.1", 0, host, sizeof(host)), 0);
    cr_assert_str_eq(host, "v4.example");
}

Test(names_nameinfo, getnameinfo_writes_numbers_where_nothing_is_known)
{
    char host[NI_MAXHOST];
    cr_assert_eq(name_of("192.0.2.77", 0, host, sizeof(host)), 0);
    cr_assert_str_eq(host, "192.0.2.77");
    cr_assert_eq(name_of("192.0.2.77", NI_NAMEREQD, host, sizeof(host)), EAI_NONAME);
    cr_assert_eq(name_of("198.18.99.99", NI_NAMEREQD, host, sizeof(host)), EAI_NONAME);
}

Test(names_nameinfo, getnameinfo_checks_room_and_arguments)
{
    char host[NI_MAXHOST];
    struct sockaddr_in at = { .sin_family = AF_INET };
    cr_assert_eq(name_of("192.0.2.1", 0, host, 10), EAI_OVERFLOW);
    cr_assert_eq(name_of("192.0.2.1", 0, host, 11), 0);
    cr_assert_eq(name_of("192.0.2.1", 1 << 20, host, sizeof(host)), EAI_BADFLAGS);
    cr_assert_eq(s5a_names_getnameinfo(&lab_names, (struct sockaddr *)&at, 4, host, sizeof(host),
                                       NULL, 0, 0),
                 EAI_FAMILY);
}
