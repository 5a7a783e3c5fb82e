/* What follows from a reply, command by command (profile, section 5). */
#include "client/session/replies.h"

#include <string.h>

#include "client/login/exchange.h"
#include "client/session/session_login.h"
#include "protocol/greeting.h"

/* Where a session stands once its request was answered. */
struct course {
    bool is_counted; /* several replies, the port says how many are still to come */
    enum s5a_session_state granted;
    enum s5a_session_state refused;
};

static const struct course *course(const struct s5a_session *s)
{
    static const struct course relay = { false, S5A_SESSION_OPEN, S5A_SESSION_FAILED };
    static const struct course bind = { false, S5A_SESSION_BOUND, S5A_SESSION_FAILED };
    static const struct course stays = { false, S5A_SESSION_READY, S5A_SESSION_READY };
    static const struct course answers = { true, S5A_SESSION_READY, S5A_SESSION_READY };
    switch (s->ask.request.command) {
    case S5A_CMD_BIND:
        return s->replies == 0 ? &bind : &relay;
    case S5A_CMD_KEEP_ALIVE:
    case S5A_CMD_POOL_NEW:
        return &stays;
    case S5A_CMD_DNS_RESOLVE:
        return &answers;
    default:
        return &relay;
    }
}

/* Details stand in replies only where they were negotiated. */
static struct s5a_reply_rules rules(const struct s5a_session *s)
{
    return (struct s5a_reply_rules){ .command = s->ask.request.command,
                                     .eaf = s->exchange != NULL };
}

size_t s5a_session_missing_reply(const struct s5a_session *s, struct s5a_span have)
{
    size_t missing = s5a_reply_missing(have, rules(s));
    return have.len + missing <= s->in.cap ? missing : 0; /* longer than any that is meant */
}

/* VER and REP of a reply that never becomes whole: servers in the field cut their refusals short
 * or put zeros for the ATYP, and REP still is the true reason. */
bool s5a_session_is_refusal(struct s5a_session *s)
{
    struct s5a_span have = s5a_buffer_peek(&s->in);
    if (s->state != S5A_SESSION_REPLY || have.len < 2)
        return false;
    if (have.at[0] != S5A_VERSION || have.at[1] == S5A_REP_SUCCEEDED)
        return false;
    s->rep = have.at[1];
    return true;
}

static void keep_text(struct s5a_answers *answers, struct s5a_span text)
{
    bool is_first = answers->name[0] == '\0';
    char *to = is_first ? answers->name : answers->more + answers->more_len;
    if (!is_first && text.len >= sizeof answers->more - answers->more_len)
        return;
    memcpy(to, text.at, text.len);
    to[text.len] = '\0';
    answers->more_len += is_first ? 0 : text.len + 1;
}

static void keep_answer(struct s5a_session *s, const struct s5a_reply *reply)
{
    struct s5a_answers *answers = s->ask.answers;
    if (answers == NULL || reply->rep != S5A_REP_SUCCEEDED || answers->count == S5A_ANSWERS_MAX)
        return;
    struct s5a_address address = reply->address;
    if (address.type == S5A_ATYP_NAME) {
        keep_text(answers, address.text);
        address.text = (struct s5a_span){ NULL, 0 };
    }
    answers->list[answers->count++] = address;
    answers->port = reply->port;
    answers->options = reply->options;
}

/* Replies of a counted course: the number still to come goes down by one. */
static enum s5a_status count(struct s5a_session *s, const struct s5a_reply *reply)
{
    bool is_first = s->replies == 0;
    bool fits = is_first ? reply->port < S5A_ANSWERS_MAX : reply->port + 1 == s->to_come;
    if (!fits || (reply->rep != S5A_REP_SUCCEEDED && (!is_first || reply->port != 0)))
        return S5A_MALFORMED;
    s->to_come = reply->port;
    return S5A_OK;
}

static enum s5a_status refused(struct s5a_session *s, const struct s5a_reply *reply)
{
    if (reply->detailed)
        s5a_session_note_detail(s, reply->code, reply->message);
    if (course(s)->refused == S5A_SESSION_FAILED)
        return S5A_REFUSED;
    s->status = S5A_REFUSED;
    s5a_session_enter(s, course(s)->refused);
    return S5A_OK;
}

enum s5a_status s5a_session_take_reply(struct s5a_session *s, struct s5a_reader *r)
{
    struct s5a_reply reply;
    enum s5a_status status = s5a_reply_decode(r, rules(s), &reply);
    if (status == S5A_INCOMPLETE)
        return status;
    if (status == S5A_OK && course(s)->is_counted)
        status = count(s, &reply);
    if (status != S5A_OK)
        return s5a_session_is_refusal(s) ? S5A_REFUSED : S5A_MALFORMED;
    s->rep = reply.rep;
    keep_answer(s, &reply);
    if (s->rep != S5A_REP_SUCCEEDED)
        return refused(s, &reply);
    s->bound = (struct s5a_target){ reply.address, reply.port };
    s->bound.address.text = (struct s5a_span){ NULL, 0 };
    enum s5a_session_state next = course(s)->granted;
    s->replies++;
    if (s->to_come == 0)
        s5a_session_enter(s, next);
    return S5A_OK;
}
