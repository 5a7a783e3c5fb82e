/* The name server at port 53: what it answers itself, and what it passes on. */
#include "shim/names/stub.h"

#include <errno.h>

#include "shim/names/lookup.h"
#include "shim/names/res.h"
#include "tests/unit/resolver_lab.h"

static const struct s5a_names names = { lab_get_config, lab_get_map, s5a_lookup_name,
                                        s5a_lookup_address };

TestSuite(names_stub, .init = lab_start_resolver, .fini = lab_stop_resolver);

static uint8_t query[600], answer[S5A_STUB_ANSWER_MAX];

/* A query to 192.0.2.53, with EDNS where `udp_size` is not 0. */
static struct s5a_stub_query ask(const char *name, uint16_t type, uint16_t udp_size)
{
    static const uint8_t server[] = { 192, 0, 2, 53 };
    struct s5a_writer w;
    size_t len = s5a_dns_query(name, type, ns_c_in, query, sizeof query);
    cr_assert_gt(len, 0);
    query[0] = 0x12;
    query[1] = 0x34;
    s5a_writer_init(&w, query + len, sizeof query - len);
    if (udp_size != 0) {
        query[11] = 1;
        s5a_write_u8(&w, 0);
        s5a_write_u16(&w, ns_t_opt);
        s5a_write_u16(&w, udp_size);
        s5a_write_u32(&w, 0);
        s5a_write_u16(&w, 0);
    }
    return (struct s5a_stub_query){ .bytes = { query, len + s5a_writer_len(&w) },
                                    .server = { s5a_address_ipv4(server), 53 } };
}

static void expect(const struct s5a_stub_query *q, enum s5a_stub_way way, unsigned code,
                   unsigned records)
{
    cr_assert_eq(s5a_stub_look(&names, q), way);
    size_t len = s5a_stub_answer(&names, q, answer, q->is_stream ? sizeof answer : 1232);
    cr_assert_gt(len, 12);
    cr_assert_arr_eq(answer, query, 2);
    cr_assert_eq(answer[2] & 0x80, 0x80);
    cr_assert_eq(answer[3] & 15, code, "code %d", answer[3] & 15);
    cr_assert_eq(answer[7], records);
}

static bool is_cut(void)
{
    return (answer[2] & 2) != 0;
}

Test(names_stub, addresses_come_from_the_map_at_once)
{
    struct s5a_stub_query q = ask("host.example", ns_t_a, 0);
    expect(&q, S5A_STUB_NOW, ns_r_noerror, 1);
    q = ask("host.example", ns_t_aaaa, 0);
    expect(&q, S5A_STUB_NOW, ns_r_noerror, 1);
    cr_assert_eq(lab_accepted, 0);
}

Test(names_stub, records_that_lead_past_the_map_are_not_there)
{
    struct s5a_stub_query q = ask("host.example", 65, 1232);
    expect(&q, S5A_STUB_NOW, ns_r_noerror, 0);
    q = ask("host.example", 64, 1232);
    expect(&q, S5A_STUB_NOW, ns_r_noerror, 0);
    q = ask("host.example", ns_t_any, 1232);
    expect(&q, S5A_STUB_NOW, ns_r_refused, 0);
    cr_assert_eq(lab_accepted, 0);
}

Test(names_stub, who_uses_edns_is_answered_with_it)
{
    struct s5a_stub_query q = ask("host.example", ns_t_a, 4096);
    size_t len = s5a_stub_answer(&names, &q, answer, 1232);
    cr_assert_eq(answer[11], 1);
    cr_assert_arr_eq(answer + len - 11, ((uint8_t[]){ 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0 }), 11);
    q = ask("host.example", ns_t_a, 0);
    (void)s5a_stub_answer(&names, &q, answer, 1232);
    cr_assert_eq(answer[11], 0);
}

Test(names_stub, other_types_go_to_the_server_over_tcp)
{
    struct s5a_stub_query q = ask("host.example", ns_t_txt, 1232);
    expect(&q, S5A_STUB_LATER, ns_r_noerror, 1);
    cr_assert_eq(lab_accepted, 1);
}

