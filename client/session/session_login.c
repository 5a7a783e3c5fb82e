/* Logging in by EAF inside a session (profile, sections 1 to 3). */
#include "client/session/session_login.h"

#include <string.h>

#include "client/login/exchange.h"
#include "client/session/output.h"
#include "client/word.h"
#include "protocol/greeting.h"
#include "protocol/text.h"

/* The greeting goes in clear, and stands before the records. */
static enum s5a_status begin_records(struct s5a_session *s)
{
    struct s5a_span greeting = s5a_buffer_peek(&s->out);
    s->wire = s5a_wire_new(s->exchange->setup.network_key, greeting, &s->proxy->tol.shape);
    if (s->wire == NULL)
        return S5A_NO_MEMORY;
    s5a_buffer_append(&s->wire->out, greeting);
    s5a_buffer_consume(&s->out, greeting.len);
    return S5A_OK;
}

static enum s5a_status queue_greeting(struct s5a_session *s)
{
    struct s5a_writer w = s5a_session_writer(s);
    s5a_write_span(&w, s->exchange->setup.greeting);
    return s5a_session_commit(s, &w);
}

static enum s5a_status begin_exchange(struct s5a_session *s, const struct s5a_login_means *means)
{
    s->exchange = s5a_exchange_new(s->proxy, means, s->deadline);
    if (s->exchange == NULL)
        return S5A_NO_MEMORY;
    s5a_buffer_init(&s->out, s->exchange->out, sizeof s->exchange->out);
    s5a_buffer_init(&s->in, s->exchange->in, sizeof s->exchange->in);
    enum s5a_status status = queue_greeting(s);
    if (status == S5A_OK && means->method == S5A_METHOD_TOL)
        status = begin_records(s);
    struct s5a_writer w = s5a_session_writer(s);
    if (status == S5A_OK)
        status = s5a_exchange_begin(s->exchange, &w);
    return status == S5A_OK ? s5a_session_commit(s, &w) : status;
}

enum s5a_status s5a_session_offer_login(struct s5a_session *s, const struct s5a_login_means *means)
{
    s->methods[s->methods_len++] = means->method;
    s->login.by_ticket = means->ticket.len > 0;
    memcpy(s->login.server_key, means->server_key, sizeof s->login.server_key);
    enum s5a_status status = means->status;
    if (status == S5A_OK)
        status = s5a_session_check_ask(s);
    return status == S5A_OK ? begin_exchange(s, means) : status;
}

size_t s5a_session_missing_eaf(const struct s5a_session *s, struct s5a_span have)
{
    return s5a_exchange_missing(s->exchange, have);
}

/* ---- once it is accepted ---- */

/* Without bit 6 on both sides only TYPE 00 is sent (profile, section 4.2). */
static void agree_on_shape(struct s5a_session *s)
{
    const struct s5a_session_params *params = &s->exchange->client.params;
    struct s5a_tol_shape *shape = &s->wire->link.shape;
    struct s5a_tol_terms *tol = &s->login.tol;
    bool is_shaped = s->login.capabilities & S5A_CAPABILITY(S5A_CAP_TOL);
    if (is_shaped)
        s5a_tol_shape_wish(shape, params->type, params->dummy, S5A_TOL_DUMMIES_MIN);
    else
        s5a_tol_shape_default(shape, S5A_TOL_BARE);
    *tol = (struct s5a_tol_terms){ .is_agreed = true,
                                   .is_sealed = params->sealed,
                                   .sends = shape->type,
                                   .dummies = shape->dummy };
    if (is_shaped) {
        tol->asks = s->exchange->wishes.type;
        tol->dummies_asked = s->exchange->wishes.dummy;
    }
}

/* What comes and goes next is under the keys of the session. */
static enum s5a_status switch_keys(struct s5a_session *s)
{
    const struct s5a_eaf_channel *channel = &s->exchange->client.channel;
    struct s5a_tol_link *link = &s->wire->link;
    s5a_tol_link_agree(link, &channel->ck, &channel->t, s->exchange->client.params.sealed);
    s5a_tol_link_switch_in(link);
    s5a_tol_link_switch_out(link);
    agree_on_shape(s);
    bool is_weak =
        s->login.tol.sends < s->proxy->tol.least || s->login.tol.asks < s->proxy->tol.least;
    return is_weak ? S5A_WEAK_TOL : S5A_OK;
}

/* The confirmation goes out with the first request, in one write; without one it does not wait,
 * since the server takes the session for a handshake until it has it. */
static enum s5a_status accepted(struct s5a_session *s, struct s5a_writer *w)
{
    s5a_eaf_client_confirm(&s->exchange->client, w);
    enum s5a_status status = s5a_session_commit(s, w);
    if (status == S5A_OK && s->wire != NULL)
        status = switch_keys(s);
    if (status != S5A_OK)
        return status;
    s->login.lifetime = s->exchange->client.params.lifetime;
    s->login.idle = s->exchange->client.params.idle;
    s->login.flags = s->exchange->client.params.flags;
    return s5a_session_logged_in(s);
}

static enum s5a_status refused(struct s5a_session *s)
{
    const struct s5a_answer *answer = &s->exchange->client.answer;
    if (answer->detailed)
        s5a_session_note_detail(s, answer->code, answer->message);
    return S5A_LOGIN_DENIED;
}

static void note_progress(struct s5a_session *s)
{
    const struct s5a_eaf_client *client = &s->exchange->client;
    s->login.messages = client->channel.count;
    s->login.capabilities = client->capabilities;
    s->login.ticket_refused = client->ticket_refused;
    if (client->want == S5A_EAF_ACCEPTED || client->want == S5A_EAF_REFUSED)
        s->login.rep = client->answer.rep;
}

enum s5a_status s5a_session_take_eaf(struct s5a_session *s, struct s5a_reader *r)
{
    struct s5a_writer w = s5a_session_writer(s);
    unsigned messages = s->login.messages;
    enum s5a_status status = s5a_exchange_feed(s->exchange, r, &w);
    note_progress(s);
    if (status != S5A_OK)
        return status;
    if (s->wire != NULL && s->login.messages > messages && s5a_reader_left(r) > 0)
        return S5A_MALFORMED; /* a message fills whole records (profile, section 4.4) */
    switch (s->exchange->client.want) {
    case S5A_EAF_ACCEPTED:
        return accepted(s, &w);
    case S5A_EAF_REFUSED:
        return refused(s);
    case S5A_EAF_FETCHED:
        s->login.is_fetched = true;
        memcpy(s->login.server_key, s->exchange->client.fetched, sizeof s->login.server_key);
        return S5A_KEY_FETCHED;
    default:
        return s5a_session_commit(s, &w);
    }
}

bool s5a_session_is_cut_off(const struct s5a_session *s)
{
    return s->state == S5A_SESSION_EAF && s->exchange != NULL &&
           s->exchange->client.channel.count == 1 && !s->exchange->means.fetches;
}

void s5a_session_note_detail(struct s5a_session *s, uint16_t code, struct s5a_span message)
{
    static const char cut[] = "...";
    struct s5a_writer w;
    if (!(s->login.capabilities & S5A_CAPABILITY(S5A_CAP_DETAILS)))
        return;
    s5a_writer_init(&w, s->detail, sizeof s->detail - sizeof cut);
    s5a_write_span(&w, s5a_word(s5a_code_text(code)));
    if (message.len > 0)
        s5a_write_bytes(&w, ": ", 2);
    s5a_text_escape(&w, message);
    strcpy(s->detail + s5a_writer_len(&w), w.bad ? cut : "");
}
