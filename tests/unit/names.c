#include "shim/names/names.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <netdb.h>
#include <nss.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/names/async.h"
#include "shim/names/dns.h"
#include "shim/names/getaddrinfo.h"
#include "shim/names/hostent.h"
#include "shim/names/nameinfo.h"
#include "shim/names/res.h"
#include "tests/unit/span.h"

/* with the letter that needs an encoding */
#define BUECHER  \
    ("b\xc3\xbc" \
     "cher.example")

static char hosts[64];
static struct s5a_config config;
static struct s5a_fakemap *map;
static const struct s5a_config *given_config = &config;
static bool map_was_asked;

static const struct s5a_config *get_config(void)
{
    return given_config;
}

static struct s5a_fakemap *get_map(void)
{
    map_was_asked = true;
    return map;
}

static const struct s5a_names names = { get_config, get_map };

static void write_hosts(const char *text)
{
    FILE *file = fopen(hosts, "w");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
}

static void set_up(void)
{
    strcpy(hosts, "/tmp/s5a-names-XXXXXX");
    int fd = mkstemp(hosts);
    cr_assert_geq(fd, 0);
    close(fd);
    write_hosts("127.0.0.1 localhost\n::1 localhost\n192.0.2.1 v4.example four\n"
                "2001:db8::1 v6.example\n192.0.2.2 both.example b1\n2001:db8::2 both.example b2\n"
                "192.0.2.3 both.example\n");
    cr_assert_eq(s5a_prefix_parse(&config.fake4, span("198.18.0.0/15")), S5A_OK);
    cr_assert_eq(s5a_prefix_parse(&config.fake6, span("fd73:6f63:6b73:3561::/96")), S5A_OK);
    config.hosts_file = hosts;
    map = s5a_fakemap_open(&config); /* anonymous: no state directory */
    cr_assert_not_null(map);
}

static void tear_down(void)
{
    s5a_fakemap_close(map);
    (void)unlink(hosts);
}

TestSuite(names, .init = set_up, .fini = tear_down);

/* A list as text: "address/socktype/protocol/flags/canonical " for each. */
static void format(const struct addrinfo *list, char *out, size_t cap)
{
    out[0] = '\0';
    for (; list != NULL; list = list->ai_next) {
        char host[64];
        char service[16];
        size_t len = strlen(out);
        cr_assert_eq(getnameinfo(list->ai_addr, list->ai_addrlen, host, sizeof(host), service,
                                 sizeof(service), NI_NUMERICHOST | NI_NUMERICSERV),
                     0);
        cr_assert_eq(list->ai_addr->sa_family, list->ai_family);
        snprintf(out + len, cap - len, "%s:%s/%d/%d/%x/%s ", host, service, list->ai_socktype,
                 list->ai_protocol, (unsigned)list->ai_flags,
                 list->ai_canonname == NULL ? "" : list->ai_canonname);
    }
}

static void expect_list(const char *node, const char *service, struct addrinfo hints,
                        const char *text)
{
    char found[4096];
    struct addrinfo *list = NULL;
    cr_assert_eq(s5a_names_getaddrinfo(&names, node, service, &hints, &list), 0, "%s", node);
    format(list, found, sizeof(found));
    cr_assert_str_eq(found, text, "%s: %s", node, found);
    freeaddrinfo(list);
}

static int code_for(const char *node, const char *service, int flags, int family)
{
    struct addrinfo *list = NULL;
    struct addrinfo hints = { .ai_flags = flags, .ai_family = family, .ai_socktype = SOCK_STREAM };
    int code = s5a_names_getaddrinfo(&names, node, service, &hints, &list);
    if (code == 0)
        freeaddrinfo(list);
    return code;
}

static void fake_text(const char *name, char v4[static INET_ADDRSTRLEN],
                      char v6[static INET6_ADDRSTRLEN])
{
    struct s5a_fake fake;
    cr_assert(s5a_fakemap_put(map, span(name), &fake));
    inet_ntop(AF_INET, &fake.v4, v4, INET_ADDRSTRLEN);
    inet_ntop(AF_INET6, &fake.v6, v6, INET6_ADDRSTRLEN);
}

/* ---- getaddrinfo ---- */

Test(names, unspec_is_answered_with_the_fake_ipv4_address_alone)
{
    char v4[INET_ADDRSTRLEN];
    char v6[INET6_ADDRSTRLEN];
    char text[256];
    fake_text("host.example", v4, v6);
    snprintf(text, sizeof(text), "%s:80/1/6/0/ ", v4);
    expect_list("host.example", "80", (struct addrinfo){ .ai_socktype = SOCK_STREAM }, text);
}