Test(names_stub, datagrams_are_cut_to_what_the_asker_takes)
{
    struct s5a_stub_query q = ask("big.example", ns_t_txt, 1232);
    expect(&q, S5A_STUB_LATER, ns_r_noerror, 0);
    cr_assert(is_cut());
    q.is_stream = true;
    expect(&q, S5A_STUB_LATER, ns_r_noerror, 1);
    cr_assert_not(is_cut());
}

Test(names_stub, answers_of_another_question_and_none_are_failures)
{
    struct s5a_stub_query q = ask("wrong.example", ns_t_txt, 0);
    expect(&q, S5A_STUB_LATER, ns_r_servfail, 0);
    q = ask("dumb.example", ns_t_txt, 0);
    expect(&q, S5A_STUB_LATER, ns_r_servfail, 0);
}

Test(names_stub, servers_that_no_proxy_leads_to_are_not_asked)
{
    static const uint8_t here[] = { 127, 0, 0, 53 }, link[] = { 169, 254, 0, 1 };
    struct s5a_stub_query q = ask("host.example", ns_t_txt, 0);
    q.server.address = s5a_address_ipv4(here);
    expect(&q, S5A_STUB_LATER, ns_r_refused, 0);
    q.server.address = s5a_address_ipv4(link);
    expect(&q, S5A_STUB_LATER, ns_r_refused, 0);
    cr_assert_eq(lab_accepted, 0);
}

Test(names_stub, the_configured_server_is_asked_in_place_of_one_on_this_machine)
{
    static const uint8_t here[] = { 127, 0, 0, 53 }, there[] = { 192, 0, 2, 99 };
    struct s5a_stub_query q = ask("host.example", ns_t_txt, 0);
    lab_config.dns_server = s5a_address_ipv4(there);
    q.server.address = s5a_address_ipv4(here);
    expect(&q, S5A_STUB_LATER, ns_r_noerror, 1);
}

Test(names_stub, foreign_addresses_are_looked_up_by_the_server)
{
    struct s5a_stub_query q = ask("7.2.0.192.in-addr.arpa", ns_t_ptr, 0);
    expect(&q, S5A_STUB_LATER, ns_r_noerror, 1);
    q = ask("1.2.0.192.in-addr.arpa", ns_t_ptr, 0); /* of the hosts file */
    expect(&q, S5A_STUB_NOW, ns_r_noerror, 1);
    q = ask("7.0.18.198.in-addr.arpa", ns_t_ptr, 0); /* fake */
    expect(&q, S5A_STUB_NOW, ns_r_nxdomain, 0);
    cr_assert_eq(lab_accepted, 1);
}

Test(names_stub, true_addresses_are_the_proxys_with_dns_resolve)
{
    struct s5a_stub_query q = ask("host.example", ns_t_a, 0);
    lab_config.dns_mode = S5A_DNS_RESOLVE;
    expect(&q, S5A_STUB_LATER, ns_r_noerror, 1);
    q = ask("later.example", ns_t_a, 0);
    expect(&q, S5A_STUB_LATER, ns_r_servfail, 0);
    q = ask("none.example", ns_t_aaaa, 0);
    expect(&q, S5A_STUB_LATER, ns_r_nxdomain, 0);
    q = ask("9.2.0.192.in-addr.arpa", ns_t_ptr, 0);
    expect(&q, S5A_STUB_LATER, ns_r_noerror, 1);
}

Test(names_stub, nothing_is_passed_on_where_names_are_denied)
{
    struct s5a_stub_query q = ask("host.example", ns_t_txt, 0);
    lab_config.dns_mode = S5A_DNS_DENY;
    expect(&q, S5A_STUB_NOW, ns_r_refused, 0);
    lab_given_config = NULL;
    expect(&q, S5A_STUB_NOW, ns_r_refused, 0);
}

