/* One request after the other over a chain whose last session rests. */
#include "client/session/chain.h"

#include <errno.h>

#include "client/word.h"

enum { DUMMIES_MAX = 65536 }; /* bytes at once */

bool s5a_chain_rests(const struct s5a_chain *c)
{
    return s5a_session_is_ready(&c->session) || s5a_session_is_bound(&c->session);
}

static void resume(struct s5a_chain *c, uint64_t deadline)
{
    c->deadline = deadline;
    c->is_resumed = true;
    s5a_dial_begin(&c->dial, c->goal.io, c->dial.fd, c->wire, &c->session, false);
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

bool s5a_chain_has_dummies(const struct s5a_chain *c)
{
    return s5a_session_is_ready(&c->session) &&
           (c->wire != NULL || s5a_session_rest_want(&c->session) > 0);
}

/* What records below have brought: only dummies of the session's own may be in them. */
static bool hear_raised(struct s5a_chain *c)
{
    struct s5a_span come;
    while (s5a_wires_come(c->wire, &come) == S5A_OK) {
        if (come.len == 0)
            return true;
        if (s5a_session_rest_want(&c->session) == 0)
            return false;
        s5a_session_rest_feed(&c->session, come.at, come.len);
        s5a_wires_took(c->wire, come.len);
    }
    return false;
}

static bool hear(struct s5a_chain *c, struct s5a_span bytes)
{
    if (c->wire == NULL) {
        s5a_session_rest_feed(&c->session, bytes.at, bytes.len);
        return s5a_chain_has_dummies(c);
    }
    while (bytes.len > 0) {
        size_t want = s5a_wires_want(c->wire), len = bytes.len < want ? bytes.len : want;
        if (s5a_wires_feed(c->wire, (struct s5a_span){ bytes.at, len }) != S5A_OK ||
            !hear_raised(c))
            return false;
        bytes = (struct s5a_span){ bytes.at + len, bytes.len - len };
    }
    return s5a_chain_has_dummies(c);
}

ssize_t s5a_chain_attend(struct s5a_chain *c)
{
    uint8_t bytes[4096];
    ssize_t taken = 0;
    if (!s5a_chain_has_dummies(c))
        return -1;
    while (taken < DUMMIES_MAX) {
        ssize_t got = c->goal.io->recv(c->dial.fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            return -1;
        if (got < 0)
            return taken;
        taken += got;
        if (!hear(c, (struct s5a_span){ bytes, (size_t)got }))
            return -1;
    }
    return taken;
}