Test(names, families_are_answered_in_kind)
{
    char v4[INET_ADDRSTRLEN];
    char v6[INET6_ADDRSTRLEN];
    char text[256];
    fake_text("host.example", v4, v6);
    snprintf(text, sizeof(text), "%s:80/1/6/0/ ", v4);
    expect_list("host.example", "80",
                (struct addrinfo){ .ai_family = AF_INET, .ai_socktype = SOCK_STREAM }, text);
    snprintf(text, sizeof(text), "%s:80/1/6/0/ ", v6);
    expect_list("host.example", "80",
                (struct addrinfo){ .ai_family = AF_INET6, .ai_socktype = SOCK_STREAM }, text);
    snprintf(text, sizeof(text), "%s:80/1/6/18/ ", v6);
    expect_list("host.example", "80",
                (struct addrinfo){ .ai_family = AF_INET6,
                                   .ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_V4MAPPED | AI_ALL },
                text);
}

Test(names, no_hints_mean_all_socket_types_and_default_flags)
{
    char v4[INET_ADDRSTRLEN];
    char v6[INET6_ADDRSTRLEN];
    char text[256];
    char found[4096];
    struct addrinfo *list = NULL;
    fake_text("host.example", v4, v6);
    cr_assert_eq(s5a_names_getaddrinfo(&names, "host.example", "domain", NULL, &list), 0);
    format(list, found, sizeof(found));
    freeaddrinfo(list);
    snprintf(text, sizeof(text), "%s:53/1/6/28/ %s:53/2/17/28/ ", v4, v4);
    cr_assert_str_eq(found, text, "%s", found);
}

Test(names, canonical_name_is_the_name_without_its_final_dot)
{
    char v4[INET_ADDRSTRLEN];
    char v6[INET6_ADDRSTRLEN];
    char text[256];
    fake_text("host.example", v4, v6);
    snprintf(text, sizeof(text), "%s:0/1/6/2/Host.example %s:0/2/17/2/ %s:0/3/0/2/ ", v4, v4, v4);
    expect_list("Host.example.", NULL, (struct addrinfo){ .ai_flags = AI_CANONNAME }, text);
}

Test(names, hosts_file_answers_before_the_map)
{
    expect_list("four", "80",
                (struct addrinfo){ .ai_flags = AI_CANONNAME, .ai_socktype = SOCK_STREAM },
                "192.0.2.1:80/1/6/2/v4.example ");
    expect_list("v6.example.", "80", (struct addrinfo){ .ai_socktype = SOCK_STREAM },
                "2001:db8::1:80/1/6/0/ ");
    expect_list("both.example", "80",
                (struct addrinfo){ .ai_family = AF_INET, .ai_socktype = SOCK_STREAM },
                "192.0.2.2:80/1/6/0/ 192.0.2.3:80/1/6/0/ ");
    cr_assert_not(map_was_asked);
}

Test(names, hosts_name_of_another_family_is_none_unless_mapped)
{
    cr_assert_eq(code_for("v4.example", "80", 0, AF_INET6), EAI_NONAME);
    cr_assert_eq(code_for("v6.example", "80", 0, AF_INET), EAI_NONAME);
    expect_list("v4.example", "80",
                (struct addrinfo){ .ai_flags = AI_V4MAPPED | AI_CANONNAME,
                                   .ai_family = AF_INET6,
                                   .ai_socktype = SOCK_STREAM },
                "::ffff:192.0.2.1:80/1/6/a/v4.example ");
    cr_assert_not(map_was_asked);
}

Test(names, mapped_and_all_give_both_of_the_hosts_file)
{
    struct addrinfo *list = NULL;
    struct addrinfo hints = { .ai_flags = AI_V4MAPPED | AI_ALL,
                              .ai_family = AF_INET6,
                              .ai_socktype = SOCK_STREAM };
    unsigned count = 0;
    cr_assert_eq(s5a_names_getaddrinfo(&names, "both.example", "80", &hints, &list), 0);
    for (struct addrinfo *entry = list; entry != NULL; entry = entry->ai_next)
        count++;
    cr_assert_eq(count, 3);
    freeaddrinfo(list);
}

Test(names, localhost_never_gets_a_fake_address)
{
    write_hosts("");
    expect_list("x.localhost", "80",
                (struct addrinfo){ .ai_family = AF_INET, .ai_socktype = SOCK_STREAM },
                "127.0.0.1:80/1/6/0/ ");
    expect_list("LOCALHOST.", "80",
                (struct addrinfo){ .ai_family = AF_INET6, .ai_socktype = SOCK_STREAM },
                "::1:80/1/6/0/ ");
    write_hosts("::1 localhost\n");
    expect_list("localhost", "80",
                (struct addrinfo){ .ai_family = AF_INET, .ai_socktype = SOCK_STREAM },
                "127.0.0.1:80/1/6/0/ ");
    cr_assert_not(map_was_asked);
}

