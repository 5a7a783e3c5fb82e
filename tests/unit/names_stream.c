/* Streams of queries: framing at any split, answers of any length, and what becomes the server's. */
#include "shim/names/stub_stream.h"

#include <errno.h>
#include <poll.h>

#include "shim/engine/private.h"
#include "shim/names/lookup.h"
#include "tests/unit/resolver_lab.h"

static const struct s5a_names names = { lab_get_config, lab_get_map, s5a_lookup_name,
                                        s5a_lookup_address };

static pthread_t server;
static int asker; /* the program's end */

static void *serve(void *stream)
{
    s5a_stub_stream_serve(stream);
    s5a_stub_stream_free(stream);
    return NULL;
}

static void start_at(uint8_t last)
{
    const uint8_t ip[] = { 192, 0, 2, last };
    struct s5a_named_target to = { .target = { s5a_address_ipv4(ip), 53 } };
    int pair[2];
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    asker = pair[0];
    int own = s5a_private_move(pair[1]);
    struct s5a_stub_stream *stream = s5a_stub_stream_new(own, &names, &to);
    cr_assert_not_null(stream);
    cr_assert_eq(pthread_create(&server, NULL, serve, stream), 0);
}

static void start(void)
{
    lab_start_resolver();
    lab_rule((struct s5a_route){ .verdict = S5A_ROUTE_DENY, .rule = "deny" }, "192.0.2.54");
    start_at(53);
}

static void finish(void)
{
    close(asker);
    pthread_join(server, NULL);
}

static void stop(void)
{
    finish();
    lab_stop_resolver();
}

TestSuite(names_stream, .init = start, .fini = stop);

static uint8_t answer[UINT16_MAX];

/* Behind its length; its own length with that. */
static size_t query(uint8_t *out, uint8_t number, const char *name, uint16_t type)
{
    size_t len = s5a_dns_query(name, type, ns_c_in, out + 2, 512);
    cr_assert_gt(len, 0);
    out[0] = (uint8_t)(len >> 8);
    out[1] = (uint8_t)len;
    out[2] = number;
    return len + 2;
}

static void ask(uint8_t number, const char *name, uint16_t type)
{
    uint8_t bytes[600];
    lab_say(asker, bytes, query(bytes, number, name, type));
}

/* The next answer: its length. */
static size_t hear(unsigned code, unsigned records)
{
    uint8_t length[2];
    cr_assert(lab_take(asker, length, 2));
    size_t len = (size_t)length[0] << 8 | length[1];
    cr_assert(lab_take(asker, answer, len));
    cr_assert_eq(answer[2] & 0x82, 0x80, "no answer, or cut");
    cr_assert_eq(answer[3] & 15, code);
    cr_assert_eq(answer[7], records);
    return len;
}

static void hear_end(void)
{
    uint8_t byte;
    cr_assert_leq(recv(asker, &byte, 1, 0), 0);
}

Test(names_stream, queries_are_found_at_every_split)
{
    uint8_t bytes[1200];
    size_t len = query(bytes, 1, "one.example", ns_t_a);
    len += query(bytes + len, 2, "two.example", ns_t_aaaa);
    for (size_t at = 0; at <= len; at++) {
        lab_say(asker, bytes, at);
        lab_say(asker, bytes + at, len - at);
        hear(ns_r_noerror, 1);
        cr_assert_eq(answer[0], 1);
        hear(ns_r_noerror, 1);
        cr_assert_eq(answer[0], 2);
    }
}

Test(names_stream, answers_are_as_long_as_they_are)
{
    ask(1, "big.example", ns_t_txt);
    cr_assert_gt(hear(ns_r_noerror, 1), 2000);
}

Test(names_stream, who_waits_for_the_proxy_holds_nobody_up)
{
    pthread_mutex_lock(&lab_gate);
    for (uint8_t i = 0; i < 20; i++)
        ask(i, "slow.example", ns_t_txt);
    ask(77, "host.example", ns_t_a);
    hear(ns_r_noerror, 1);
    cr_assert_eq(answer[0], 77);
    pthread_mutex_unlock(&lab_gate);
    cr_assert_eq(shutdown(asker, SHUT_WR), 0);
    unsigned seen = 0;
    for (int i = 0; i < 20; i++) {
        hear(ns_r_noerror, 1);
        seen |= 1u << answer[0];
    }
    cr_assert_eq(seen, (1u << 20) - 1);
    hear_end();
}

/* More than threads may be at it, asked for without taking an answer. */
Test(names_stream, too_many_are_not_lost)
{
    for (unsigned i = 0; i < 100; i++)
        ask((uint8_t)i, "many.example", ns_t_txt);
    for (unsigned i = 0; i < 100; i++)
        hear(ns_r_noerror, 1);
}

Test(names_stream, too_many_are_not_cut)
{
    for (unsigned i = 0; i < 100; i++)
        ask((uint8_t)i, "bigger.example", ns_t_txt);
    for (unsigned i = 0; i < 100; i++)
        cr_assert_gt(hear(ns_r_noerror, 1), 6000);
}

Test(names_stream, a_transfer_is_the_servers_after_what_was_asked_before)
{
    ask(1, "host.example", ns_t_a);
    ask(2, "text.example", ns_t_txt);
    ask(3, "host.example", ns_t_axfr);
    unsigned seen = 0;
    for (int i = 0; i < 3; i++) {
        hear(ns_r_noerror, 1);
        seen |= 1u << answer[0];
    }
    cr_assert_eq(answer[0], 3);
    cr_assert_eq(seen, 14);
    hear_end();
}

Test(names_stream, where_no_proxy_leads_a_transfer_is_refused_and_noise_ends_it)
{
    finish();
    start_at(54);
    ask(1, "host.example", ns_t_axfr);
    hear(ns_r_refused, 0);
    ask(2, "host.example", ns_t_a);
    hear(ns_r_noerror, 1);
    lab_say(asker, "\0\0", 2);
    hear_end();
}

Test(names_stream, an_end_in_the_middle_of_a_query_is_one)
{
    ask(1, "host.example", ns_t_a);
    hear(ns_r_noerror, 1);
    lab_say(asker, "\0\x20\1", 3);
    cr_assert_eq(shutdown(asker, SHUT_WR), 0);
    hear_end();
    cr_assert_eq(lab_accepted, 0);
}
