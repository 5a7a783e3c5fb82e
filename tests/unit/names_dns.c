/* Names as DNS messages, for programs that bring a resolver of their own. */
#include "shim/names/dns.h"

#include <errno.h>

#include "shim/names/res.h"
#include "tests/unit/names_lab.h"

TestSuite(names_dns, .init = lab_set_up, .fini = lab_tear_down);

static int query(const char *name, int type, unsigned char answer[static S5A_DNS_ANSWER_CAP])
{
    struct s5a_res_question question = { name, NULL, ns_c_in, type };
    return s5a_names_res_query(&lab_names, NULL, &question, answer, S5A_DNS_ANSWER_CAP);
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

Test(names_dns, res_query_answers_addresses)
{
    unsigned char answer[S5A_DNS_ANSWER_CAP];
    char v4[INET_ADDRSTRLEN];
    char v6[INET6_ADDRSTRLEN];
    char text[512];
    lab_fake_text("host.example", v4, v6);
    strcat(v4, " ");
    parse(answer, query("Host.example.", ns_t_a, answer), text, sizeof(text));
    cr_assert_str_eq(text, v4);
    parse(answer, query("host.example", ns_t_aaaa, answer), text, sizeof(text));
    cr_assert_eq(strncmp(text, v6, strlen(v6)), 0);
    parse(answer, query("both.example", ns_t_a, answer), text, sizeof(text));
    cr_assert_str_eq(text, "192.0.2.2 192.0.2.3 ");
}

Test(names_dns, res_query_answers_pointers)
{
    unsigned char answer[S5A_DNS_ANSWER_CAP];
    char text[512];
    char name[128] = "";
    struct s5a_fake fake;
    cr_assert(s5a_fakemap_put(lab_map, span("host.example"), &fake));
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

Test(names_dns, res_query_refuses_the_rest_with_the_right_h_errno)
{
    unsigned char answer[S5A_DNS_ANSWER_CAP];
    struct __res_state state;
    struct s5a_res_question question = { "host.example", NULL, ns_c_in, ns_t_mx };
    memset(&state, 0, sizeof(state));
    cr_assert_eq(s5a_names_res_query(&lab_names, &state, &question, answer, sizeof(answer)), -1);
    cr_assert_eq(h_errno, NO_RECOVERY);
    cr_assert_eq(state.res_h_errno, NO_RECOVERY);
    cr_assert_eq(query("v4.example", ns_t_aaaa, answer), -1);
    cr_assert_eq(h_errno, NO_DATA);
    cr_assert_eq(query("a b", ns_t_a, answer), -1);
    cr_assert_eq(h_errno, HOST_NOT_FOUND);
    cr_assert_eq(query("a..b", ns_t_a, answer), -1);
    cr_assert_eq(h_errno, NO_RECOVERY);
    lab_config.dns_mode = S5A_DNS_DENY;
    cr_assert_eq(query("host.example", ns_t_a, answer), -1);
    cr_assert_eq(h_errno, NO_RECOVERY);
}

Test(names_dns, res_querydomain_joins)
{
    unsigned char answer[S5A_DNS_ANSWER_CAP];
    struct s5a_res_question question = { "v4", "example", ns_c_in, ns_t_a };
    char text[512];
    int len = s5a_names_res_query(&lab_names, NULL, &question, answer, sizeof(answer));
    parse(answer, len, text, sizeof(text));
    cr_assert_str_eq(text, "192.0.2.1 ");
}

Test(names_dns, res_send_answers_what_res_mkquery_makes)
{
    unsigned char message[512];
    unsigned char answer[S5A_DNS_ANSWER_CAP];
    char text[512];
    int len = res_mkquery(ns_o_query, "v6.example", ns_c_in, ns_t_aaaa, NULL, 0, NULL, message,
                          sizeof(message));
    cr_assert_gt(len, 0);
    int answered = s5a_names_res_send(&lab_names, message, len, answer, sizeof(answer));
    parse(answer, answered, text, sizeof(text));
    cr_assert_str_eq(text, "2001:db8::1 ");
    cr_assert_arr_eq(answer, message, 2);
    cr_assert_eq(s5a_names_res_send(&lab_names, message, 5, answer, sizeof(answer)), -1);
    cr_assert_eq(errno, EINVAL);
}

Test(names_dns, answer_that_does_not_fit_is_marked_cut)
{
    uint8_t message[S5A_DNS_QUERY_MAX];
    uint8_t answer[S5A_DNS_ANSWER_CAP];
    size_t len = s5a_dns_query("both.example", ns_t_a, ns_c_in, message, sizeof(message));
    cr_assert_gt(len, 12);
    size_t whole =
        s5a_dns_answer(&lab_names, (struct s5a_span){ message, len }, answer, sizeof(answer));
    for (size_t cap = 0; cap < whole; cap++) {
        size_t cut = s5a_dns_answer(&lab_names, (struct s5a_span){ message, len }, answer, cap);
        cr_assert_eq(cut, cap < len ? 0 : len);
        cr_assert(cut == 0 || (answer[2] & 2) != 0);
    }
}

Test(names_dns, broken_queries_are_no_queries)
{
    uint8_t message[S5A_DNS_QUERY_MAX];
    uint8_t answer[S5A_DNS_ANSWER_CAP];
    size_t len = s5a_dns_query("host.example", ns_t_a, ns_c_in, message, sizeof(message));
    for (size_t cut = 0; cut < len; cut++)
        cr_assert_eq(
            s5a_dns_answer(&lab_names, (struct s5a_span){ message, cut }, answer, sizeof(answer)),
            0);
    message[12] = 0xc0; /* a pointer in the question */
    cr_assert_eq(
        s5a_dns_answer(&lab_names, (struct s5a_span){ message, len }, answer, sizeof(answer)), 0);
}
