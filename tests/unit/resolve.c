/* Endpoints as socket addresses. */
#include "client/session/resolve.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

#include "tests/unit/span.h"

static int resolve(const char *text, struct s5a_resolved *out)
{
    struct s5a_endpoint endpoint;
    cr_assert_eq(s5a_endpoint_parse(&endpoint, span(text)), S5A_OK, "%s", text);
    return s5a_resolve(&s5a_io_libc, &endpoint, out);
}

Test(resolve, ipv4_is_itself)
{
    struct s5a_resolved found;
    struct sockaddr_in sin;
    cr_assert_eq(resolve("192.0.2.1:1081", &found), 0);
    cr_assert_eq(found.count, 1);
    cr_assert_eq(found.list[0].len, sizeof sin);
    memcpy(&sin, &found.list[0].at, sizeof sin);
    cr_assert_eq(sin.sin_family, AF_INET);
    cr_assert_eq(ntohs(sin.sin_port), 1081);
    cr_assert_eq(ntohl(sin.sin_addr.s_addr), 0xc0000201);
}

Test(resolve, ipv6_is_itself)
{
    struct s5a_resolved found;
    struct sockaddr_in6 sin6;
    static const uint8_t expected[16] = { 0x20, 1, 0xd, 0xb8, [15] = 1 };
    cr_assert_eq(resolve("[2001:db8::1]:1081", &found), 0);
    cr_assert_eq(found.list[0].len, sizeof sin6);
    memcpy(&sin6, &found.list[0].at, sizeof sin6);
    cr_assert_eq(sin6.sin6_family, AF_INET6);
    cr_assert_eq(ntohs(sin6.sin6_port), 1081);
    cr_assert_arr_eq(&sin6.sin6_addr, expected, sizeof expected);
}

Test(resolve, unix_path_ends_with_nul)
{
    struct s5a_resolved found;
    struct sockaddr_un sun;
    cr_assert_eq(resolve("unix:/run/proxy", &found), 0);
    memcpy(&sun, &found.list[0].at, sizeof sun);
    cr_assert_eq(sun.sun_family, AF_UNIX);
    cr_assert_str_eq(sun.sun_path, "/run/proxy");
    cr_assert_eq(found.list[0].len,
                 offsetof(struct sockaddr_un, sun_path) + strlen("/run/proxy") + 1);
}

Test(resolve, abstract_name_begins_with_nul)
{
    struct s5a_resolved found;
    struct sockaddr_un sun;
    cr_assert_eq(resolve("unix:@proxy", &found), 0);
    memcpy(&sun, &found.list[0].at, sizeof sun);
    cr_assert_arr_eq(sun.sun_path, "\0proxy", 6);
    cr_assert_eq(found.list[0].len, offsetof(struct sockaddr_un, sun_path) + 6);
}

Test(resolve, path_too_long_for_the_kernel_says_so)
{
    struct s5a_resolved found;
    char text[5 + 108 + 1] = "unix:/";
    memset(text + 6, 'a', 107);
    cr_assert_eq(resolve(text, &found), -ENAMETOOLONG);
    text[5 + 107] = '\0';
    cr_assert_eq(resolve(text, &found), 0);
}

Test(resolve, localhost_is_a_loopback_address)
{
    struct s5a_resolved found;
    cr_assert_eq(resolve("localhost:1081", &found), 0);
    cr_assert_gt(found.count, 0);
    for (unsigned i = 0; i < found.count; i++) {
        struct sockaddr_in sin; /* the port is where sockaddr_in6 has it */
        memcpy(&sin, &found.list[i].at, sizeof sin);
        cr_assert_eq(ntohs(sin.sin_port), 1081);
    }
}

/* ---- a resolver of the test ---- */

static struct addrinfo *answer;
static int verdict;
static int freed;
static char asked[256];

static int fake_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                            struct addrinfo **list)
{
    (void)service;
    cr_assert_eq(hints->ai_socktype, SOCK_STREAM);
    strcpy(asked, node);
    *list = answer;
    return verdict;
}

static void fake_freeaddrinfo(struct addrinfo *list)
{
    cr_assert_eq(list, answer);
    freed++;
}

static int resolve_faked(struct s5a_resolved *out)
{
    struct s5a_io io = s5a_io_libc;
    struct s5a_endpoint endpoint;
    io.getaddrinfo = fake_getaddrinfo;
    io.freeaddrinfo = fake_freeaddrinfo;
    cr_assert_eq(s5a_endpoint_parse(&endpoint, span("proxy.example:7")), S5A_OK);
    int result = s5a_resolve(&io, &endpoint, out);
    cr_assert_str_eq(asked, "proxy.example");
    return result;
}

Test(resolve, as_many_addresses_as_fit_are_kept_in_order)
{
    struct s5a_resolved found;
    struct addrinfo list[S5A_RESOLVED_MAX + 3];
    struct sockaddr_in sins[S5A_RESOLVED_MAX + 3];
    enum { COUNT = S5A_RESOLVED_MAX + 3 };
    for (int i = 0; i < COUNT; i++) {
        sins[i] = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = (in_addr_t)i };
        list[i] = (struct addrinfo){
            .ai_family = AF_INET,
            .ai_addr = (struct sockaddr *)&sins[i],
            .ai_addrlen = sizeof sins[i],
            .ai_next = i + 1 < COUNT ? &list[i + 1] : NULL,
        };
    }
    list[1].ai_family = AF_UNIX; /* no family of ours: skipped */
    answer = list;
    cr_assert_eq(resolve_faked(&found), 0);
    cr_assert_eq(found.count, S5A_RESOLVED_MAX);
    cr_assert_eq(freed, 1);
    struct sockaddr_in second;
    memcpy(&second, &found.list[1].at, sizeof second);
    cr_assert_eq(second.sin_addr.s_addr, 2);
    cr_assert_eq(ntohs(second.sin_port), 7);
}

Test(resolve, ipv6_answers_keep_their_scope_and_get_the_port)
{
    struct s5a_resolved found;
    struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6, .sin6_scope_id = 3 };
    struct addrinfo one = {
        .ai_family = AF_INET6,
        .ai_addr = (struct sockaddr *)&sin6,
        .ai_addrlen = sizeof sin6,
    };
    answer = &one;
    cr_assert_eq(resolve_faked(&found), 0);
    cr_assert_eq(found.list[0].len, sizeof sin6);
    memcpy(&sin6, &found.list[0].at, sizeof sin6);
    cr_assert_eq(ntohs(sin6.sin6_port), 7);
    cr_assert_eq(sin6.sin6_scope_id, 3);
}

Test(resolve, failures_of_the_resolver_have_their_errno)
{
    struct s5a_resolved found;
    verdict = EAI_NONAME;
    cr_assert_eq(resolve_faked(&found), -EHOSTUNREACH);
    verdict = EAI_AGAIN;
    cr_assert_eq(resolve_faked(&found), -EHOSTUNREACH);
    verdict = EAI_MEMORY;
    cr_assert_eq(resolve_faked(&found), -ENOMEM);
    verdict = EAI_SYSTEM;
    errno = EMFILE;
    cr_assert_eq(resolve_faked(&found), -EMFILE);
    cr_assert_eq(found.count, 0);
    cr_assert_eq(freed, 0);
}

Test(resolve, endpoint_of_another_kind_is_refused)
{
    struct s5a_resolved found;
    struct s5a_endpoint endpoint = { .address = s5a_address_none() };
    cr_assert_eq(s5a_resolve(&s5a_io_libc, &endpoint, &found), -EAFNOSUPPORT);
}