Test(names, what_cannot_be_a_host_name_is_none_and_enters_no_map)
{
    static const char *const wrong[] = { "",       ".",     "..",    "a..b",           ".a",
                                         "a b",    "-a",    "a/b",   "fe80::1%nosuch", "a\tb",
                                         "a:80",   BUECHER, "[::1]", "1.2.3.4%lo",     "1.2.3.4.",
                                         "0x7f.1." };
    char name[300];
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        cr_assert_eq(code_for(wrong[i], "80", 0, AF_UNSPEC), EAI_NONAME, "%s", wrong[i]);
    memset(name, 'a', sizeof(name));
    name[64] = '\0';
    cr_assert_eq(code_for(name, "80", 0, AF_UNSPEC), EAI_NONAME);
    for (size_t at = 9; at < sizeof(name); at += 10)
        name[at] = '.';
    name[64] = 'a';
    name[256] = '\0';
    cr_assert_eq(code_for(name, "80", 0, AF_UNSPEC), EAI_NONAME);
    cr_assert_not(map_was_asked);
    name[255] = '\0';
    cr_assert_eq(code_for(name, "80", 0, AF_UNSPEC), 0);
}

Test(names, unusual_names_are_names)
{
    static const char *const right[] = { "redis",      "a_b.example", "_srv._tcp.example",
                                         "x.onion",    "1.2.3.4.5",   "xn--bcher-kva.example",
                                         "a-.example", "0x7g" };
    for (size_t i = 0; i < sizeof(right) / sizeof(*right); i++)
        cr_assert_eq(code_for(right[i], "80", 0, AF_UNSPEC), 0, "%s", right[i]);
}

Test(names, wrong_arguments_are_told_before_the_map_is_asked)
{
    struct addrinfo *list = NULL;
    struct addrinfo hints = { .ai_socktype = 77 };
    cr_assert_eq(s5a_names_getaddrinfo(&names, NULL, NULL, NULL, &list), EAI_NONAME);
    cr_assert_eq(s5a_names_getaddrinfo(&names, "host.example", "80", &hints, &list), EAI_SOCKTYPE);
    cr_assert_eq(code_for("host.example", "80", 0x40000, AF_UNSPEC), EAI_BADFLAGS);
    cr_assert_eq(code_for(NULL, "80", AI_CANONNAME, AF_UNSPEC), EAI_BADFLAGS);
    cr_assert_eq(code_for("host.example", "80", 0, AF_UNIX), EAI_FAMILY);
    cr_assert_eq(code_for("host.example", "no-such-service", 0, AF_UNSPEC), EAI_SERVICE);
    cr_assert_eq(code_for("host.example", "http", AI_NUMERICSERV, AF_UNSPEC), EAI_NONAME);
    cr_assert_eq(code_for("host.example", "80", AI_NUMERICHOST, AF_UNSPEC), EAI_NONAME);
    cr_assert_eq(code_for("host.example", "tftp", 0, AF_UNSPEC), EAI_SERVICE);
    cr_assert_not(map_was_asked);
}

Test(names, literals_need_no_configuration)
{
    given_config = NULL;
    cr_assert_eq(code_for("192.0.2.1", "80", 0, AF_UNSPEC), 0);
    cr_assert_eq(code_for("fe80::1%lo", "80", 0, AF_UNSPEC), 0);
    cr_assert_eq(code_for(NULL, "80", AI_PASSIVE, AF_UNSPEC), 0);
    cr_assert_eq(code_for("host.example", "80", 0, AF_UNSPEC), EAI_NONAME);
    cr_assert_not(map_was_asked);
}

Test(names, addrconfig_does_not_hide_what_the_proxy_can_reach)
{
    cr_assert_eq(code_for("host.example", "80", AI_ADDRCONFIG, AF_INET), 0);
    cr_assert_eq(code_for("host.example", "80", AI_ADDRCONFIG, AF_INET6), 0);
    cr_assert_eq(code_for("192.0.2.1", "80", AI_ADDRCONFIG, AF_INET), 0);
    cr_assert_eq(code_for("2001:db8::1", "80", AI_ADDRCONFIG, AF_INET6), 0);
}

Test(names, deny_mode_knows_the_hosts_file_alone)
{
    config.dns_mode = S5A_DNS_DENY;
    cr_assert_eq(code_for("host.example", "80", 0, AF_UNSPEC), EAI_NONAME);
    cr_assert_eq(code_for("v4.example", "80", 0, AF_UNSPEC), 0);
    cr_assert_eq(code_for("192.0.2.1", "80", 0, AF_UNSPEC), 0);
    cr_assert_not(map_was_asked);
}

Test(names, full_range_is_told_as_temporary)
{
    given_config = &config;
    s5a_fakemap_close(map);
    map = NULL;
    cr_assert_eq(code_for("host.example", "80", 0, AF_UNSPEC), EAI_AGAIN);
}

Test(names, errno_is_preserved)
{
    errno = 12345;
    cr_assert_eq(code_for("host.example", "80", 0, AF_UNSPEC), 0);
    cr_assert_eq(errno, 12345);
    cr_assert_eq(code_for("a b", "80", 0, AF_UNSPEC), EAI_NONAME);
    cr_assert_eq(errno, 12345);
    cr_assert_eq(code_for("four", "80", 0, AF_UNSPEC), 0);
    cr_assert_eq(errno, 12345);
}

