/* Early bytes in a chain's sessions: whether they go, and what came of it. */
#include "client/session/chain_way.h"

#include <errno.h>

#include "client/session/pipeline.h"

enum s5a_chain_way s5a_chain_choose_way(const struct s5a_chain *c, const struct s5a_ask *ask)
{
    const struct s5a_proxy *hop = c->hop;
    if (hop->pipeline == S5A_PIPELINE_OFF || !s5a_session_can_pipeline(hop) ||
        ask->request.command == S5A_CMD_NOTHING)
        return S5A_CHAIN_WAIT;
    if (hop->pipeline == S5A_PIPELINE_ON)
        return S5A_CHAIN_PIPELINE;
    if (c->goal.report->trial.proxy == hop)
        return S5A_CHAIN_WAIT;
    enum s5a_pipeline_memory memory = s5a_pipeline_recall(c->goal.state_dir, hop);
    if (memory == S5A_PIPELINE_TAKES)
        return S5A_CHAIN_REMEMBER;
    if (memory == S5A_PIPELINE_UNKNOWN && c->trial &&
        s5a_pipeline_remember(c->goal.state_dir, hop, S5A_PIPELINE_TRYING))
        return S5A_CHAIN_TRY;
    return S5A_CHAIN_WAIT;
}

void s5a_chain_recall(const char *state_dir, const struct s5a_proxy *proxy)
{
    for (; proxy; proxy = proxy->via)
        if (proxy->pipeline == S5A_PIPELINE_AUTO && s5a_session_can_pipeline(proxy))
            (void)s5a_pipeline_recall(state_dir, proxy);
}

static void remember(const struct s5a_chain *c, enum s5a_pipeline_memory memory)
{
    (void)s5a_pipeline_remember(c->goal.state_dir, c->hop, memory);
}

/* A pipelined session failed for a reason that early bytes may have caused: EAGAIN, so that a
 * second attempt shows. */
static int suspect(const struct s5a_chain *c, uint64_t waited)
{
    struct s5a_chain_report *report = c->goal.report;
    report->trial.proxy = c->hop;
    report->trial.rep = s5a_session_rep(&c->session);
    report->trial.waited = s5a_session_status(&c->session) == S5A_TIMED_OUT ? waited : UINT64_MAX;
    return -EAGAIN;
}

static int after_trial(const struct s5a_chain *c, uint64_t waited)
{
    if (s5a_session_errno(&c->session) == 0) {
        remember(c, S5A_PIPELINE_TAKES);
        return 0;
    }
    bool too_late = s5a_now() >= c->deadline;
    return too_late ? -s5a_session_errno(&c->session) : suspect(c, waited);
}

/* A whole answer, were it a refusal, shows that the proxy still takes early bytes. */
static int after_memory(const struct s5a_chain *c, uint64_t waited)
{
    enum s5a_status status = s5a_session_status(&c->session);
    if (s5a_session_rep(&c->session) >= 0 || status == S5A_LOGIN_REFUSED)
        return -s5a_session_errno(&c->session);
    remember(c, S5A_PIPELINE_UNKNOWN);
    return c->trial && status != S5A_TIMED_OUT ? suspect(c, waited)
                                               : -s5a_session_errno(&c->session);
}

/* The second attempt, without early bytes: the same refusal as before says that they were taken;
 * another answer, sooner than the first attempt gave up, that they were not. */
static void compare(const struct s5a_chain *c, uint64_t waited)
{
    const struct s5a_chain_report *report = c->goal.report;
    int rep = s5a_session_rep(&c->session);
    if (rep < 0 || report->trial.proxy != c->hop)
        return;
    if (rep == report->trial.rep)
        remember(c, S5A_PIPELINE_TAKES);
    else if (waited < report->trial.waited)
        remember(c, S5A_PIPELINE_DROPS);
}

int s5a_chain_learn(const struct s5a_chain *c)
{
    uint64_t waited = s5a_now() - c->start;
    if (c->way == S5A_CHAIN_TRY)
        return after_trial(c, waited);
    if (c->way == S5A_CHAIN_REMEMBER)
        return after_memory(c, waited);
    compare(c, waited);
    return -s5a_session_errno(&c->session);
}
