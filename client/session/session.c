/* The session as a table of steps: how much the message that is waited for still lacks, and what
 * follows from it. */
#include "client/session/session.h"

#include <assert.h>

#include "client/log.h"
#include "client/login/exchange.h"
#include "client/session/outcome.h"
#include "client/session/output.h"
#include "client/session/replies.h"
#include "client/session/session_login.h"
#include "protocol/greeting.h"
#include "protocol/request.h"
#include "protocol/userpass.h"

struct step {
    /* 0 only where what has come can never be the message. */
    size_t (*missing)(const struct s5a_session *s, struct s5a_span have);
    /* Decodes it and moves on. INCOMPLETE changes nothing. */
    enum s5a_status (*take)(struct s5a_session *s, struct s5a_reader *r);
};

/* ---- states ---- */

void s5a_session_enter(struct s5a_session *s, enum s5a_session_state state)
{
    if (s5a_log_wanted(S5A_LOG_DEBUG))
        s5a_log(S5A_LOG_DEBUG, "proxy %s: %s, then %s", s->proxy->name, s5a_session_stage(s->state),
                s5a_session_stage(state));
    s->stage = s->state;
    s->state = state;
}

void s5a_session_fail(struct s5a_session *s, enum s5a_status status)
{
    if (s->state == S5A_SESSION_OPEN || s->state == S5A_SESSION_FAILED)
        return;
    s->status = status;
    s5a_session_enter(s, S5A_SESSION_FAILED);
    s5a_buffer_wipe(&s->out);
}

/* ---- requests ---- */

enum s5a_status s5a_session_logged_in(struct s5a_session *s)
{
    if (s->ask.request.command == S5A_CMD_NOTHING) {
        s5a_session_enter(s, S5A_SESSION_READY);
        return S5A_OK;
    }
    s5a_session_enter(s, S5A_SESSION_REPLY);
    return s->pipelined ? S5A_OK : s5a_session_queue_request(s);
}

enum s5a_status s5a_session_ask(struct s5a_session *s, const struct s5a_ask *ask, uint64_t deadline)
{
    assert(s->state == S5A_SESSION_READY);
    s5a_session_set_ask(s, ask);
    s->status = S5A_OK;
    s->rep = -1;
    s->detail[0] = '\0';
    s->deadline = deadline;
    s->pipelined = false;
    enum s5a_status status = s5a_session_queue_request(s);
    if (status == S5A_OK)
        s5a_session_enter(s, S5A_SESSION_REPLY);
    return status;
}

void s5a_session_await(struct s5a_session *s, uint64_t deadline)
{
    assert(s->state == S5A_SESSION_BOUND);
    s->rep = -1;
    s->deadline = deadline;
    s5a_session_enter(s, S5A_SESSION_REPLY);
}

/* ---- what comes ---- */

static size_t missing_selection(const struct s5a_session *s, struct s5a_span have)
{
    (void)s;
    return S5A_SELECTION_LEN - have.len;
}

static enum s5a_status take_selection(struct s5a_session *s, struct s5a_reader *r)
{
    struct s5a_reader whole = *r;
    uint8_t method;
    struct s5a_span offered = { s->methods, s->methods_len };
    enum s5a_status status = s5a_selection_decode(r, offered, &method);
    if (status == S5A_MALFORMED && s->exchange != NULL)
        return S5A_NOT_OFFERED;
    if (status == S5A_MALFORMED && s5a_read_u8(&whole) == S5A_VERSION &&
        s5a_read_u8(&whole) == S5A_METHOD_PASSWORD && s->proxy->user == NULL)
        return S5A_NO_CREDENTIALS; /* not offered, but this is what people need to hear */
    if (status != S5A_OK)
        return status;
    s->method = method;
    if (method == S5A_METHOD_REJECTED)
        return S5A_NO_METHOD;
    if (s->exchange != NULL) {
        s5a_session_enter(s, S5A_SESSION_EAF);
        return S5A_OK;
    }
    if (method == S5A_METHOD_NONE)
        return s5a_session_logged_in(s);
    s5a_session_enter(s, S5A_SESSION_LOGIN);
    return s->pipelined ? S5A_OK : s5a_session_queue_login(s);
}

static size_t missing_login(const struct s5a_session *s, struct s5a_span have)
{
    (void)s;
    return S5A_USERPASS_STATUS_LEN - have.len;
}