Test(names, idn_is_converted_as_libc_does)
{
    struct s5a_fake fake;
    char text[256];
    char ip[INET_ADDRSTRLEN];
    if (setlocale(LC_ALL, "C.UTF-8") == NULL)
        cr_skip_test("no UTF-8 locale");
    if (code_for("b\xc3\xbc"
                 "cher.example",
                 "80", AI_IDN, AF_UNSPEC) == EAI_IDN_ENCODE)
        cr_skip_test("libc cannot convert");
    cr_assert(s5a_fakemap_put(map, span("xn--bcher-kva.example"), &fake));
    inet_ntop(AF_INET, &fake.v4, ip, sizeof(ip));
    snprintf(text, sizeof(text), "%s:80/1/6/42/xn--bcher-kva.example ", ip);
    expect_list("b\xc3\xbc"
                "cher.example",
                "80",
                (struct addrinfo){ .ai_flags = AI_IDN | AI_CANONNAME, .ai_socktype = SOCK_STREAM },
                text);
    snprintf(text, sizeof(text),
             "%s:80/1/6/c2/b\xc3\xbc"
             "cher.example ",
             ip);
    expect_list("b\xc3\xbc"
                "cher.example",
                "80",
                (struct addrinfo){ .ai_flags = AI_IDN | AI_CANONNAME | AI_CANONIDN,
                                   .ai_socktype = SOCK_STREAM },
                text);
    cr_assert_eq(code_for("b\xff"
                          "cher.example",
                          "80", AI_IDN, AF_UNSPEC),
                 EAI_IDN_ENCODE);
}

/* ---- the real function as oracle: literals and names of the system's own hosts file ---- */

/* libc gives addresses of IPv6 lines twice; we do not. */
static void drop_repeated(char *text)
{
    char out[4096] = "";
    char *rest = NULL;
    for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        if (strstr(out, word) == NULL) {
            strcat(out, word);
            strcat(out, " ");
        }
    }
    strcpy(text, out);
}

static void compare(const char *node, const char *service, const struct addrinfo *hints)
{
    char ours[4096] = "";
    char theirs[4096] = "";
    struct addrinfo *list = NULL;
    int their_code = getaddrinfo(node, service, hints, &list);
    if (their_code == 0) {
        format(list, theirs, sizeof(theirs));
        freeaddrinfo(list);
    }
    int our_code = s5a_names_getaddrinfo(&names, node, service, hints, &list);
    if (our_code == 0) {
        format(list, ours, sizeof(ours));
        freeaddrinfo(list);
    }
    drop_repeated(ours);
    drop_repeated(theirs);
    cr_assert_eq(
        our_code, their_code, "%s %s flags %x family %d socktype %d protocol %d: %d, not %d", node,
        service, hints ? hints->ai_flags : -1, hints ? hints->ai_family : -1,
        hints ? hints->ai_socktype : -1, hints ? hints->ai_protocol : -1, our_code, their_code);
    cr_assert_str_eq(ours, theirs, "%s %s flags %x family %d socktype %d protocol %d: %s, not %s",
                     node, service, hints ? hints->ai_flags : -1, hints ? hints->ai_family : -1,
                     hints ? hints->ai_socktype : -1, hints ? hints->ai_protocol : -1, ours,
                     theirs);
}

static void compare_all(const char *node, const char *service)
{
    static const int flags[] = { 0,
                                 AI_PASSIVE,
                                 AI_CANONNAME,
                                 AI_NUMERICHOST,
                                 AI_NUMERICSERV,
                                 AI_V4MAPPED,
                                 AI_V4MAPPED | AI_ALL,
                                 AI_ALL,
                                 AI_PASSIVE | AI_CANONNAME | AI_NUMERICSERV | AI_V4MAPPED,
                                 AI_CANONNAME | AI_IDN,
                                 AI_CANONNAME | AI_CANONIDN,
                                 0x8000 };
    static const int families[] = { AF_UNSPEC, AF_INET, AF_INET6, AF_UNIX };
    static const int types[] = { 0, SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, 77 };
    static const int protocols[] = { 0, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP, 99 };
    compare(node, service, NULL);
    for (size_t f = 0; f < sizeof(flags) / sizeof(*flags); f++)
        for (size_t a = 0; a < sizeof(families) / sizeof(*families); a++)
            for (size_t t = 0; t < sizeof(types) / sizeof(*types); t++)
                for (size_t p = 0; p < sizeof(protocols) / sizeof(*protocols); p++)
                    compare(node, service,
                            &(struct addrinfo){ .ai_flags = flags[f],
                                                .ai_family = families[a],
                                                .ai_socktype = types[t],
                                                .ai_protocol = protocols[p] });
}

