/* The sessions of the vectors, as far as a client's session goes: all requests, one after the other, to
 * the reply of the last one. */
#include "client/session/session.h"

#include "protocol/greeting.h"
#include "protocol/request.h"
#include "tests/unit/eaf_lab.h"
#include "tests/unit/span.h"

enum { REPLAY_CAP = 4096, ASKS_MAX = 8 };

struct replay {
    struct eaf_lab *lab;
    uint8_t client[REPLAY_CAP], server[REPLAY_CAP], sent[REPLAY_CAP];
    size_t client_len, server_len, sent_len, login_len; /* of `client`, before the request */
    struct s5a_ask asks[ASKS_MAX];
    struct s5a_answers answers[ASKS_MAX];
    unsigned ask_count, asked;
    struct s5a_login login;
    struct s5a_login_script script;
    struct s5a_proxy proxy;
    struct s5a_login_means means;
    struct s5a_session session;
};

static void add(uint8_t *to, size_t *len, struct s5a_span bytes)
{
    cr_assert_leq(*len + bytes.len, REPLAY_CAP);
    if (bytes.len > 0)
        memcpy(to + *len, bytes.at, bytes.len);
    *len += bytes.len;
}

/* False for one that no client sends. */
static bool take_request(struct replay *x, struct s5a_span bytes)
{
    static const struct s5a_request_rules all = { true, true };
    struct s5a_ask *ask = &x->asks[x->ask_count];
    struct s5a_reader r;
    cr_assert_lt(x->ask_count, ASKS_MAX);
    s5a_reader_init(&r, bytes.at, bytes.len);
    if (s5a_request_decode(&r, all, &ask->request) != S5A_OK)
        return false;
    ask->answers = &x->answers[x->ask_count++];
    return true;
}

/* Until one side sends what belongs to no request. */
static void read_steps(struct replay *x)
{
    const json_t *step;
    size_t i;
    bool in_login = true;
    json_array_foreach(json_object_get(x->lab->entry, "steps"), i, step)
    {
        struct s5a_span bytes = vector_bytes(step, "bytes");
        const char *what = vector_text(step, "what");
        bool to_server = strcmp(vector_text(step, "dir"), "c2s") == 0;
        bool of_login = strstr(what, "greeting") || strstr(what, "EAF") || strstr(what, "message");
        if (strcmp(what, "data") == 0 || strcmp(what, "FIN") == 0)
            return;
        if (in_login && to_server && !of_login) {
            in_login = false;
            x->login_len = x->client_len;
        }
        if (!in_login && to_server && !take_request(x, bytes))
            return;
        add(to_server ? x->client : x->server, to_server ? &x->client_len : &x->server_len, bytes);
        if (in_login)
            x->login_len = x->client_len;
    }
}

/* The code of the vector, since its time is not ours. */
static void learn_code(struct replay *x)
{
    for (unsigned i = 1; i <= x->lab->count; i += 2) {
        struct s5a_auth auth = eaf_lab_auth(x->lab, i);
        const struct s5a_factor *factor = s5a_auth_find(&auth, S5A_MID_TOTP);
        if (factor)
            memcpy(x->login.code, factor->code.at, factor->code.len);
    }
}

static void learn(struct replay *x)
{
    static char user[64];
    const struct s5a_eaf_client_setup *setup = &x->lab->client_setup;
    if (setup->credentials.user.len > 0)
        memcpy(user, setup->credentials.user.at, setup->credentials.user.len);
    x->login.key = x->lab->key;
    x->login.has_key = true;
    learn_code(x);
    x->proxy = (struct s5a_proxy){ .name = user, .where = user, .user = user, .login = &x->login };
    if (x->lab->password.len > 0)
        cr_assert(s5a_secret_set(&x->proxy.password, x->lab->password));
    x->script.capabilities = setup->capabilities;
    x->script.wishes = setup->wishes;
    memcpy(x->script.ephemeral.bytes,
           vector_exact(json_object_get(x->lab->entry, "given"), "client ephemeral secret", 32),
           32);
    x->means.method = setup->method;
    x->means.methods = setup->credentials.methods;
    memcpy(x->means.server_key, setup->server_key, S5A_KEY_LEN);
}

