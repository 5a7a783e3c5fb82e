/* One request after the other over a chain whose last session rests. */
#include "client/session/chain.h"

#include "client/word.h"

bool s5a_chain_rests(const struct s5a_chain *c)
{
    return s5a_session_is_ready(&c->session) || s5a_session_is_bound(&c->session);
}

static void resume(struct s5a_chain *c, uint64_t deadline)
{
    c->deadline = deadline;
    c->is_resumed = true;
    s5a_dial_begin(&c->dial, c->goal.io, c->dial.fd, &c->session, false);
}

int s5a_chain_ask(struct s5a_chain *c, const struct s5a_ask *ask, uint64_t deadline)
{
    enum s5a_status status = s5a_session_ask(&c->session, ask, deadline);
    if (status != S5A_OK)
        return -s5a_status_errno(status);
    c->goal.ask = ask;
    resume(c, deadline);
    return 0;
}

/* What the goal's target is asked for by. */
static int ask_for_target(struct s5a_chain *c, const struct s5a_ask *ask, uint64_t deadline)
{
    int failed = s5a_chain_ask(c, ask, deadline);
    c->goal.ask = NULL;
    return failed;
}

int s5a_chain_connect(struct s5a_chain *c, uint64_t deadline)
{
    struct s5a_ask ask = s5a_ask_connect(c->goal.target);
    return ask_for_target(c, &ask, deadline);
}

int s5a_chain_get(struct s5a_chain *c, const char *id, uint64_t deadline)
{
    struct s5a_ask ask = s5a_ask_nothing();
    ask.request.command = S5A_CMD_POOL_GET;
    ask.request.address = (struct s5a_address){ .type = S5A_ATYP_NAME, .text = s5a_word(id) };
    return ask_for_target(c, &ask, deadline);
}

void s5a_chain_await(struct s5a_chain *c, uint64_t deadline)
{
    s5a_session_await(&c->session, deadline);
    resume(c, deadline);
}
