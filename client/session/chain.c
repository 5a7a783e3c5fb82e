/* Sessions over sessions, and what they teach about early bytes. */
#include "client/session/chain.h"

#include <errno.h>
#include <stdio.h>

#include "client/session/pipeline.h"

/* How the request goes out. */
enum way {
    WAIT,     /* behind the selection */
    PIPELINE, /* with the greeting, because the configuration says so */
    REMEMBER, /* with the greeting, because the proxy has been seen to take it */
    TRY,      /* with the greeting, to see */
};

struct attempt {
    const struct s5a_io *io;
    int fd;
    const char *state_dir;
    uint64_t deadline;
    bool trial;
    struct s5a_chain_report *report;
};

const struct s5a_proxy *s5a_chain_first(const struct s5a_proxy *proxy)
{
    while (proxy->via)
        proxy = proxy->via;
    return proxy;
}

/* The hop behind `hop` on the way to `proxy`; NULL behind the last. */
static const struct s5a_proxy *next_hop(const struct s5a_proxy *hop, const struct s5a_proxy *proxy)
{
    while (proxy != hop && proxy->via != hop)
        proxy = proxy->via;
    return proxy != hop ? proxy : NULL;
}

/* ---- pipelining ---- */

static enum way choose(const struct attempt *a, const struct s5a_proxy *hop)
{
    if (hop->pipeline == S5A_PIPELINE_OFF || !s5a_session_can_pipeline(hop))
        return WAIT;
    if (hop->pipeline == S5A_PIPELINE_ON)
        return PIPELINE;
    if (a->report->trial.proxy == hop)
        return WAIT;
    enum s5a_pipeline_memory memory = s5a_pipeline_recall(a->state_dir, hop);
    if (memory == S5A_PIPELINE_TAKES)
        return REMEMBER;
    if (memory == S5A_PIPELINE_UNKNOWN && a->trial &&
        s5a_pipeline_remember(a->state_dir, hop, S5A_PIPELINE_TRYING))
        return TRY;
    return WAIT;
}

static void remember(const struct attempt *a, const struct s5a_proxy *hop,
                     enum s5a_pipeline_memory memory)
{
    (void)s5a_pipeline_remember(a->state_dir, hop, memory);
}

/* A pipelined session failed for a reason that early bytes may have caused: EAGAIN, so that a
 * second attempt shows. */
static int suspect(const struct attempt *a, const struct s5a_session *s, uint64_t waited)
{
    a->report->trial.proxy = s->proxy;
    a->report->trial.rep = s5a_session_rep(s);
    a->report->trial.waited = s5a_session_status(s) == S5A_TIMED_OUT ? waited : UINT64_MAX;
    return -EAGAIN;
}

static int after_trial(const struct attempt *a, const struct s5a_session *s, uint64_t waited)
{
    if (s5a_session_errno(s) == 0) {
        remember(a, s->proxy, S5A_PIPELINE_TAKES);
        return 0;
    }
    bool too_late = s5a_now() >= a->deadline;
    return too_late ? -s5a_session_errno(s) : suspect(a, s, waited);
}

/* A whole answer, were it a refusal, shows that the proxy still takes early bytes. */
static int after_memory(const struct attempt *a, const struct s5a_session *s, uint64_t waited)
{
    if (s5a_session_rep(s) >= 0 || s5a_session_status(s) == S5A_LOGIN_REFUSED)
        return -s5a_session_errno(s);
    remember(a, s->proxy, S5A_PIPELINE_UNKNOWN);
    return a->trial && s5a_session_status(s) != S5A_TIMED_OUT ? suspect(a, s, waited)
                                                              : -s5a_session_errno(s);
}

/* The second attempt, without early bytes: the same refusal as before says that they were taken;
 * another answer, sooner than the first attempt gave up, that they were not. */
static void compare(const struct attempt *a, const struct s5a_session *s, uint64_t waited)
{
    int rep = s5a_session_rep(s);
    if (rep < 0 || a->report->trial.proxy != s->proxy)
        return;
    if (rep == a->report->trial.rep)
        remember(a, s->proxy, S5A_PIPELINE_TAKES);
    else if (waited < a->report->trial.waited)
        remember(a, s->proxy, S5A_PIPELINE_DROPS);
}

static int learn(const struct attempt *a, enum way way, const struct s5a_session *s,
                 uint64_t waited)
{
    if (way == TRY)
        return after_trial(a, s, waited);
    if (way == REMEMBER)
        return after_memory(a, s, waited);
    compare(a, s, waited);
    return -s5a_session_errno(s);
}

/* ---- hops ---- */

static void say(const struct attempt *a, const struct s5a_session *s, bool is_last)
{
    struct s5a_chain_report *report = a->report;
    char text[160];
    report->proxy = s->proxy;
    report->method = s5a_session_method(s);
    report->rep = s5a_session_rep(s);
    report->reason[0] = '\0';
    if (s5a_session_errno(s) == 0)
        return;
    s5a_session_describe(s, text, sizeof text);
    snprintf(report->reason, sizeof report->reason, "%s%s", text,
             is_last ? "" : ", for the next proxy of the chain");
}

static int run_hop(const struct attempt *a, const struct s5a_proxy *hop,
                   const struct s5a_target *target, bool is_last)
{
    struct s5a_session session;
    uint64_t start = s5a_now();
    enum way way = choose(a, hop);
    s5a_session_init(&session, hop, target, way != WAIT, a->deadline);
    (void)(way == TRY ? s5a_dial_trial(a->io, a->fd, &session)
                      : s5a_dial_session(a->io, a->fd, &session));
    s5a_session_wipe(&session);
    say(a, &session, is_last);
    return learn(a, way, &session, s5a_now() - start);
}

int s5a_chain_run(const struct s5a_io *io, int fd, const struct s5a_config *config,
                  const struct s5a_proxy *proxy, const struct s5a_target *target, uint64_t deadline,
                  bool trial, struct s5a_chain_report *report)
{
    struct attempt attempt = { io, fd, config->state_dir, deadline, trial, report };
    const struct s5a_proxy *hop = s5a_chain_first(proxy);
    if (trial)
        report->trial.proxy = NULL;
    for (;;) {
        const struct s5a_proxy *next = next_hop(hop, proxy);
        struct s5a_target on =
            next ? (struct s5a_target){ next->at.address, next->at.port } : *target;
        int result = run_hop(&attempt, hop, &on, next == NULL);
        if (result != 0 || next == NULL)
            return result;
        hop = next;
    }
}
