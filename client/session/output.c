/* The messages of a session, encoded where they wait to be sent: no copy of a password elsewhere. */
#include "client/session/output.h"

#include <string.h>

#include "client/word.h"
#include "protocol/greeting.h"
#include "protocol/request.h"
#include "protocol/userpass.h"

static bool has_credentials(const struct s5a_proxy *proxy)
{
    return proxy->user != NULL;
}

struct s5a_writer s5a_session_writer(struct s5a_session *s)
{
    struct s5a_writer w;
    size_t room = 0;
    uint8_t *space = s5a_buffer_space(&s->out, &room);
    s5a_writer_init(&w, space, room);
    return w;
}

enum s5a_status s5a_session_commit(struct s5a_session *s, const struct s5a_writer *w)
{
    if (w->bad)
        return S5A_TOO_LONG;
    s5a_buffer_commit(&s->out, s5a_writer_len(w));
    return S5A_OK;
}

static enum s5a_status queue_greeting(struct s5a_session *s)
{
    struct s5a_writer w = s5a_session_writer(s);
    s5a_greeting_encode(&w, (struct s5a_span){ s->methods, s->methods_len });
    return s5a_session_commit(s, &w);
}

enum s5a_status s5a_session_queue_login(struct s5a_session *s)
{
    struct s5a_writer w = s5a_session_writer(s);
    struct s5a_userpass userpass = {
        .user = s5a_word(s->proxy->user),
        .password = s5a_secret_span(&s->proxy->password),
    };
    s5a_userpass_encode(&w, &userpass);
    return s5a_session_commit(s, &w);
}

enum s5a_status s5a_session_queue_request(struct s5a_session *s)
{
    struct s5a_writer w = s5a_session_writer(s);
    struct s5a_request request = {
        .command = S5A_CMD_CONNECT,
        .address = s->target,
        .port = s->port,
    };
    s5a_request_encode(&w, &request);
    return s5a_session_commit(s, &w);
}

static void choose_methods(struct s5a_session *s)
{
    enum s5a_method_policy policy = s->proxy->methods;
    bool password = policy != S5A_METHODS_NONE && has_credentials(s->proxy);
    if (password)
        s->methods[s->methods_len++] = S5A_METHOD_PASSWORD;
    if (policy != S5A_METHODS_PASSWORD)
        s->methods[s->methods_len++] = S5A_METHOD_NONE;
}

bool s5a_session_can_pipeline(const struct s5a_proxy *proxy)
{
    return s5a_proxy_eaf_method(proxy) < 0 &&
           (proxy->methods != S5A_METHODS_AUTO || !has_credentials(proxy));
}

enum s5a_status s5a_session_check_target(struct s5a_session *s)
{
    const struct s5a_address *target = &s->target;
    if (!(S5A_ATYPS_RFC1928 & S5A_ATYP_BIT(target->type)))
        return S5A_UNSUPPORTED_ADDRESS;
    if (target->type == S5A_ATYP_NAME && target->text.len > S5A_NAME_MAX)
        return S5A_TOO_LONG;
    struct s5a_writer w = s5a_session_writer(s);
    s5a_address_encode(&w, target);
    return w.bad ? S5A_MALFORMED : S5A_OK;
}

/* Before a byte goes out, so that nobody is asked for what can never be. */
static enum s5a_status check(struct s5a_session *s)
{
    if (s->methods_len == 0)
        return S5A_NO_CREDENTIALS;
    if (has_credentials(s->proxy) && strlen(s->proxy->user) > S5A_SECRET_MAX)
        return S5A_TOO_LONG;
    return s5a_session_check_target(s);
}

enum s5a_status s5a_session_offer(struct s5a_session *s, bool pipeline)
{
    choose_methods(s);
    enum s5a_status status = check(s);
    if (status != S5A_OK)
        return status;
    s->pipelined = pipeline && s->methods_len == 1;
    status = queue_greeting(s);
    if (status == S5A_OK && s->pipelined && s->methods[0] == S5A_METHOD_PASSWORD)
        status = s5a_session_queue_login(s);
    if (status == S5A_OK && s->pipelined)
        status = s5a_session_queue_request(s);
    return status;
}
