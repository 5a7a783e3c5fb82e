/* Early bytes: when they are sent, and what trials with them teach. */
#include "client/session/chain.h"

#include "client/session/pipeline.h"
#include "tests/unit/chain_lab.h"

TestSuite(chain_trial, .init = lab_set_up, .fini = lab_tear_down);

static enum s5a_pipeline_memory memory(void)
{
    return s5a_pipeline_recall(lab_dir, &lab_first);
}

Test(chain_trial, pipelining_that_is_on_is_never_a_trial)
{
    struct lab_script lab_script = SAYS(CHOSEN);
    lab_first.pipeline = S5A_PIPELINE_ON;
    cr_assert_eq(lab_run_within(&lab_script, &lab_first, true, SHORT), -ETIMEDOUT);
    HEARD(lab_script, GREETING, TARGET);
}

Test(chain_trial, proxy_that_answers_a_trial_is_pipelined_from_then_on)
{
    struct lab_script lab_script = SAYS(CHOSEN, DONE), hung = SAYS(CHOSEN);
    lab_first.pipeline = S5A_PIPELINE_AUTO;
    cr_assert_eq(lab_run(&lab_script, &lab_first, true), 0);
    cr_assert_eq(memory(), S5A_PIPELINE_TAKES);
    cr_assert_eq(lab_run_within(&hung, &lab_first, false, SHORT), -ETIMEDOUT);
    HEARD(hung, GREETING, TARGET);
}

Test(chain_trial, without_trial_nothing_unknown_is_pipelined)
{
    struct lab_script lab_script = SAYS(CHOSEN, DONE);
    lab_first.pipeline = S5A_PIPELINE_AUTO;
    cr_assert_eq(lab_run(&lab_script, &lab_first, false), 0);
    cr_assert_eq(memory(), S5A_PIPELINE_UNKNOWN);
}

Test(chain_trial, hung_trial_and_quick_second_answer_mean_drops)
{
    struct lab_script hung = SAYS(CHOSEN), quick = SAYS(CHOSEN, DONE), third = SAYS(CHOSEN);
    lab_first.pipeline = S5A_PIPELINE_AUTO;
    cr_assert_eq(lab_run(&hung, &lab_first, true), -EAGAIN);
    HEARD(hung, GREETING, TARGET);
    cr_assert_eq(memory(), S5A_PIPELINE_TRYING);
    cr_assert_eq(lab_run(&quick, &lab_first, false), 0);
    cr_assert_eq(memory(), S5A_PIPELINE_DROPS);
    cr_assert_eq(lab_run_within(&third, &lab_first, true, SHORT), -ETIMEDOUT);
    cr_assert_eq(memory(), S5A_PIPELINE_DROPS);
}

Test(chain_trial, second_answer_slower_than_the_trial_teaches_nothing)
{
    struct lab_script quick = SAYS(CHOSEN, DONE);
    lab_first.pipeline = S5A_PIPELINE_AUTO;
    lab_report.trial.proxy = &lab_first;
    lab_report.trial.rep = -1;
    lab_report.trial.waited = 0; /* anything takes longer than that */
    cr_assert_eq(lab_run(&quick, &lab_first, false), 0);
    cr_assert_eq(memory(), S5A_PIPELINE_UNKNOWN);
}

Test(chain_trial, closed_trial_and_second_answer_mean_drops)
{
    struct lab_script closed = SAYS(CHOSEN), answers = SAYS(CHOSEN, REFUSED(5));
    closed.closes = true;
    lab_first.pipeline = S5A_PIPELINE_AUTO;
    cr_assert_eq(lab_run(&closed, &lab_first, true), -EAGAIN);
    cr_assert_eq(lab_run(&answers, &lab_first, false), -ECONNREFUSED);
    cr_assert_eq(memory(), S5A_PIPELINE_DROPS);
}

Test(chain_trial, two_attempts_that_both_close_teach_nothing)
{
    struct lab_script closed = SAYS(CHOSEN), again = SAYS(CHOSEN);
    closed.closes = again.closes = true;
    lab_first.pipeline = S5A_PIPELINE_AUTO;
    cr_assert_eq(lab_run(&closed, &lab_first, true), -EAGAIN);
    cr_assert_eq(lab_run(&again, &lab_first, false), -ECONNRESET);
    cr_assert_eq(memory(), S5A_PIPELINE_TRYING);
}

Test(chain_trial, same_refusal_twice_means_takes)
{
    struct lab_script refused = SAYS(CHOSEN, REFUSED(1)), again = SAYS(CHOSEN, REFUSED(1));
    lab_first.pipeline = S5A_PIPELINE_AUTO;
    cr_assert_eq(lab_run(&refused, &lab_first, true), -EAGAIN);
    cr_assert_eq(lab_run(&again, &lab_first, false), -ECONNABORTED);
    cr_assert_eq(memory(), S5A_PIPELINE_TAKES);
}