static void look_up_in_files_alone(void)
{
    s5a_names_cut_nss();
    config.hosts_file = (char *)(uintptr_t) "/etc/hosts";
    config.dns_mode = S5A_DNS_DENY;
}

static const char *const services[] = { NULL, "80", "http",  "tftp", "domain", "no-such",
                                        "",   "*",  "65536", "-1",   "0x50" };

Test(names, literals_are_as_the_real_function_says, .timeout = 60)
{
    static const char *const nodes[] = {
        NULL,          "*",  "192.0.2.1",  "127.1",          "0x7f.1",           "2130706433",
        "2001:db8::1", "::", "fe80::1%lo", "fe80::1%nosuch", "::ffff:192.0.2.1", "0.0.0.0",
        "1.2.3.4 "
    };
    look_up_in_files_alone();
    for (size_t n = 0; n < sizeof(nodes) / sizeof(*nodes); n++)
        for (size_t s = 0; s < sizeof(services) / sizeof(*services); s += n % 2 + 1)
            compare_all(nodes[n], services[s]);
}

Test(names, names_of_the_hosts_file_are_as_the_real_function_says, .timeout = 60)
{
    char own[256] = "";
    look_up_in_files_alone();
    (void)gethostname(own, sizeof(own) - 1);
    for (size_t s = 0; s < sizeof(services) / sizeof(*services); s++)
        compare_all(own, services[s]); /* in the file on most machines; denied alike where not */
    compare_all("ip6-loopback", "80");
}

/* ---- gethostbyname and kin ---- */

static struct hostent *by_name(const char *name, int family)
{
    return s5a_names_static_by_name(&names, name, family);
}

Test(names, gethostbyname_gives_the_fake_address)
{
    struct s5a_fake fake;
    cr_assert(s5a_fakemap_put(map, span("host.example"), &fake));
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

Test(names, gethostbyname_gives_all_of_the_hosts_file)
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

Test(names, gethostbyname_sets_h_errno)
{
    h_errno = 0;
    cr_assert_null(by_name("a b", AF_INET));
    cr_assert_eq(h_errno, HOST_NOT_FOUND);
    h_errno = 0;
    cr_assert_null(by_name("host.example", AF_UNIX));
    cr_assert_eq(h_errno, NETDB_INTERNAL);
    cr_assert_eq(errno, EAFNOSUPPORT);
    h_errno = 0;
    config.dns_mode = S5A_DNS_DENY;
    cr_assert_null(by_name("host.example", AF_INET));
    cr_assert_eq(h_errno, HOST_NOT_FOUND);
}

Test(names, earlier_static_results_outlive_some_calls)
{
    struct hostent *first = by_name("first.example", AF_INET);
    for (int i = 0; i < S5A_HOSTENT_RING - 1; i++)
        (void)by_name("other.example", AF_INET);
    cr_assert_str_eq(first->h_name, "first.example");
}

/* The reentrant real function and ours: code, h_errno, errno and answer. */
static void compare_hostent(const char *name, int family)
{
    struct hostent ours, theirs, *our_result, *their_result;
    char our_bytes[2048], their_bytes[2048];
    int our_error = 77, their_error = 77;
    errno = 0;
    int their_code = gethostbyname2_r(name, family, &theirs, their_bytes, sizeof(their_bytes),
                                      &their_result, &their_error);
    errno = 0;
    int our_code =
        s5a_names_hostent_by_name(&names, name, family,
                                  &(struct s5a_hostent_place){ &ours, our_bytes, sizeof(our_bytes),
                                                               &our_result, &our_error });
    cr_assert_eq(our_code, their_code, "%s %d: %d, not %d", name, family, our_code, their_code);
    cr_assert_eq(our_result == NULL, their_result == NULL, "%s %d", name, family);
    if (their_result == NULL) {
        cr_assert_eq(our_error, their_error, "%s %d: %d, not %d", name, family, our_error,
                     their_error);
        return;
    }
    cr_assert_str_eq(ours.h_name, theirs.h_name);
    cr_assert_eq(ours.h_addrtype, theirs.h_addrtype);
    cr_assert_eq(ours.h_length, theirs.h_length);
    cr_assert_arr_eq(ours.h_addr_list[0], theirs.h_addr_list[0], (size_t)theirs.h_length);
}

Test(names, gethostbyname_of_literals_is_as_the_real_function_says)
{
    static const char *const nodes[] = {
        "192.0.2.1", "127.1",     "2130706433", "::1", "2001:db8::1", "0x7f.1", "1.2.3.4.5",
        "1.2.3.4.",  "300.1.1.1", "fe80::1%lo", "1",   "a::b::c",     ""
    };
    look_up_in_files_alone();
    for (size_t n = 0; n < sizeof(nodes) / sizeof(*nodes); n++) {
        compare_hostent(nodes[n], AF_INET);
        compare_hostent(nodes[n], AF_INET6);
    }
}

Test(names, every_buffer_that_is_too_small_is_erange_and_nothing_past_it_is_written)
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
            int code = s5a_names_hostent_by_name(&names, "both.example", AF_INET, &place);
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

Test(names, gethostbyaddr_finds_fake_names_then_the_hosts_file)
{
    struct s5a_fake fake;
    uint8_t ip[4] = { 192, 0, 2, 1 };
    cr_assert(s5a_fakemap_put(map, span("host.example"), &fake));
    struct hostent *entry = s5a_names_static_by_address(&names, &fake.v4, 4, AF_INET);
    cr_assert_str_eq(entry->h_name, "host.example");
    cr_assert_arr_eq(entry->h_addr_list[0], &fake.v4, 4);
    entry = s5a_names_static_by_address(&names, &fake.v6, 16, AF_INET6);
    cr_assert_str_eq(entry->h_name, "host.example");
    entry = s5a_names_static_by_address(&names, ip, 4, AF_INET);
    cr_assert_str_eq(entry->h_name, "v4.example");
    cr_assert_str_eq(entry->h_aliases[0], "four");
    ip[3] = 99;
    h_errno = 0;
    cr_assert_null(s5a_names_static_by_address(&names, ip, 4, AF_INET));
    cr_assert_eq(h_errno, HOST_NOT_FOUND);
    cr_assert_null(s5a_names_static_by_address(&names, ip, 3, AF_INET));
    cr_assert_eq(h_errno, NETDB_INTERNAL);
    cr_assert_null(s5a_names_static_by_address(&names, &in6addr_any, 16, AF_INET6));
    cr_assert_eq(h_errno, HOST_NOT_FOUND);
}

/* ---- getnameinfo ---- */

static int name_of(const char *ip, int flags, char *host, socklen_t len)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(80) };
    char service[32] = "";
    cr_assert_eq(inet_pton(AF_INET, ip, &at.sin_addr), 1);
    int code = s5a_names_getnameinfo(&names, (struct sockaddr *)&at, sizeof(at), host, len, service,
                                     sizeof(service), flags);
    if (code == 0)
        cr_assert_str_eq(service, flags & NI_NUMERICSERV ? "80" : "http");
    return code;
}