static struct replay *replay_new(const json_t *file)
{
    struct replay *x = calloc(1, sizeof(*x));
    cr_assert(x);
    x->lab = eaf_lab_new(file);
    read_steps(x);
    learn(x);
    return x;
}

static void start(struct replay *x)
{
    x->means.script = &x->script;
    x->sent_len = 0;
    struct s5a_ask nothing = s5a_ask_nothing();
    x->asked = x->ask_count > 0;
    s5a_session_init_ask(&x->session, &x->proxy, x->asked ? &x->asks[0] : &nothing, &x->means,
                         false, UINT64_MAX);
}

static void drain(struct replay *x)
{
    struct s5a_span out = s5a_session_output(&x->session);
    add(x->sent, &x->sent_len, out);
    s5a_session_sent(&x->session, out.len);
}

/* The next request, where the session rests. */
static void go_on(struct replay *x)
{
    if (!s5a_session_is_ready(&x->session) || x->asked == x->ask_count)
        return;
    cr_assert_eq(s5a_session_ask(&x->session, &x->asks[x->asked++], UINT64_MAX), S5A_OK);
    drain(x);
}

/* Bytes at..end of the server's, at most `piece` at a time. */
static void deliver(struct replay *x, size_t at, size_t end, size_t piece)
{
    drain(x);
    go_on(x);
    while (at < end && s5a_session_want(&x->session) > 0) {
        size_t len = s5a_session_want(&x->session);
        len = len < piece ? len : piece;
        len = len < end - at ? len : end - at;
        s5a_session_feed(&x->session, x->server + at, len);
        at += len;
        drain(x);
        go_on(x);
    }
}

static void check(const struct replay *x)
{
    const char *name = vector_text(x->lab->entry, "name");
    cr_assert_eq(x->asked, x->ask_count, "%s: %u requests", name, x->asked);
    cr_assert_geq(x->sent_len, x->client_len, "%s: %zu sent", name, x->sent_len);
    cr_assert_arr_eq(x->sent, x->client, x->client_len, "%s: other bytes", name);
    cr_assert(s5a_session_over(&x->session), "%s", name);
}

static struct replay *replay(const char *name, bool every_split)
{
    json_t *file = vector_file(name);
    struct replay *x = replay_new(file);
    start(x);
    deliver(x, 0, x->server_len, SIZE_MAX);
    check(x);
    s5a_session_wipe(&x->session);
    start(x);
    deliver(x, 0, x->server_len, 1);
    check(x);
    s5a_session_wipe(&x->session);
    for (size_t cut = 1; every_split && cut < x->server_len; cut++) {
        start(x);
        deliver(x, 0, cut, SIZE_MAX);
        deliver(x, cut, x->server_len, SIZE_MAX);
        check(x);
        s5a_session_wipe(&x->session);
    }
    start(x);
    deliver(x, 0, x->server_len, SIZE_MAX);
    json_decref(file);
    return x;
}

static void replay_free(struct replay *x)
{
    s5a_session_wipe(&x->session);
    eaf_lab_free(x->lab);
    free(x);
}

Test(session_vectors, public_key_and_connect)
{
    replay_free(replay("session-80-publickey-connect", true));
}

Test(session_vectors, one_time_code_and_a_refused_target)
{
    replay_free(replay("session-80-totp-refused-target", true));
}

Test(session_vectors, wrong_password)
{
    replay_free(replay("session-80-wrong-password", false));
}

Test(session_vectors, password_and_three_commands_before_a_connect)
{
    struct replay *x = replay("session-80-password-commands", true);
    static const uint8_t v4[] = { 192, 0, 2, 7 };
    cr_assert_eq(x->ask_count, 4);
    cr_assert_eq(x->answers[0].count, 1);
    cr_assert_eq(x->answers[1].count, 2);
    cr_assert_eq(x->answers[1].list[0].type, S5A_ATYP_IPV4);
    cr_assert_arr_eq(x->answers[1].list[0].ip, v4, 4);
    cr_assert_eq(x->answers[1].list[1].type, S5A_ATYP_IPV6);
    cr_assert_eq(x->answers[2].count, 0);
    cr_assert_eq(s5a_session_errno(&x->session), 0);
    replay_free(x);
}

Test(session_vectors, anonymous)
{
    replay_free(replay("session-80-anonymous-errors", true));
}

Test(session_vectors, chain)
{
    replay_free(replay("session-82-chain", true));
}