Test(chain_trial, refusal_of_early_bytes_alone_means_drops)
{
    struct lab_script refused = SAYS(CHOSEN, REFUSED(1)), fine = SAYS(CHOSEN, DONE);
    lab_first.pipeline = S5A_PIPELINE_AUTO;
    cr_assert_eq(lab_run(&refused, &lab_first, true), -EAGAIN);
    cr_assert_eq(lab_run(&fine, &lab_first, false), 0);
    cr_assert_eq(memory(), S5A_PIPELINE_DROPS);
}

Test(chain_trial, trial_at_the_deadline_is_a_time_out)
{
    struct lab_script hung = SAYS(CHOSEN);
    lab_first.pipeline = S5A_PIPELINE_AUTO;
    cr_assert_eq(lab_run_within(&hung, &lab_first, true, SHORT), -ETIMEDOUT);
}

Test(chain_trial, proxy_that_no_longer_takes_is_asked_again_at_once)
{
    struct lab_script closed = SAYS(CHOSEN), fine = SAYS(CHOSEN, DONE);
    closed.closes = true;
    lab_first.pipeline = S5A_PIPELINE_AUTO;
    cr_assert(s5a_pipeline_remember(lab_dir, &lab_first, S5A_PIPELINE_TAKES));
    cr_assert_eq(lab_run(&closed, &lab_first, true), -EAGAIN);
    cr_assert_eq(memory(), S5A_PIPELINE_UNKNOWN);
    cr_assert_eq(lab_run(&fine, &lab_first, false), 0);
    HEARD(fine, GREETING, TARGET);
    cr_assert_eq(memory(), S5A_PIPELINE_DROPS);
}

Test(chain_trial, second_attempt_does_not_pipeline_even_if_others_have_learnt_to)
{
    struct lab_script fine = SAYS(CHOSEN, DONE);
    struct lab_script closed = SAYS(CHOSEN);
    closed.closes = true;
    lab_first.pipeline = S5A_PIPELINE_AUTO;
    lab_report.trial.proxy = &lab_first;
    lab_report.trial.rep = -1;
    cr_assert(s5a_pipeline_remember(lab_dir, &lab_first, S5A_PIPELINE_TAKES));
    cr_assert_eq(lab_run(&closed, &lab_first, false), -ECONNRESET);
    cr_assert_eq(memory(), S5A_PIPELINE_TAKES); /* pipelined, it would have been forgotten */
    cr_assert_eq(lab_run(&fine, &lab_first, false), 0);
}

Test(chain_trial, proxy_that_hangs_to_the_deadline_is_on_trial_again)
{
    struct lab_script hung = SAYS(CHOSEN);
    lab_first.pipeline = S5A_PIPELINE_AUTO;
    cr_assert(s5a_pipeline_remember(lab_dir, &lab_first, S5A_PIPELINE_TAKES));
    cr_assert_eq(lab_run_within(&hung, &lab_first, true, SHORT), -ETIMEDOUT);
    cr_assert_eq(memory(), S5A_PIPELINE_UNKNOWN);
}

Test(chain_trial, refusal_does_not_make_a_known_proxy_doubtful)
{
    struct lab_script refused = SAYS(CHOSEN, REFUSED(1));
    lab_first.pipeline = S5A_PIPELINE_AUTO;
    cr_assert(s5a_pipeline_remember(lab_dir, &lab_first, S5A_PIPELINE_TAKES));
    cr_assert_eq(lab_run(&refused, &lab_first, true), -ECONNABORTED);
    cr_assert_eq(memory(), S5A_PIPELINE_TAKES);
}

Test(chain_trial, two_methods_on_offer_are_never_a_trial)
{
    static char user[] = "me";
    struct lab_script lab_script = SAYS(CHOSEN, DONE);
    lab_first.pipeline = S5A_PIPELINE_AUTO;
    lab_first.user = user;
    cr_assert_eq(lab_run(&lab_script, &lab_first, true), 0);
    cr_assert_eq(memory(), S5A_PIPELINE_UNKNOWN);
}

Test(chain_trial, each_hop_learns_for_itself)
{
    struct lab_script one = SAYS(CHOSEN, DONE, CHOSEN), two = SAYS(CHOSEN, DONE, CHOSEN, DONE);
    lab_first.pipeline = lab_second.pipeline = S5A_PIPELINE_AUTO;
    lab_second.via = &lab_first;
    cr_assert_eq(lab_run(&one, &lab_second, true), -EAGAIN);
    cr_assert_eq(lab_report.trial.proxy, &lab_second);
    cr_assert_eq(lab_run(&two, &lab_second, false), 0);
    cr_assert_eq(memory(), S5A_PIPELINE_TAKES);
    cr_assert_eq(s5a_pipeline_recall(lab_dir, &lab_second), S5A_PIPELINE_DROPS);
}