Test(names, getnameinfo_knows_fake_addresses_and_the_hosts_file)
{
    char v4[INET_ADDRSTRLEN];
    char v6[INET6_ADDRSTRLEN];
    char host[NI_MAXHOST];
    fake_text("host.example", v4, v6);
    cr_assert_eq(name_of(v4, 0, host, sizeof(host)), 0);
    cr_assert_str_eq(host, "host.example");
    cr_assert_eq(name_of(v4, NI_NAMEREQD | NI_NUMERICSERV, host, sizeof(host)), 0);
    cr_assert_str_eq(host, "host.example");
    cr_assert_eq(name_of(v4, NI_NUMERICHOST, host, sizeof(host)), 0);
    cr_assert_str_eq(host, v4);
    cr_assert_eq(name_of("192.0.2.1", 0, host, sizeof(host)), 0);
    cr_assert_str_eq(host, "v4.example");
}

Test(names, getnameinfo_writes_numbers_where_nothing_is_known)
{
    char host[NI_MAXHOST];
    cr_assert_eq(name_of("192.0.2.77", 0, host, sizeof(host)), 0);
    cr_assert_str_eq(host, "192.0.2.77");
    cr_assert_eq(name_of("192.0.2.77", NI_NAMEREQD, host, sizeof(host)), EAI_NONAME);
    cr_assert_eq(name_of("198.18.99.99", NI_NAMEREQD, host, sizeof(host)), EAI_NONAME);
}

Test(names, getnameinfo_checks_room_and_arguments)
{
    char host[NI_MAXHOST];
    struct sockaddr_in at = { .sin_family = AF_INET };
    cr_assert_eq(name_of("192.0.2.1", 0, host, 10), EAI_OVERFLOW);
    cr_assert_eq(name_of("192.0.2.1", 0, host, 11), 0);
    cr_assert_eq(name_of("192.0.2.1", 1 << 20, host, sizeof(host)), EAI_BADFLAGS);
    cr_assert_eq(
        s5a_names_getnameinfo(&names, (struct sockaddr *)&at, 4, host, sizeof(host), NULL, 0, 0),
        EAI_FAMILY);
}

/* ---- getaddrinfo_a ---- */

static void start(struct gaicb *one, struct gaicb *two, int mode, const struct sigevent *event)
{
    struct gaicb *list[] = { one, NULL, two };
    *one = (struct gaicb){ .ar_name = "host.example", .ar_service = "80" };
    *two = (struct gaicb){ .ar_name = "a b" };
    cr_assert_eq(s5a_names_getaddrinfo_a(&names, mode, list, 3, event), 0);
    cr_assert_eq(gai_error(one), 0);
    cr_assert_not_null(one->ar_result);
    cr_assert_eq(gai_error(two), EAI_NONAME);
    cr_assert_null(two->ar_result);
    cr_assert_eq(gai_suspend((const struct gaicb *const *)list, 3, NULL), EAI_ALLDONE);
    cr_assert_eq(gai_cancel(one), EAI_ALLDONE);
    freeaddrinfo(one->ar_result);
}

