/* Ways over several proxies. */
#include "client/session/chain.h"

#include "tests/unit/chain_lab.h"

TestSuite(chain, .init = lab_set_up, .fini = lab_tear_down);

Test(chain, one_proxy_is_asked_for_the_target)
{
    struct lab_script lab_script = SAYS(CHOSEN, DONE);
    cr_assert_eq(lab_run(&lab_script, &lab_first, false), 0);
    HEARD(lab_script, GREETING, TARGET);
    cr_assert_eq(lab_report.proxy, &lab_first);
    cr_assert_eq(lab_report.rep, 0);
    cr_assert_str_empty(lab_report.reason);
}

Test(chain, first_proxy_is_asked_for_the_second)
{
    struct lab_script lab_script = SAYS(CHOSEN, DONE, CHOSEN, DONE);
    lab_second.via = &lab_first;
    cr_assert_eq(s5a_chain_first(&lab_second), &lab_first);
    cr_assert_eq(lab_run(&lab_script, &lab_second, false), 0);
    HEARD(lab_script, GREETING, SECOND, GREETING, TARGET);
    cr_assert_eq(lab_report.proxy, &lab_second);
}

Test(chain, longest_chain_is_walked_in_order)
{
    struct s5a_proxy hops[S5A_HOPS_MAX];
    static char names[S5A_HOPS_MAX][24];
    struct lab_script lab_script = { .len = 0 };
    static const uint8_t hop_says[] = { CHOSEN, DONE };
    for (int i = 0; i < S5A_HOPS_MAX; i++) {
        snprintf(names[i], sizeof names[i], "192.0.2.%d:1080", i);
        lab_set_proxy(&hops[i], names[i], S5A_PIPELINE_OFF);
        hops[i].via = i > 0 ? &hops[i - 1] : NULL;
        memcpy(lab_script.says + lab_script.len, hop_says, sizeof hop_says);
        lab_script.len += sizeof hop_says;
    }
    cr_assert_eq(lab_run(&lab_script, &hops[S5A_HOPS_MAX - 1], false), 0);
    cr_assert_eq(lab_script.heard_len, (3 + 10) * (S5A_HOPS_MAX - 1) + 3 + 11);
    for (int i = 0; i + 1 < S5A_HOPS_MAX; i++)
        cr_assert_eq(lab_script.heard[13 * i + 10], i + 1);
}

Test(chain, next_proxy_by_name_goes_as_name)
{
    static char name[] = "host:80";
    struct lab_script lab_script = SAYS(CHOSEN, DONE, CHOSEN, DONE);
    lab_set_proxy(&lab_second, name, S5A_PIPELINE_OFF);
    lab_second.via = &lab_first;
    cr_assert_eq(lab_run(&lab_script, &lab_second, false), 0);
    HEARD(lab_script, GREETING, TARGET, GREETING, TARGET);
}

Test(chain, proxy_that_cannot_reach_the_next_is_named)
{
    struct lab_script lab_script = SAYS(CHOSEN, REFUSED(5));
    lab_second.via = &lab_first;
    cr_assert_eq(lab_run(&lab_script, &lab_second, false), -ECONNREFUSED);
    cr_assert_eq(lab_report.proxy, &lab_first);
    cr_assert_str_eq(lab_report.reason,
                     "reply: connection refused (REP 05), for the next proxy of the chain");
}

Test(chain, unix_socket_behind_a_proxy_is_refused)
{
    static char path[] = "unix:/run/proxy";
    struct lab_script lab_script = SAYS(CHOSEN, DONE, CHOSEN, DONE);
    lab_set_proxy(&lab_second, path, S5A_PIPELINE_OFF);
    lab_second.via = &lab_first;
    cr_assert_eq(lab_run(&lab_script, &lab_second, false), -EAFNOSUPPORT);
    cr_assert_eq(lab_script.heard_len, 0);
    cr_assert_eq(lab_report.proxy, &lab_first);
    cr_assert_str_eq(lab_report.reason,
                     "preparation: address type not supported, for the next proxy "
                     "of the chain");
}

Test(chain, refusal_of_the_last_proxy_is_reported)
{
    struct lab_script lab_script = SAYS(CHOSEN, REFUSED(4));
    cr_assert_eq(lab_run(&lab_script, &lab_first, false), -EHOSTUNREACH);
    cr_assert_eq(lab_report.method, 0);
    cr_assert_eq(lab_report.rep, 4);
    cr_assert_str_eq(lab_report.reason, "reply: host unreachable or name unknown (REP 04)");
}
