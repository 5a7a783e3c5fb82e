/* A session's beginning, its moves and its end. */
#include "client/session/session.h"

#include "client/login/exchange.h"
#include "client/session/output.h"
#include "client/session/session_login.h"

static void blank(struct s5a_session *s, const struct s5a_proxy *proxy,
                  const struct s5a_target *target, uint64_t deadline)
{
    *s = (struct s5a_session){
        .proxy = proxy,
        .target = target->address,
        .port = target->port,
        .deadline = deadline,
        .method = -1,
        .rep = -1,
        .login = { .rep = -1 },
    };
    s5a_buffer_init(&s->out, s->out_storage, sizeof s->out_storage);
    s5a_buffer_init(&s->in, s->in_storage, sizeof s->in_storage);
    s5a_address_resolve_literal(&s->target);
}

static void begin(struct s5a_session *s, enum s5a_status status)
{
    if (status == S5A_OK)
        s5a_session_enter(s, S5A_SESSION_SELECTION);
    else
        s5a_session_fail(s, status);
}

void s5a_session_init_login(struct s5a_session *s, const struct s5a_proxy *proxy,
                            const struct s5a_target *target, const struct s5a_login_means *means,
                            uint64_t deadline)
{
    blank(s, proxy, target, deadline);
    begin(s, s5a_session_offer_login(s, means));
}

void s5a_session_init(struct s5a_session *s, const struct s5a_proxy *proxy,
                      const struct s5a_target *target, bool pipeline, uint64_t deadline)
{
    struct s5a_login_means means;
    if (s5a_proxy_eaf_method(proxy) < 0) {
        blank(s, proxy, target, deadline);
        begin(s, s5a_session_offer(s, pipeline));
        return;
    }
    s5a_login_find_means(&means, proxy, NULL, false);
    s5a_session_init_login(s, proxy, target, &means, deadline);
    s5a_wipe(&means, sizeof means);
}

/* The exchange takes its room with it. */
void s5a_session_wipe(struct s5a_session *s)
{
    if (s->exchange != NULL) {
        s5a_exchange_free(s->exchange);
        s->exchange = NULL;
        s5a_buffer_init(&s->out, s->out_storage, sizeof s->out_storage);
        s5a_buffer_init(&s->in, s->in_storage, sizeof s->in_storage);
    }
    s5a_buffer_wipe(&s->out);
    s5a_buffer_wipe(&s->in);
    s->reply.address.text = s->reply.message = (struct s5a_span){ NULL, 0 };
}

/* The reply's texts are views into the storage that moves; nobody asks for them while it is under
 * way. An exchange stays where it is and changes hands. */
void s5a_session_move(struct s5a_session *to, struct s5a_session *from,
                      const struct s5a_target *target)
{
    *to = *from;
    to->target = target->address;
    s5a_address_resolve_literal(&to->target);
    if (to->exchange == NULL) {
        to->out.storage = to->out_storage;
        to->in.storage = to->in_storage;
    }
    to->reply.address.text = to->reply.message = (struct s5a_span){ NULL, 0 };
    from->exchange = NULL;
    s5a_buffer_init(&from->out, from->out_storage, sizeof from->out_storage);
    s5a_buffer_init(&from->in, from->in_storage, sizeof from->in_storage);
    s5a_session_wipe(from);
}