static enum s5a_status take_login(struct s5a_session *s, struct s5a_reader *r)
{
    uint8_t refused;
    enum s5a_status status = s5a_userpass_status_decode(r, &refused);
    if (status != S5A_OK)
        return status;
    if (refused != 0)
        return S5A_LOGIN_REFUSED;
    return s5a_session_logged_in(s);
}

static size_t missing_nothing(const struct s5a_session *s, struct s5a_span have)
{
    (void)s;
    (void)have;
    return 0;
}

static const struct step *step(enum s5a_session_state state)
{
    static const struct step steps[] = {
        [S5A_SESSION_NEW] = { missing_nothing, NULL },
        [S5A_SESSION_SELECTION] = { missing_selection, take_selection },
        [S5A_SESSION_LOGIN] = { missing_login, take_login },
        [S5A_SESSION_EAF] = { s5a_session_missing_eaf, s5a_session_take_eaf },
        [S5A_SESSION_READY] = { missing_nothing, NULL },
        [S5A_SESSION_REPLY] = { s5a_session_missing_reply, s5a_session_take_reply },
        [S5A_SESSION_BOUND] = { missing_nothing, NULL },
        [S5A_SESSION_OPEN] = { missing_nothing, NULL },
        [S5A_SESSION_FAILED] = { missing_nothing, NULL },
    };
    return &steps[state];
}

/* ---- driving ---- */

struct s5a_span s5a_session_output(const struct s5a_session *s)
{
    return s5a_buffer_peek(&s->out);
}

void s5a_session_sent(struct s5a_session *s, size_t len)
{
    s5a_buffer_consume(&s->out, len);
    if (s5a_session_output(s).len == 0)
        s5a_buffer_wipe(&s->out);
}

/* What is asked for already is answered too, if all goes well; if it does not, the stream is of no
 * use to anybody else. */
size_t s5a_session_want(const struct s5a_session *s)
{
    static const struct s5a_span nothing = { NULL, 0 };
    size_t want = step(s->state)->missing(s, s5a_buffer_peek(&s->in));
    if (s->state == S5A_SESSION_SELECTION && s->exchange != NULL)
        return want + s5a_exchange_missing(s->exchange, nothing);
    if (!s->pipelined)
        return want;
    if (s->state == S5A_SESSION_SELECTION && s->methods[0] == S5A_METHOD_PASSWORD)
        want += missing_login(s, nothing);
    if (s->state == S5A_SESSION_SELECTION || s->state == S5A_SESSION_LOGIN)
        want += s5a_session_missing_reply(s, nothing);
    return want;
}

/* One message; false where there is nothing more to be done with what has come. */
static bool advance(struct s5a_session *s)
{
    struct s5a_span have = s5a_buffer_peek(&s->in);
    struct s5a_reader r;
    s5a_reader_init(&r, have.at, have.len);
    enum s5a_status status = step(s->state)->take(s, &r);
    if (status == S5A_OK)
        s5a_buffer_consume(&s->in, have.len - s5a_reader_left(&r));
    else if (status != S5A_INCOMPLETE)
        s5a_session_fail(s, status);
    else if (s5a_session_want(s) == 0)
        s5a_session_fail(s, S5A_MALFORMED);
    return status == S5A_OK && s5a_reader_left(&r) > 0;
}

void s5a_session_feed(struct s5a_session *s, const void *bytes, size_t len)
{
    size_t want = s5a_session_want(s);
    if (want == 0 || len == 0)
        return;
    s5a_buffer_append(&s->in, (struct s5a_span){ bytes, len < want ? len : want });
    while (!s5a_session_over(s) && advance(s))
        ;
}

void s5a_session_eof(struct s5a_session *s)
{
    if (s5a_session_is_cut_off(s))
        s5a_session_fail(s, S5A_WRONG_KEY);
    else
        s5a_session_fail(s, s5a_session_is_refusal(s) ? S5A_REFUSED : S5A_PROXY_CLOSED);
}

void s5a_session_expire(struct s5a_session *s, uint64_t now)
{
    if (now >= s->deadline)
        s5a_session_fail(s, S5A_TIMED_OUT);
}

uint64_t s5a_session_deadline(const struct s5a_session *s)
{
    return s->deadline;
}
