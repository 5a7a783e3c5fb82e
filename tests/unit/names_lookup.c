/* dns = resolve: what a proxy says of names, for the program. */
#include "shim/names/lookup.h"

#include <stdatomic.h>
#include <unistd.h>

#include "client/names/plausible.h"
#include "shim/names/async.h"
#include "shim/names/getaddrinfo.h"
#include "shim/names/hostent.h"
#include "shim/names/lookup_cache.h"
#include "shim/names/nameinfo.h"
#include "tests/unit/resolver_lab.h"

static const struct s5a_names names = { lab_get_config, lab_get_map, s5a_lookup_name,
                                        s5a_lookup_address };

static void set_up(void)
{
    lab_start_resolver();
    lab_config.dns_mode = S5A_DNS_RESOLVE;
}

TestSuite(names_lookup, .init = set_up, .fini = lab_stop_resolver);

static enum s5a_names_outcome find(const char *name, int family, char *out, size_t cap)
{
    struct s5a_names_answer answer;
    enum s5a_names_outcome outcome = s5a_names_find(&names, name, family, &answer);
    out[0] = '\0';
    cr_assert_not(answer.is_fake);
    for (unsigned i = 0; i < answer.count; i++) {
        char text[S5A_ADDRESS_TEXT_CAP];
        s5a_address_format(&answer.list[i], text, sizeof text);
        snprintf(out + strlen(out), cap - strlen(out), "%s ", text);
    }
    return outcome;
}

Test(names_lookup, names_have_their_true_addresses)
{
    char text[128];
    cr_assert_eq(find("host.example", AF_INET, text, sizeof text), S5A_NAMES_FOUND);
    cr_assert_str_eq(text, "192.0.2.9 ");
    cr_assert_eq(find("six.example", AF_UNSPEC, text, sizeof text), S5A_NAMES_FOUND);
    cr_assert_str_eq(text, "2001:db8::5 ");
    cr_assert_not(lab_map_was_asked);
}

Test(names_lookup, the_hosts_file_comes_first)
{
    char text[128];
    cr_assert_eq(find("v4.example", AF_INET, text, sizeof text), S5A_NAMES_FOUND);
    cr_assert_str_eq(text, "192.0.2.1 ");
    cr_assert_eq(lab_accepted, 0);
}

Test(names_lookup, a_name_is_asked_for_once_for_both_families)
{
    char text[128];
    cr_assert_eq(find("host.example", AF_INET, text, sizeof text), S5A_NAMES_FOUND);
    cr_assert_eq(find("HOST.example.", AF_INET, text, sizeof text), S5A_NAMES_FOUND);
    cr_assert_eq(find("host.example", AF_INET6, text, sizeof text), S5A_NAMES_NO_DATA);
    cr_assert_eq(find("none.example", AF_INET, text, sizeof text), S5A_NAMES_ABSENT);
    cr_assert_eq(find("none.example", AF_INET6, text, sizeof text), S5A_NAMES_ABSENT);
    cr_assert_eq(lab_accepted, 2);
}

Test(names_lookup, what_fails_is_not_remembered)
{
    char text[128];
    cr_assert_eq(find("later.example", AF_INET, text, sizeof text), S5A_NAMES_AGAIN);
    cr_assert_eq(find("later.example", AF_INET, text, sizeof text), S5A_NAMES_AGAIN);
    cr_assert_eq(lab_accepted, 2);
}

Test(names_lookup, what_the_proxy_does_not_tell_is_denied)
{
    char text[128];
    cr_assert_eq(find("forbidden.example", AF_INET, text, sizeof text), S5A_NAMES_DENIED);
    cr_assert_eq(lab_accepted, 1);
}

Test(names_lookup, answers_that_lead_here_are_dropped_unless_wanted)
{
    char text[128];
    cr_assert_eq(find("loop.example", AF_INET, text, sizeof text), S5A_NAMES_ABSENT);
    lab_config.dns_any_answer = true;
    cr_assert_eq(find("loop.two.example", AF_INET, text, sizeof text), S5A_NAMES_FOUND);
    cr_assert_str_eq(text, "127.0.0.1 ");
}

Test(names_lookup, implausible_addresses)
{
    static const char *const bad[] = { "127.1.2.3",   "0.0.0.0", "0.1.2.3",         "169.254.7.7",
                                       "224.0.0.251", "::",      "255.255.255.255", "::1",
                                       "fe80::1",     "ff02::1", "::ffff:127.0.0.1" };
    static const char *const good[] = { "10.0.0.1", "192.0.2.1", "2001:db8::1", "fd00::1" };
    struct s5a_address address;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_assert_eq(s5a_address_parse(&address, span(bad[i])), S5A_OK);
        cr_assert_not(s5a_address_is_plausible(&address), "%s", bad[i]);
    }
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        cr_assert_eq(s5a_address_parse(&address, span(good[i])), S5A_OK);
        cr_assert(s5a_address_is_plausible(&address), "%s", good[i]);
    }
}