Test(names, getaddrinfo_a_has_the_answers_at_once)
{
    struct gaicb one;
    struct gaicb two;
    start(&one, &two, GAI_WAIT, NULL);
    start(&one, &two, GAI_NOWAIT, NULL);
    start(&one, &two, GAI_NOWAIT, &(struct sigevent){ .sigev_notify = SIGEV_NONE });
    cr_assert_eq(s5a_names_getaddrinfo_a(&names, 7, NULL, 0, NULL), EAI_SYSTEM);
    cr_assert_eq(errno, EINVAL);
}

Test(names, getaddrinfo_a_queues_its_signal)
{
    struct gaicb one;
    struct gaicb two;
    sigset_t set;
    siginfo_t info;
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN };
    event.sigev_value.sival_int = 42;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    cr_assert_eq(sigprocmask(SIG_BLOCK, &set, NULL), 0);
    start(&one, &two, GAI_NOWAIT, &event);
    cr_assert_eq(sigtimedwait(&set, &info, &(struct timespec){ 5, 0 }), SIGRTMIN);
    cr_assert_eq(info.si_code, SI_ASYNCNL);
    cr_assert_eq(info.si_value.sival_int, 42);
}

static int notice_pipe[2];

static void on_notice(union sigval value)
{
    (void)!write(notice_pipe[1], &value.sival_int, sizeof(value.sival_int));
}

Test(names, getaddrinfo_a_starts_its_thread, .timeout = 10)
{
    struct gaicb one;
    struct gaicb two;
    int number = 0;
    struct sigevent event = { .sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_notice };
    event.sigev_value.sival_int = 42;
    cr_assert_eq(pipe(notice_pipe), 0);
    start(&one, &two, GAI_NOWAIT, &event);
    cr_assert_eq(read(notice_pipe[0], &number, sizeof(number)), sizeof(number));
    cr_assert_eq(number, 42);
}

/* ---- DNS ---- */

static int query(const char *name, int type, unsigned char answer[static S5A_DNS_ANSWER_CAP])
{
    struct s5a_res_question question = { name, NULL, ns_c_in, type };
    return s5a_names_res_query(&names, NULL, &question, answer, S5A_DNS_ANSWER_CAP);
}

/* The records' data of an answer as text, by libc's own reader of names. */
static void parse(const unsigned char *answer, int len, char *out, size_t cap)
{
    const unsigned char *end = answer + len;
    const unsigned char *at = answer + NS_HFIXEDSZ;
    out[0] = '\0';
    cr_assert_geq(len, NS_HFIXEDSZ);
    at += dn_skipname(at, end) + NS_QFIXEDSZ;
    for (unsigned left = answer[7]; left > 0; left--) {
        char text[NI_MAXHOST] = "?";
        int name_len = dn_skipname(at, end);
        cr_assert_eq(name_len, 2); /* a pointer to the question */
        at += name_len;
        unsigned type = (unsigned)at[0] << 8 | at[1];
        unsigned data_len = (unsigned)at[8] << 8 | at[9];
        at += NS_RRFIXEDSZ;
        cr_assert_leq(data_len, (size_t)(end - at));
        if (type == ns_t_ptr)
            cr_assert_eq(dn_expand(answer, end, at, text, sizeof(text)), (int)data_len);
        else
            inet_ntop(type == ns_t_a ? AF_INET : AF_INET6, at, text, sizeof(text));
        snprintf(out + strlen(out), cap - strlen(out), "%s ", text);
        at += data_len;
    }
    cr_assert_eq(at, end);
}

Test(names, res_query_answers_addresses)
{
    unsigned char answer[S5A_DNS_ANSWER_CAP];
    char v4[INET_ADDRSTRLEN];
    char v6[INET6_ADDRSTRLEN];
    char text[512];
    fake_text("host.example", v4, v6);
    strcat(v4, " ");
    parse(answer, query("Host.example.", ns_t_a, answer), text, sizeof(text));
    cr_assert_str_eq(text, v4);
    parse(answer, query("host.example", ns_t_aaaa, answer), text, sizeof(text));
    cr_assert_eq(strncmp(text, v6, strlen(v6)), 0);
    parse(answer, query("both.example", ns_t_a, answer), text, sizeof(text));
    cr_assert_str_eq(text, "192.0.2.2 192.0.2.3 ");
}

