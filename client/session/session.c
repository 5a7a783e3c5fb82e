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
#include "client/session/session_method.h"
#include "protocol/greeting.h"

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
    s5a_wire_free(s->wire); /* nothing more comes or goes */
    s->wire = NULL;
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

/* ---- what comes ---- */

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
        [S5A_SESSION_SELECTION] = { s5a_session_missing_selection, s5a_session_take_selection },
        [S5A_SESSION_LOGIN] = { s5a_session_missing_login, s5a_session_take_login },
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

static struct s5a_buffer *outgoing(struct s5a_session *s)
{
    return s->wire != NULL ? &s->wire->out : &s->out;
}

struct s5a_span s5a_session_output(const struct s5a_session *s)
{
    return s5a_buffer_peek(s->wire != NULL ? &s->wire->out : &s->out);
}

void s5a_session_sent(struct s5a_session *s, size_t len)
{
    s5a_buffer_consume(outgoing(s), len);
    if (s->wire == NULL && s5a_session_output(s).len == 0)
        s5a_buffer_wipe(&s->out);
}

/* What is asked for already is answered too, if all goes well; if it does not, the stream is of no
 * use to anybody else. */
size_t s5a_session_want(const struct s5a_session *s)
{
    static const struct s5a_span nothing = { NULL, 0 };
    size_t want = step(s->state)->missing(s, s5a_buffer_peek(&s->in));
    bool is_selected = s->state != S5A_SESSION_SELECTION;
    if (s->wire != NULL && !s5a_session_over(s))
        return (is_selected ? 0 : want) + s5a_wire_missing(s->wire);
    if (s->exchange != NULL && !is_selected)
        return want + s5a_exchange_missing(s->exchange, nothing);
    if (!s->pipelined)
        return want;
    if (s->state == S5A_SESSION_SELECTION && s->methods[0] == S5A_METHOD_PASSWORD)
        want += s5a_session_missing_login(s, nothing);
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
    else if (step(s->state)->missing(s, have) == 0)
        s5a_session_fail(s, S5A_MALFORMED);
    return status == S5A_OK && s5a_reader_left(&r) > 0;
}

static void advance_all(struct s5a_session *s)
{
    while (!s5a_session_over(s) && advance(s))
        ;
}

/* Off `*bytes` to the stream: all of them in clear, of the selection's alone under 81 before it is
 * whole, of one record's behind it. */
static enum s5a_status take_bytes(struct s5a_session *s, struct s5a_span *bytes)
{
    size_t len = bytes->len;
    size_t left = s5a_session_missing_selection(s, s5a_buffer_peek(&s->in));
    if (s->wire != NULL && s->state != S5A_SESSION_SELECTION)
        return s5a_wire_take(s->wire, bytes, &s->in);
    if (s->wire != NULL && len > left)
        len = left;
    s5a_buffer_append(&s->in, (struct s5a_span){ bytes->at, len });
    *bytes = (struct s5a_span){ bytes->at + len, bytes->len - len };
    return S5A_OK;
}

static void take(struct s5a_session *s, struct s5a_span *bytes)
{
    enum s5a_status status = take_bytes(s, bytes);
    if (status == S5A_OK)
        advance_all(s);
    if (status == S5A_PROXY_CLOSED)
        s5a_session_eof(s);
    else if (status != S5A_OK)
        s5a_session_fail(s, status);
}

void s5a_session_feed(struct s5a_session *s, const void *bytes, size_t len)
{
    size_t want = s5a_session_want(s);
    struct s5a_span left = { bytes, len < want ? len : want };
    while (left.len > 0 && !s5a_session_over(s))
        take(s, &left);
}

/* ---- another request ---- */

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
    if (status != S5A_OK)
        return status;
    s5a_session_enter(s, S5A_SESSION_REPLY);
    if (s5a_buffer_peek(&s->in).len >
        0) /* an answer before the question, in the record of the last */
        s5a_session_fail(s, S5A_MALFORMED);
    return S5A_OK;
}

/* A record may have brought the second reply with the first. */
void s5a_session_await(struct s5a_session *s, uint64_t deadline)
{
    assert(s->state == S5A_SESSION_BOUND);
    s->rep = -1;
    s->deadline = deadline;
    s5a_session_enter(s, S5A_SESSION_REPLY);
    advance_all(s);
}

/* ---- the end ---- */

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