Test(names_lookup, rules_say_who_is_asked)
{
    char text[128];
    lab_rule((struct s5a_route){ .verdict = S5A_ROUTE_DENY, .rule = "test" }, ".secret.example");
    lab_rule((struct s5a_route){ .verdict = S5A_ROUTE_DIRECT, .rule = "test" }, "localhost.direct");
    cr_assert_eq(find("a.secret.example", AF_INET, text, sizeof text), S5A_NAMES_DENIED);
    (void)find("localhost.direct", AF_INET, text, sizeof text);
    cr_assert_eq(lab_accepted, 0);
}

Test(names_lookup, a_proxy_that_resolves_nothing_is_not_asked)
{
    char text[128];
    lab_tor.is_tor = false;
    cr_assert_eq(find("host.example", AF_INET, text, sizeof text), S5A_NAMES_DENIED);
    cr_assert_eq(lab_accepted, 0);
}

Test(names_lookup, getaddrinfo_tells_absent_from_later)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_family = AF_INET }, *list = NULL;
    cr_assert_eq(s5a_names_getaddrinfo(&names, "none.example", "80", &hints, &list), EAI_NONAME);
    cr_assert_eq(s5a_names_getaddrinfo(&names, "later.example", "80", &hints, &list), EAI_AGAIN);
    cr_assert_eq(s5a_names_getaddrinfo(&names, "host.example", "80", &hints, &list), 0);
    cr_assert_eq(((struct sockaddr_in *)(void *)list->ai_addr)->sin_addr.s_addr, htonl(0xc0000209));
    freeaddrinfo(list);
}

Test(names_lookup, hostent_tells_absent_from_later)
{
    struct hostent entry, *result;
    char bytes[512];
    int error = 0;
    struct s5a_hostent_place place = { &entry, bytes, sizeof bytes, &result, &error };
    cr_assert_eq(s5a_names_hostent_by_name(&names, "host.example", AF_INET, &place), 0);
    cr_assert_eq(((uint8_t *)entry.h_addr_list[0])[3], 9);
    s5a_names_hostent_by_name(&names, "none.example", AF_INET, &place);
    cr_assert_eq(error, HOST_NOT_FOUND);
    s5a_names_hostent_by_name(&names, "later.example", AF_INET, &place);
    cr_assert_eq(error, TRY_AGAIN);
}

Test(names_lookup, addresses_have_names)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0xc0000209) };
    char host[NI_MAXHOST];
    cr_assert_eq(s5a_names_getnameinfo(&names, (struct sockaddr *)&at, sizeof at, host, sizeof host,
                                       NULL, 0, NI_NAMEREQD),
                 0);
    cr_assert_str_eq(host, "back");
    at.sin_addr.s_addr = htonl(0xa9fe0001); /* another link's, beyond the proxy */
    cr_assert_eq(s5a_names_getnameinfo(&names, (struct sockaddr *)&at, sizeof at, host, sizeof host,
                                       NULL, 0, NI_NAMEREQD),
                 EAI_NONAME);
    cr_assert_eq(lab_accepted, 1);
}

/* ---- getaddrinfo_a ---- */

Test(names_lookup, getaddrinfo_a_does_not_wait_for_the_proxy, .timeout = 20)
{
    struct gaicb one = { .ar_name = "host.example", .ar_service = "80" };
    struct gaicb two = { .ar_name = "none.example" };
    struct gaicb *list[] = { &one, NULL, &two };
    sigset_t set;
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN };
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    cr_assert_eq(sigprocmask(SIG_BLOCK, &set, NULL), 0);
    pthread_mutex_lock(&lab_gate); /* the proxy does not answer yet */
    cr_assert_eq(s5a_names_getaddrinfo_a(&names, GAI_NOWAIT, list, 3, &event), 0);
    cr_assert_eq(gai_error(&one), EAI_INPROGRESS);
    cr_assert_eq(s5a_names_gai_cancel(&one), EAI_NOTCANCELED);
    struct timespec soon = { 0, 20000000 };
    cr_assert_eq(s5a_names_gai_suspend((const struct gaicb *const *)list, 3, &soon), EAI_AGAIN);
    pthread_mutex_unlock(&lab_gate);
    cr_assert_eq(s5a_names_gai_suspend((const struct gaicb *const *)list, 3, NULL), 0);
    cr_assert_eq(sigtimedwait(&set, NULL, &(struct timespec){ 10, 0 }), SIGRTMIN);
    cr_assert_eq(gai_error(&one), 0);
    cr_assert_eq(gai_error(&two), EAI_NONAME);
    cr_assert_eq(s5a_names_gai_suspend((const struct gaicb *const *)list, 3, NULL), EAI_ALLDONE);
    freeaddrinfo(one.ar_result);
}

