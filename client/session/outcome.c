/* How a session stands and how it ended: as errno, and in words. */
#include "client/session/outcome.h"

#include <errno.h>
#include <stdio.h>

const char *s5a_session_stage(enum s5a_session_state state)
{
    static const char *const stages[] = {
        [S5A_SESSION_NEW] = "preparation", [S5A_SESSION_SELECTION] = "method selection",
        [S5A_SESSION_LOGIN] = "log-in",    [S5A_SESSION_EAF] = "log-in",
        [S5A_SESSION_READY] = "request",   [S5A_SESSION_REPLY] = "reply",
        [S5A_SESSION_BOUND] = "peer",      [S5A_SESSION_OPEN] = "open",
        [S5A_SESSION_FAILED] = "failed",
    };
    return stages[state];
}

bool s5a_session_over(const struct s5a_session *s)
{
    return s->state == S5A_SESSION_OPEN || s->state == S5A_SESSION_FAILED ||
           s5a_session_is_ready(s) || s5a_session_is_bound(s);
}

bool s5a_session_is_ready(const struct s5a_session *s)
{
    return s->state == S5A_SESSION_READY;
}

bool s5a_session_is_bound(const struct s5a_session *s)
{
    return s->state == S5A_SESSION_BOUND;
}

int s5a_session_errno(const struct s5a_session *s)
{
    if (!s5a_session_over(s))
        return EINPROGRESS;
    if (s->status == S5A_LOGIN_DENIED)
        return s5a_rep_errno((uint8_t)s->login.rep);
    return s->status == S5A_REFUSED ? s5a_rep_errno((uint8_t)s->rep) : s5a_status_errno(s->status);
}

enum s5a_status s5a_session_status(const struct s5a_session *s)
{
    return s->status;
}

int s5a_session_method(const struct s5a_session *s)
{
    return s->method;
}

int s5a_session_rep(const struct s5a_session *s)
{
    return s->rep;
}

const struct s5a_login_result *s5a_session_login(const struct s5a_session *s)
{
    return &s->login;
}

static void describe_refusal(const struct s5a_session *s, int rep, char *out, size_t cap)
{
    bool detailed = s->detail[0] != '\0';
    snprintf(out, cap, "%s: %s (REP %02x)%s%s", s5a_session_stage(s->stage),
             s5a_rep_text((uint8_t)rep), (unsigned)rep, detailed ? ": " : "", s->detail);
}

void s5a_session_describe(const struct s5a_session *s, char *out, size_t cap)
{
    const char *stage = s5a_session_stage(s->stage);
    if (s->state == S5A_SESSION_OPEN)
        snprintf(out, cap, "open");
    else if (s->state != S5A_SESSION_FAILED && s->status == S5A_OK)
        snprintf(out, cap, "waiting for %s", s5a_session_stage(s->state));
    else if (s->status == S5A_REFUSED)
        describe_refusal(s, s->rep, out, cap);
    else if (s->status == S5A_LOGIN_DENIED)
        describe_refusal(s, s->login.rep, out, cap);
    else
        snprintf(out, cap, "%s: %s%s", stage, s5a_status_text(s->status),
                 s->status == S5A_NO_METHOD && s->proxy->user == NULL && s->exchange == NULL &&
                         s5a_proxy_eaf_method(s->proxy) < 0
                     ? " (no user name is configured)"
                     : "");
}
