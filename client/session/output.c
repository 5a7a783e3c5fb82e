/* The messages of a session, encoded where they wait to be sent: no copy of a password elsewhere. */
#include "client/session/output.h"

#include <string.h>

#include "client/word.h"
#include "protocol/eaf/capabilities.h"
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
    size_t len = s5a_writer_len(w);
    if (w->bad)
        return S5A_TOO_LONG;
    if (s->wire == NULL) {
        s5a_buffer_commit(&s->out, len);
        return S5A_OK;
    }
    enum s5a_status status = S5A_OK;
    if (len > 0)
        status = s5a_wire_encode(s->wire, (struct s5a_span){ w->begin, len });
    s5a_wipe(w->begin, len);
    return status;
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

/* What both sides have negotiated; a legacy proxy has neither bit. */
static struct s5a_ask_rules rules(const struct s5a_session *s)
{
    return (struct s5a_ask_rules){
        .eaf = s->exchange != NULL,
        .commands = s->login.capabilities & S5A_CAPABILITY(S5A_CAP_COMMANDS),
        .addresses = s->login.capabilities & S5A_CAPABILITY(S5A_CAP_ADDRESSES),
        .datagrams = s->wire == NULL,
        .in_stream = s->login.capabilities & S5A_CAPABILITY(S5A_CAP_UDP_IN_STREAM),
    };
}

enum s5a_status s5a_session_queue_request(struct s5a_session *s)
{
    struct s5a_request request;
    enum s5a_status status = s5a_ask_settle(&s->ask, rules(s), &request);
    if (status != S5A_OK)
        return status;
    struct s5a_writer w = s5a_session_writer(s);
    s5a_request_encode(&w, &request);
    return s5a_session_commit(s, &w);
}

enum s5a_status s5a_session_check_ask(const struct s5a_session *s)
{
    int method = s5a_proxy_eaf_method(s->proxy);
    bool eaf = method >= 0;
    struct s5a_ask_rules hoped = { eaf, eaf, eaf, method != S5A_METHOD_TOL, eaf };
    struct s5a_request request;
    if (s->ask.request.command == S5A_CMD_NOTHING)
        return S5A_OK;
    return s5a_ask_settle(&s->ask, hoped, &request);
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

/* Before a byte goes out, so that nobody is asked for what can never be. */
static enum s5a_status check(struct s5a_session *s)
{
    if (s->methods_len == 0)
        return S5A_NO_CREDENTIALS;
    if (has_credentials(s->proxy) && strlen(s->proxy->user) > S5A_SECRET_MAX)
        return S5A_TOO_LONG;
    return s5a_session_check_ask(s);
}

enum s5a_status s5a_session_offer(struct s5a_session *s, bool pipeline)
{
    choose_methods(s);
    enum s5a_status status = check(s);
    if (status != S5A_OK)
        return status;
    s->pipelined = pipeline && s->methods_len == 1 && s->ask.request.command != S5A_CMD_NOTHING;
    status = queue_greeting(s);
    if (status == S5A_OK && s->pipelined && s->methods[0] == S5A_METHOD_PASSWORD)
        status = s5a_session_queue_login(s);
    if (status == S5A_OK && s->pipelined)
        status = s5a_session_queue_request(s);
    return status;
}