static atomic_bool has_given_up;

/* An answer every millisecond, for which nobody is asked. */
static void *answer_others(void *unused)
{
    struct gaicb other = { .ar_name = "192.0.2.1" };
    struct gaicb *list[] = { &other };
    while (!has_given_up) {
        cr_assert_eq(s5a_names_getaddrinfo_a(&names, GAI_WAIT, list, 1, NULL), 0);
        freeaddrinfo(other.ar_result);
        usleep(1000);
    }
    return unused;
}

Test(names_lookup, the_answers_of_others_do_not_put_off_a_time_out, .timeout = 10)
{
    struct gaicb one = { .ar_name = "host.example" };
    struct gaicb *list[] = { &one };
    struct timespec soon = { 0, 50000000 };
    pthread_t others;
    pthread_mutex_lock(&lab_gate); /* the proxy does not answer yet */
    cr_assert_eq(s5a_names_getaddrinfo_a(&names, GAI_NOWAIT, list, 1, NULL), 0);
    cr_assert_eq(pthread_create(&others, NULL, answer_others, NULL), 0);
    cr_assert_eq(s5a_names_gai_suspend((const struct gaicb *const *)list, 1, &soon), EAI_AGAIN);
    has_given_up = true;
    pthread_mutex_unlock(&lab_gate);
    cr_assert_eq(pthread_join(others, NULL), 0);
    (void)s5a_names_gai_suspend((const struct gaicb *const *)list, 1, NULL);
    cr_assert_eq(gai_error(&one), 0);
    freeaddrinfo(one.ar_result);
}

Test(names_lookup, time_out_beyond_the_clock_is_none, .timeout = 10)
{
    struct gaicb one = { .ar_name = "host.example" };
    struct gaicb *list[] = { &one };
    struct timespec never = { INT64_MAX, 999999999 };
    cr_assert_eq(s5a_names_getaddrinfo_a(&names, GAI_NOWAIT, list, 1, NULL), 0);
    int result = s5a_names_gai_suspend((const struct gaicb *const *)list, 1, &never);
    cr_assert(result == 0 || result == EAI_ALLDONE);
    cr_assert_eq(gai_error(&one), 0);
    freeaddrinfo(one.ar_result);
}

/* ---- the name for an address ---- */

static void keep(const char *name, const uint8_t ip[static 4])
{
    struct s5a_lookup lookup = { .outcome = S5A_NAMES_FOUND, .count = 1 };
    lookup.list[0] = s5a_address_ipv4(ip);
    s5a_lookup_keep(name, 0, &lookup);
}

/* A program may print it to a terminal, or put it into a shell's line. */
Test(names_lookup, what_is_no_name_of_a_host_is_no_answer)
{
    struct s5a_address address;
    struct s5a_names_answer answer;
    cr_assert_eq(s5a_address_parse(&address, span("192.0.2.66")), S5A_OK);
    cr_assert_eq(s5a_names_find_address(&names, &address, &answer), S5A_NAMES_ABSENT);
}

Test(names_lookup, an_address_leads_back_to_the_one_name_that_has_it)
{
    static const uint8_t one[] = { 192, 0, 2, 50 }, two[] = { 192, 0, 2, 51 };
    struct s5a_address first = s5a_address_ipv4(one), second = s5a_address_ipv4(two);
    char name[S5A_NAME_MAX + 1];
    cr_assert_not(s5a_lookup_name_of(&first, name));
    keep("a.example", one);
    keep("b.example", two);
    keep("c.example", two);
    cr_assert(s5a_lookup_name_of(&first, name));
    cr_assert_str_eq(name, "a.example");
    cr_assert_not(s5a_lookup_name_of(&second, name), "two names");
}

Test(names_lookup, answers_hold_for_a_while)
{
    static const uint8_t ip[] = { 192, 0, 2, 50 };
    struct s5a_lookup lookup;
    keep("a.example", ip);
    cr_assert(s5a_lookup_recall("A.example", 59999, &lookup));
    cr_assert_eq(lookup.count, 1);
    cr_assert_not(s5a_lookup_recall("a.example", 60000, &lookup));
}

Test(names_lookup, the_latest_names_push_the_oldest_out)
{
    static const uint8_t ip[] = { 192, 0, 2, 50 };
    struct s5a_lookup lookup;
    char name[32];
    for (int i = 0; i < 65; i++) {
        snprintf(name, sizeof name, "n%d.example", i);
        keep(name, ip);
    }
    cr_assert_not(s5a_lookup_recall("n0.example", 1, &lookup));
    cr_assert(s5a_lookup_recall("n1.example", 1, &lookup));
    cr_assert(s5a_lookup_recall("n64.example", 1, &lookup));
}
