/* A session's beginning, its moves and its end. */
#include "client/session/session.h"

#include "client/login/exchange.h"
#include "client/session/output.h"
#include "client/session/session_login.h"

static void blank(struct s5a_session *s, const struct s5a_proxy *proxy, const struct s5a_ask *ask,
                  uint64_t deadline)
{
    *s = (struct s5a_session){
        .proxy = proxy,
        .deadline = deadline,
        .method = -1,
        .rep = -1,
        .login = { .rep = -1 },
    };
    s5a_buffer_init(&s->out, s->out_storage, sizeof s->out_storage);
    s5a_buffer_init(&s->in, s->in_storage, sizeof s->in_storage);
    s5a_session_set_ask(s, ask);
}

void s5a_session_set_ask(struct s5a_session *s, const struct s5a_ask *ask)
{
    s->ask = *ask;
    s->replies = 0;
    s->to_come = 0;
    if (ask->answers != NULL)
        *ask->answers = (struct s5a_answers){ .count = 0 };
}

static void begin(struct s5a_session *s, enum s5a_status status)
{
    if (status == S5A_OK)
        s5a_session_enter(s, S5A_SESSION_SELECTION);
    else
        s5a_session_fail(s, status);
}

static void begin_login(struct s5a_session *s, const struct s5a_login_means *given)
{
    struct s5a_login_means means;
    if (given != NULL) {
        begin(s, s5a_session_offer_login(s, given));
        return;
    }
    s5a_login_find_means(&means, s->proxy, NULL, false);
    begin(s, s5a_session_offer_login(s, &means));
    s5a_wipe(&means, sizeof means);
}

void s5a_session_init_ask(struct s5a_session *s, const struct s5a_proxy *proxy,
                          const struct s5a_ask *ask, const struct s5a_login_means *means,
                          bool pipeline, uint64_t deadline)
{
    blank(s, proxy, ask, deadline);
    if (means == NULL && s5a_proxy_eaf_method(proxy) < 0)
        begin(s, s5a_session_offer(s, pipeline));
    else
        begin_login(s, means);
}

void s5a_session_init_login(struct s5a_session *s, const struct s5a_proxy *proxy,
                            const struct s5a_target *target, const struct s5a_login_means *means,
                            uint64_t deadline)
{
    struct s5a_ask ask = s5a_ask_connect(target);
    s5a_session_init_ask(s, proxy, &ask, means, false, deadline);
}

void s5a_session_init(struct s5a_session *s, const struct s5a_proxy *proxy,
                      const struct s5a_target *target, bool pipeline, uint64_t deadline)
{
    struct s5a_ask ask = s5a_ask_connect(target);
    s5a_session_init_ask(s, proxy, &ask, NULL, pipeline, deadline);
}

/* The bytes of the stream behind the reply, which no want of the session asked for: they stood in its
 * record. */
struct s5a_wire *s5a_session_take_wire(struct s5a_session *s)
{
    struct s5a_wire *wire = s->state == S5A_SESSION_OPEN ? s->wire : NULL;
    if (wire == NULL)
        return NULL;
    struct s5a_span early = s5a_buffer_peek(&s->in);
    s5a_buffer_consume(&s->in, s5a_buffer_append(&wire->early, early));
    s->wire = NULL;
    return wire;
}

/* The exchange takes its room with it. */
void s5a_session_wipe(struct s5a_session *s)
{
    s5a_wire_free(s->wire);
    s->wire = NULL;
    if (s->exchange != NULL) {
        s5a_exchange_free(s->exchange);
        s->exchange = NULL;
        s5a_buffer_init(&s->out, s->out_storage, sizeof s->out_storage);
        s5a_buffer_init(&s->in, s->in_storage, sizeof s->in_storage);
    }
    s5a_buffer_wipe(&s->out);
    s5a_buffer_wipe(&s->in);
}

/* An exchange stays where it is and changes hands. */
void s5a_session_move(struct s5a_session *to, struct s5a_session *from,
                      const struct s5a_target *target)
{
    *to = *from;
    to->ask.request.address = target->address;
    if (to->exchange == NULL) {
        to->out.storage = to->out_storage;
        to->in.storage = to->in_storage;
    }
    from->exchange = NULL;
    from->wire = NULL;
    s5a_buffer_init(&from->out, from->out_storage, sizeof from->out_storage);
    s5a_buffer_init(&from->in, from->in_storage, sizeof from->in_storage);
    s5a_session_wipe(from);
}