Test(names, res_query_answers_pointers)
{
    unsigned char answer[S5A_DNS_ANSWER_CAP];
    char text[512];
    char name[128] = "";
    struct s5a_fake fake;
    cr_assert(s5a_fakemap_put(map, span("host.example"), &fake));
    const uint8_t *ip = (const uint8_t *)&fake.v4;
    snprintf(name, sizeof(name), "%u.%u.%u.%u.in-addr.arpa", ip[3], ip[2], ip[1], ip[0]);
    parse(answer, query(name, ns_t_ptr, answer), text, sizeof(text));
    cr_assert_str_eq(text, "host.example ");
    name[0] = '\0';
    for (int i = 15; i >= 0; i--)
        sprintf(name + strlen(name), "%x.%x.", fake.v6.s6_addr[i] & 15, fake.v6.s6_addr[i] >> 4);
    strcat(name, "ip6.arpa");
    parse(answer, query(name, ns_t_ptr, answer), text, sizeof(text));
    cr_assert_str_eq(text, "host.example ");
    cr_assert_eq(query("1.2.3.4.in-addr.arpa", ns_t_ptr, answer), -1);
    cr_assert_eq(h_errno, HOST_NOT_FOUND);
}

Test(names, res_query_refuses_the_rest_with_the_right_h_errno)
{
    unsigned char answer[S5A_DNS_ANSWER_CAP];
    struct __res_state state;
    struct s5a_res_question question = { "host.example", NULL, ns_c_in, ns_t_mx };
    memset(&state, 0, sizeof(state));
    cr_assert_eq(s5a_names_res_query(&names, &state, &question, answer, sizeof(answer)), -1);
    cr_assert_eq(h_errno, NO_RECOVERY);
    cr_assert_eq(state.res_h_errno, NO_RECOVERY);
    cr_assert_eq(query("v4.example", ns_t_aaaa, answer), -1);
    cr_assert_eq(h_errno, NO_DATA);
    cr_assert_eq(query("a b", ns_t_a, answer), -1);
    cr_assert_eq(h_errno, HOST_NOT_FOUND);
    cr_assert_eq(query("a..b", ns_t_a, answer), -1);
    cr_assert_eq(h_errno, NO_RECOVERY);
    config.dns_mode = S5A_DNS_DENY;
    cr_assert_eq(query("host.example", ns_t_a, answer), -1);
    cr_assert_eq(h_errno, NO_RECOVERY);
}

Test(names, res_querydomain_joins)
{
    unsigned char answer[S5A_DNS_ANSWER_CAP];
    struct s5a_res_question question = { "v4", "example", ns_c_in, ns_t_a };
    char text[512];
    int len = s5a_names_res_query(&names, NULL, &question, answer, sizeof(answer));
    parse(answer, len, text, sizeof(text));
    cr_assert_str_eq(text, "192.0.2.1 ");
}

Test(names, res_send_answers_what_res_mkquery_makes)
{
    unsigned char message[512];
    unsigned char answer[S5A_DNS_ANSWER_CAP];
    char text[512];
    int len = res_mkquery(ns_o_query, "v6.example", ns_c_in, ns_t_aaaa, NULL, 0, NULL, message,
                          sizeof(message));
    cr_assert_gt(len, 0);
    int answered = s5a_names_res_send(&names, message, len, answer, sizeof(answer));
    parse(answer, answered, text, sizeof(text));
    cr_assert_str_eq(text, "2001:db8::1 ");
    cr_assert_arr_eq(answer, message, 2);
    cr_assert_eq(s5a_names_res_send(&names, message, 5, answer, sizeof(answer)), -1);
    cr_assert_eq(errno, EINVAL);
}

Test(names, answer_that_does_not_fit_is_marked_cut)
{
    uint8_t message[S5A_DNS_QUERY_MAX];
    uint8_t answer[S5A_DNS_ANSWER_CAP];
    size_t len = s5a_dns_query("both.example", ns_t_a, ns_c_in, message, sizeof(message));
    cr_assert_gt(len, 12);
    size_t whole =
        s5a_dns_answer(&names, (struct s5a_span){ message, len }, answer, sizeof(answer));
    for (size_t cap = 0; cap < whole; cap++) {
        size_t cut = s5a_dns_answer(&names, (struct s5a_span){ message, len }, answer, cap);
        cr_assert_eq(cut, cap < len ? 0 : len);
        cr_assert(cut == 0 || (answer[2] & 2) != 0);
    }
}

Test(names, broken_queries_are_no_queries)
{
    uint8_t message[S5A_DNS_QUERY_MAX];
    uint8_t answer[S5A_DNS_ANSWER_CAP];
    size_t len = s5a_dns_query("host.example", ns_t_a, ns_c_in, message, sizeof(message));
    for (size_t cut = 0; cut < len; cut++)
        cr_assert_eq(
            s5a_dns_answer(&names, (struct s5a_span){ message, cut }, answer, sizeof(answer)), 0);
    message[12] = 0xc0; /* a pointer in the question */
    cr_assert_eq(s5a_dns_answer(&names, (struct s5a_span){ message, len }, answer, sizeof(answer)),
                 0);
}

/* ---- libc's own look-ups ---- */

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