Test(names_stub, other_operations_are_not_passed_on)
{
    struct s5a_stub_query q = ask("host.example", ns_t_soa, 0);
    query[2] |= ns_o_update << 3;
    expect(&q, S5A_STUB_NOW, ns_r_notimpl, 0);
}

Test(names_stub, what_is_no_query_gets_no_answer)
{
    struct s5a_stub_query q = ask("host.example", ns_t_a, 0);
    for (q.bytes.len--; q.bytes.len > 0; q.bytes.len--) {
        cr_assert_eq(s5a_stub_look(&names, &q), S5A_STUB_SILENT);
        cr_assert_eq(s5a_stub_answer(&names, &q, answer, sizeof answer), 0);
    }
    q = ask("host.example", ns_t_a, 0);
    query[2] |= 0x80; /* a response */
    cr_assert_eq(s5a_stub_look(&names, &q), S5A_STUB_SILENT);
}

/* ---- later ---- */

static int bell[2];

static void ring(const void *context, struct s5a_span bytes)
{
    cr_assert_eq(memcmp(context, "context", 8), 0);
    cr_assert_eq(write(bell[1], bytes.at, bytes.len), (ssize_t)bytes.len);
}

Test(names_stub, answers_come_later_in_a_thread)
{
    struct s5a_stub_query q = ask("host.example", ns_t_txt, 1232);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, bell), 0);
    cr_assert_eq(s5a_stub_later(&names, &q, ring, "context", 8), 0);
    memset(query, 0, 20); /* the query is its own */
    ssize_t got = read(bell[0], answer, sizeof answer);
    cr_assert_gt(got, 12);
    cr_assert_eq(answer[0], 0x12);
    cr_assert_eq(answer[7], 1);
}

Test(names_stub, too_many_at_once_get_lost)
{
    struct s5a_stub_query q = ask("host.example", ns_t_txt, 1232);
    int begun = 0, failed = 0;
    cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, bell), 0);
    while (begun < 200 && failed == 0) {
        failed = s5a_stub_later(&names, &q, ring, "context", 8);
        begun += failed == 0;
    }
    cr_assert(failed == 0 || failed == -EAGAIN);
    for (int i = 0; i < begun; i++)
        cr_assert_gt(read(bell[0], answer, sizeof answer), 12);
}

/* ---- the resolver library ---- */

Test(names_stub, res_query_passes_other_types_on)
{
    struct __res_state state;
    struct s5a_res_question question = { "host.example", NULL, ns_c_in, ns_t_mx };
    memset(&state, 0, sizeof state);
    state.nscount = 1;
    state.nsaddr_list[0].sin_family = AF_INET;
    state.nsaddr_list[0].sin_addr.s_addr = htonl(0xc0000235);
    cr_assert_gt(s5a_names_res_query(&names, &state, &question, answer, 1024), 12);
    cr_assert_eq(answer[7], 1);
    cr_assert_eq(lab_accepted, 1);
}

static void expect_beyond(uint16_t type, unsigned operation, unsigned code)
{
    struct s5a_stub_query q = ask("host.example", type, 0);
    q.is_stream = true;
    query[2] |= (uint8_t)(operation << 3);
    expect(&q, S5A_STUB_BEYOND, code, 0);
}

Test(names_stub, of_a_stream_what_is_no_look_up_is_for_the_server)
{
    expect_beyond(ns_t_axfr, ns_o_query, ns_r_refused);
    expect_beyond(ns_t_ixfr, ns_o_query, ns_r_refused);
    expect_beyond(ns_t_soa, ns_o_update, ns_r_notimpl);
    expect_beyond(ns_t_soa, ns_o_notify, ns_r_notimpl);
    struct s5a_stub_query q = ask("version.bind", ns_t_txt, 0);
    q.is_stream = true;
    query[q.bytes.len - 1] = ns_c_chaos;
    expect(&q, S5A_STUB_BEYOND, ns_r_refused, 0);
    q.bytes.len -= 1;
    cr_assert_eq(s5a_stub_look(&names, &q), S5A_STUB_BEYOND);
    cr_assert_eq(lab_accepted, 0);
}
