/* libc's own functions as oracles, for literals and names of the system's own hosts file. */
#include <errno.h>

#include "shim/names/hostent.h"
#include "tests/unit/names_lab.h"

TestSuite(names_oracle, .init = lab_set_up, .fini = lab_tear_down);

static void look_up_in_files_alone(void)
{
    s5a_names_cut_nss();
    lab_config.hosts_file = (char *)(uintptr_t) "/etc/hosts";
    lab_config.dns_mode = S5A_DNS_DENY;
}

/* ---- getaddrinfo ---- */

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
        lab_format(list, theirs, sizeof(theirs));
        freeaddrinfo(list);
    }
    int our_code = s5a_names_getaddrinfo(&lab_names, node, service, hints, &list);
    if (our_code == 0) {
        lab_format(list, ours, sizeof(ours));
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

static const char *const services[] = { NULL, "80", "http",  "tftp", "domain", "no-such",
                                        "",   "*",  "65536", "-1",   "0x50" };

Test(names_oracle, literals_are_as_the_real_function_says, .timeout = 60)
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

Test(names_oracle, names_of_the_hosts_file_are_as_the_real_function_says, .timeout = 60)
{
    char own[256] = "";
    look_up_in_files_alone();
    (void)gethostname(own, sizeof(own) - 1);
    for (size_t s = 0; s < sizeof(services) / sizeof(*services); s++)
        compare_all(own, services[s]); /* in the file on most machines; denied alike where not */
    compare_all("ip6-loopback", "80");
}

/* ---- gethostbyname ---- */

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
        s5a_names_hostent_by_name(&lab_names, name, family,
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

Test(names_oracle, gethostbyname_of_literals_is_as_the_real_function_says)
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
