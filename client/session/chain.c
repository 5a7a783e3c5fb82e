/* Sessions over sessions, one step at a time. */
#include "client/session/chain.h"

#include <errno.h>
#include <stdio.h>

#include "client/session/chain_login.h"
#include "client/session/chain_way.h"
#include "client/session/dial_wait.h"

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

static void say(const struct s5a_chain *c, bool is_last)
{
    struct s5a_chain_report *report = c->goal.report;
    char text[192], hint[128];
    report->proxy = c->hop;
    report->method = s5a_session_method(&c->session);
    report->rep = s5a_session_rep(&c->session);
    report->bound = c->session.bound;
    report->login = *s5a_session_login(&c->session);
    report->reason[0] = '\0';
    if (s5a_session_errno(&c->session) == 0)
        return;
    s5a_session_describe(&c->session, text, sizeof text);
    s5a_chain_login_hint(c, hint, sizeof hint);
    snprintf(report->reason, sizeof report->reason, "%s%s%s", text, hint,
             is_last ? "" : ", for the next proxy of the chain");
}

/* What the session with `hop` asks for. */
static struct s5a_ask ask_of(const struct s5a_chain *c, const struct s5a_proxy *hop)
{
    const struct s5a_proxy *next = next_hop(hop, c->goal.proxy);
    if (next == NULL)
        return c->goal.ask ? *c->goal.ask : s5a_ask_connect(c->goal.target);
    struct s5a_target on = { next->at.address, next->at.port };
    return s5a_ask_connect(&on);
}

static void begin_hop(struct s5a_chain *c, const struct s5a_proxy *hop, int fd)
{
    struct s5a_ask on = ask_of(c, hop);
    c->hop = hop;
    c->start = s5a_now();
    c->way = s5a_chain_choose_way(c, &on);
    if (s5a_proxy_eaf_method(hop) >= 0)
        s5a_chain_begin_login(c, &on);
    else
        s5a_session_init_ask(&c->session, hop, &on, NULL, c->way != S5A_CHAIN_WAIT, c->deadline);
    s5a_dial_begin(&c->dial, c->goal.io, fd, c->wire, &c->session, c->way == S5A_CHAIN_TRY);
}

void s5a_chain_begin(struct s5a_chain *c, const struct s5a_chain_goal *goal, int fd,
                     uint64_t deadline, bool trial)
{
    c->goal = *goal;
    c->deadline = deadline;
    c->trial = trial;
    c->is_resumed = false;
    c->wire = NULL;
    if (trial)
        goal->report->trial.proxy = NULL;
    begin_hop(c, s5a_chain_first(goal->proxy), fd);
}

/* What goes by an open session under 81 goes in its records, and they in those that it came by. */
static void keep_wire(struct s5a_chain *c)
{
    struct s5a_wire *wire = s5a_session_take_wire(&c->session);
    if (wire == NULL)
        return;
    wire->below = c->wire;
    c->wire = wire;
}

static int end_hop(struct s5a_chain *c, bool is_last)
{
    say(c, is_last);
    int result = c->is_resumed ? -s5a_session_errno(&c->session)
                               : s5a_chain_end_login(c, s5a_chain_learn(c));
    if (s5a_chain_rests(c))
        return result;
    keep_wire(c);
    s5a_session_wipe(&c->session);
    if (result != 0)
        s5a_chain_wipe(c);
    return result;
}

int s5a_chain_step(struct s5a_chain *c, bool ready)
{
    while (s5a_dial_step(&c->dial, ready)) {
        const struct s5a_proxy *next = next_hop(c->hop, c->goal.proxy);
        int result = end_hop(c, next == NULL);
        if (result != 0 || next == NULL)
            return result;
        if (c->goal.report->passed != NULL)
            c->goal.report->passed(c->goal.report);
        begin_hop(c, next, c->dial.fd);
        ready = false;
    }
    return -EINPROGRESS;
}

short s5a_chain_events(const struct s5a_chain *c)
{
    return s5a_dial_events(&c->dial);
}

uint64_t s5a_chain_limit(const struct s5a_chain *c)
{
    return c->dial.limit;
}

void s5a_chain_move(struct s5a_chain *to, struct s5a_chain *from, const struct s5a_chain_goal *goal,
                    int fd)
{
    *to = *from;
    to->goal = *goal;
    to->dial.fd = fd;
    to->dial.session = &to->session; /* wires stay where they are, and change hands */
    struct s5a_ask ask = ask_of(to, to->hop);
    struct s5a_target on = { ask.request.address, ask.request.port };
    s5a_session_move(&to->session, &from->session, &on);
    from->wire = NULL;
}

/* While the last session rests, those before it have wires, and it needs them. */
bool s5a_chain_has_wire(const struct s5a_chain *c)
{
    return c->wire != NULL && !s5a_chain_rests(c);
}

struct s5a_wire *s5a_chain_take_wire(struct s5a_chain *c)
{
    struct s5a_wire *wire = s5a_chain_has_wire(c) ? c->wire : NULL;
    if (wire != NULL)
        c->wire = NULL;
    return wire;
}

void s5a_chain_wipe(struct s5a_chain *c)
{
    s5a_wire_free(c->wire);
    c->wire = NULL;
    s5a_session_wipe(&c->session);
}

int s5a_chain_drive(struct s5a_chain *c)
{
    bool ready = false;
    int result;
    while ((result = s5a_chain_step(c, ready)) == -EINPROGRESS) {
        int waited = s5a_dial_wait(c->goal.io, c->dial.fd, s5a_chain_events(c), s5a_chain_limit(c));
        if (waited < 0)
            s5a_session_eof(&c->session);
        ready = waited > 0;
    }
    return result;
}

int s5a_chain_run(const struct s5a_chain_goal *goal, int fd, uint64_t deadline, bool trial)
{
    struct s5a_chain c;
    s5a_chain_begin(&c, goal, fd, deadline, trial);
    int result = s5a_chain_drive(&c);
    s5a_chain_wipe(&c);
    return result;
}
