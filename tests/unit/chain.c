/* Ways over several proxies, and what trials with early bytes teach. */
#include "client/session/chain.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/session/pipeline.h"
#include "tests/unit/span.h"

#define GREETING 5, 1, 0
#define CHOSEN 5, 0
#define TARGET 5, 1, 0, 3, 4, 'h', 'o', 's', 't', 0, 80
#define SECOND 5, 1, 0, 1, 192, 0, 2, 2, 4, 56
#define DONE 5, 0, 0, 1, 10, 0, 0, 1, 1, 2
#define REFUSED(rep) 5, rep, 0, 1, 0, 0, 0, 0, 0, 0

enum { LONG = 20000, SHORT = 60 }; /* ms */

static char dir[64];
static struct s5a_proxy first, second;
static struct s5a_config config;
static struct s5a_chain_report report;

static void set_proxy(struct s5a_proxy *proxy, char *where, enum s5a_pipeline pipeline)
{
    *proxy = (struct s5a_proxy){ .name = where, .where = where, .pipeline = pipeline };
    cr_assert_eq(s5a_endpoint_parse(&proxy->at, span(where)), S5A_OK);
}

static void set_up(void)
{
    static char a[] = "192.0.2.1:1080", b[] = "192.0.2.2:1080";
    strcpy(dir, "/tmp/s5a-chain-XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
    config.state_dir = dir;
    set_proxy(&first, a, S5A_PIPELINE_OFF);
    set_proxy(&second, b, S5A_PIPELINE_OFF);
    report = (struct s5a_chain_report){ 0 };
}

static void tear_down(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", dir);
    cr_assert_eq(system(command), 0);
}

TestSuite(chain, .init = set_up, .fini = tear_down);

/* What the proxy says is there before the client asks: the client takes it in its turn. Then its
 * end of the stream closes, where `closes`. */
struct script {
    uint8_t says[128];
    size_t len;
    bool closes;
    uint8_t heard[256]; /* out */
    size_t heard_len;
};

#define SAYS(...)                                                          \
    (struct script)                                                        \
    {                                                                      \
        .says = { __VA_ARGS__ }, .len = sizeof((uint8_t[]){ __VA_ARGS__ }) \
    }
#define HEARD(script, ...)                                           \
    do {                                                             \
        const uint8_t expected[] = { __VA_ARGS__ };                  \
        cr_assert_eq((script).heard_len, sizeof expected);           \
        cr_assert_arr_eq((script).heard, expected, sizeof expected); \
    } while (0)

static int run_within(struct script *script, const struct s5a_proxy *proxy, bool trial, uint64_t ms)
{
    int fds[2];
    struct s5a_target target = { .port = 80 };
    cr_assert_eq(s5a_address_parse(&target.address, span("host")), S5A_OK);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    cr_assert_eq(send(fds[1], script->says, script->len, 0), (ssize_t)script->len);
    if (script->closes)
        cr_assert_eq(shutdown(fds[1], SHUT_WR), 0);
    int result = s5a_chain_run(&s5a_io_libc, fds[0], &config, proxy, &target, s5a_now() + ms, trial,
                               &report);
    ssize_t heard = recv(fds[1], script->heard, sizeof script->heard, MSG_DONTWAIT);
    script->heard_len = heard > 0 ? (size_t)heard : 0;
    close(fds[0]);
    close(fds[1]);
    return result;
}

static int run(struct script *script, const struct s5a_proxy *proxy, bool trial)
{
    return run_within(script, proxy, trial, LONG);
}

/* ---- hops ---- */

Test(chain, one_proxy_is_asked_for_the_target)
{
    struct script script = SAYS(CHOSEN, DONE);
    cr_assert_eq(run(&script, &first, false), 0);
    HEARD(script, GREETING, TARGET);
    cr_assert_eq(report.proxy, &first);
    cr_assert_eq(report.rep, 0);
    cr_assert_str_empty(report.reason);
}

Test(chain, first_proxy_is_asked_for_the_second)
{
    struct script script = SAYS(CHOSEN, DONE, CHOSEN, DONE);
    second.via = &first;
    cr_assert_eq(s5a_chain_first(&second), &first);
    cr_assert_eq(run(&script, &second, false), 0);
    HEARD(script, GREETING, SECOND, GREETING, TARGET);
    cr_assert_eq(report.proxy, &second);
}

Test(chain, longest_chain_is_walked_in_order)
{
    struct s5a_proxy hops[S5A_HOPS_MAX];
    static char names[S5A_HOPS_MAX][24];
    struct script script = { .len = 0 };
    static const uint8_t hop_says[] = { CHOSEN, DONE };
    for (int i = 0; i < S5A_HOPS_MAX; i++) {
        snprintf(names[i], sizeof names[i], "192.0.2.%d:1080", i);
        set_proxy(&hops[i], names[i], S5A_PIPELINE_OFF);
        hops[i].via = i > 0 ? &hops[i - 1] : NULL;
        memcpy(script.says + script.len, hop_says, sizeof hop_says);
        script.len += sizeof hop_says;
    }
    cr_assert_eq(run(&script, &hops[S5A_HOPS_MAX - 1], false), 0);
    cr_assert_eq(script.heard_len, (3 + 10) * (S5A_HOPS_MAX - 1) + 3 + 11);
    for (int i = 0; i + 1 < S5A_HOPS_MAX; i++)
        cr_assert_eq(script.heard[13 * i + 10], i + 1);
}

Test(chain, next_proxy_by_name_goes_as_name)
{
    static char name[] = "host:80";
    struct script script = SAYS(CHOSEN, DONE, CHOSEN, DONE);
    set_proxy(&second, name, S5A_PIPELINE_OFF);
    second.via = &first;
    cr_assert_eq(run(&script, &second, false), 0);
    HEARD(script, GREETING, TARGET, GREETING, TARGET);
}

Test(chain, proxy_that_cannot_reach_the_next_is_named)
{
    struct script script = SAYS(CHOSEN, REFUSED(5));
    second.via = &first;
    cr_assert_eq(run(&script, &second, false), -ECONNREFUSED);
    cr_assert_eq(report.proxy, &first);
    cr_assert_str_eq(report.reason,
                     "reply: connection refused (REP 05), for the next proxy of the chain");
}

Test(chain, unix_socket_behind_a_proxy_is_refused)
{
    static char path[] = "unix:/run/proxy";
    struct script script = SAYS(CHOSEN, DONE, CHOSEN, DONE);
    set_proxy(&second, path, S5A_PIPELINE_OFF);
    second.via = &first;
    cr_assert_eq(run(&script, &second, false), -EAFNOSUPPORT);
    cr_assert_eq(script.heard_len, 0);
    cr_assert_eq(report.proxy, &first);
    cr_assert_str_eq(report.reason, "preparation: address type not supported, for the next proxy "
                                    "of the chain");
}

Test(chain, refusal_of_the_last_proxy_is_reported)
{
    struct script script = SAYS(CHOSEN, REFUSED(4));
    cr_assert_eq(run(&script, &first, false), -EHOSTUNREACH);
    cr_assert_eq(report.method, 0);
    cr_assert_eq(report.rep, 4);
    cr_assert_str_eq(report.reason, "reply: host unreachable or name unknown (REP 04)");
}

/* ---- early bytes ---- */

static enum s5a_pipeline_memory memory(void)
{
    return s5a_pipeline_recall(dir, &first);
}

Test(chain, pipelining_that_is_on_is_never_a_trial)
{
    struct script script = SAYS(CHOSEN);
    first.pipeline = S5A_PIPELINE_ON;
    cr_assert_eq(run_within(&script, &first, true, SHORT), -ETIMEDOUT);
    HEARD(script, GREETING, TARGET);
}

Test(chain, proxy_that_answers_a_trial_is_pipelined_from_then_on)
{
    struct script script = SAYS(CHOSEN, DONE), hung = SAYS(CHOSEN);
    first.pipeline = S5A_PIPELINE_AUTO;
    cr_assert_eq(run(&script, &first, true), 0);
    cr_assert_eq(memory(), S5A_PIPELINE_TAKES);
    cr_assert_eq(run_within(&hung, &first, false, SHORT), -ETIMEDOUT);
    HEARD(hung, GREETING, TARGET);
}

Test(chain, without_trial_nothing_unknown_is_pipelined)
{
    struct script script = SAYS(CHOSEN, DONE);
    first.pipeline = S5A_PIPELINE_AUTO;
    cr_assert_eq(run(&script, &first, false), 0);
    cr_assert_eq(memory(), S5A_PIPELINE_UNKNOWN);
}

Test(chain, hung_trial_and_quick_second_answer_mean_drops)
{
    struct script hung = SAYS(CHOSEN), quick = SAYS(CHOSEN, DONE), third = SAYS(CHOSEN);
    first.pipeline = S5A_PIPELINE_AUTO;
    cr_assert_eq(run(&hung, &first, true), -EAGAIN);
    HEARD(hung, GREETING, TARGET);
    cr_assert_eq(memory(), S5A_PIPELINE_TRYING);
    cr_assert_eq(run(&quick, &first, false), 0);
    cr_assert_eq(memory(), S5A_PIPELINE_DROPS);
    cr_assert_eq(run_within(&third, &first, true, SHORT), -ETIMEDOUT);
    cr_assert_eq(memory(), S5A_PIPELINE_DROPS);
}

Test(chain, second_answer_slower_than_the_trial_teaches_nothing)
{
    struct script quick = SAYS(CHOSEN, DONE);
    first.pipeline = S5A_PIPELINE_AUTO;
    report.trial.proxy = &first;
    report.trial.rep = -1;
    report.trial.waited = 0; /* anything takes longer than that */
    cr_assert_eq(run(&quick, &first, false), 0);
    cr_assert_eq(memory(), S5A_PIPELINE_UNKNOWN);
}

Test(chain, closed_trial_and_second_answer_mean_drops)
{
    struct script closed = SAYS(CHOSEN), answers = SAYS(CHOSEN, REFUSED(5));
    closed.closes = true;
    first.pipeline = S5A_PIPELINE_AUTO;
    cr_assert_eq(run(&closed, &first, true), -EAGAIN);
    cr_assert_eq(run(&answers, &first, false), -ECONNREFUSED);
    cr_assert_eq(memory(), S5A_PIPELINE_DROPS);
}

Test(chain, two_attempts_that_both_close_teach_nothing)
{
    struct script closed = SAYS(CHOSEN), again = SAYS(CHOSEN);
    closed.closes = again.closes = true;
    first.pipeline = S5A_PIPELINE_AUTO;
    cr_assert_eq(run(&closed, &first, true), -EAGAIN);
    cr_assert_eq(run(&again, &first, false), -ECONNRESET);
    cr_assert_eq(memory(), S5A_PIPELINE_TRYING);
}

Test(chain, same_refusal_twice_means_takes)
{
    struct script refused = SAYS(CHOSEN, REFUSED(1)), again = SAYS(CHOSEN, REFUSED(1));
    first.pipeline = S5A_PIPELINE_AUTO;
    cr_assert_eq(run(&refused, &first, true), -EAGAIN);
    cr_assert_eq(run(&again, &first, false), -ECONNABORTED);
    cr_assert_eq(memory(), S5A_PIPELINE_TAKES);
}

Test(chain, refusal_of_early_bytes_alone_means_drops)
{
    struct script refused = SAYS(CHOSEN, REFUSED(1)), fine = SAYS(CHOSEN, DONE);
    first.pipeline = S5A_PIPELINE_AUTO;
    cr_assert_eq(run(&refused, &first, true), -EAGAIN);
    cr_assert_eq(run(&fine, &first, false), 0);
    cr_assert_eq(memory(), S5A_PIPELINE_DROPS);
}

Test(chain, trial_at_the_deadline_is_a_time_out)
{
    struct script hung = SAYS(CHOSEN);
    first.pipeline = S5A_PIPELINE_AUTO;
    cr_assert_eq(run_within(&hung, &first, true, SHORT), -ETIMEDOUT);
}

Test(chain, proxy_that_no_longer_takes_is_asked_again_at_once)
{
    struct script closed = SAYS(CHOSEN), fine = SAYS(CHOSEN, DONE);
    closed.closes = true;
    first.pipeline = S5A_PIPELINE_AUTO;
    cr_assert(s5a_pipeline_remember(dir, &first, S5A_PIPELINE_TAKES));
    cr_assert_eq(run(&closed, &first, true), -EAGAIN);
    cr_assert_eq(memory(), S5A_PIPELINE_UNKNOWN);
    cr_assert_eq(run(&fine, &first, false), 0);
    HEARD(fine, GREETING, TARGET);
    cr_assert_eq(memory(), S5A_PIPELINE_DROPS);
}

Test(chain, second_attempt_does_not_pipeline_even_if_others_have_learnt_to)
{
    struct script fine = SAYS(CHOSEN, DONE);
    struct script closed = SAYS(CHOSEN);
    closed.closes = true;
    first.pipeline = S5A_PIPELINE_AUTO;
    report.trial.proxy = &first;
    report.trial.rep = -1;
    cr_assert(s5a_pipeline_remember(dir, &first, S5A_PIPELINE_TAKES));
    cr_assert_eq(run(&closed, &first, false), -ECONNRESET);
    cr_assert_eq(memory(), S5A_PIPELINE_TAKES); /* pipelined, it would have been forgotten */
    cr_assert_eq(run(&fine, &first, false), 0);
}

Test(chain, proxy_that_hangs_to_the_deadline_is_on_trial_again)
{
    struct script hung = SAYS(CHOSEN);
    first.pipeline = S5A_PIPELINE_AUTO;
    cr_assert(s5a_pipeline_remember(dir, &first, S5A_PIPELINE_TAKES));
    cr_assert_eq(run_within(&hung, &first, true, SHORT), -ETIMEDOUT);
    cr_assert_eq(memory(), S5A_PIPELINE_UNKNOWN);
}

Test(chain, refusal_does_not_make_a_known_proxy_doubtful)
{
    struct script refused = SAYS(CHOSEN, REFUSED(1));
    first.pipeline = S5A_PIPELINE_AUTO;
    cr_assert(s5a_pipeline_remember(dir, &first, S5A_PIPELINE_TAKES));
    cr_assert_eq(run(&refused, &first, true), -ECONNABORTED);
    cr_assert_eq(memory(), S5A_PIPELINE_TAKES);
}

Test(chain, two_methods_on_offer_are_never_a_trial)
{
    static char user[] = "me";
    struct script script = SAYS(CHOSEN, DONE);
    first.pipeline = S5A_PIPELINE_AUTO;
    first.user = user;
    cr_assert_eq(run(&script, &first, true), 0);
    cr_assert_eq(memory(), S5A_PIPELINE_UNKNOWN);
}

Test(chain, each_hop_learns_for_itself)
{
    struct script one = SAYS(CHOSEN, DONE, CHOSEN), two = SAYS(CHOSEN, DONE, CHOSEN, DONE);
    first.pipeline = second.pipeline = S5A_PIPELINE_AUTO;
    second.via = &first;
    cr_assert_eq(run(&one, &second, true), -EAGAIN);
    cr_assert_eq(report.trial.proxy, &second);
    cr_assert_eq(run(&two, &second, false), 0);
    cr_assert_eq(memory(), S5A_PIPELINE_TAKES);
    cr_assert_eq(s5a_pipeline_recall(dir, &second), S5A_PIPELINE_DROPS);
}
