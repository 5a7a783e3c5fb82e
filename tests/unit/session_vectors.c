/* The sessions of the vectors, as far as a client's session goes: all requests, one after the other, to
 * the reply of the last one. Under 81 the client's padding is its own, so what its records hold is
 * compared. */
#include "client/session/session.h"

#include "protocol/greeting.h"
#include "protocol/request.h"
#include "tests/unit/eaf_lab.h"
#include "tests/unit/span.h"

enum { REPLAY_CAP = 4096, ASKS_MAX = 8 };

struct replay {
    struct eaf_lab *lab;
    uint8_t client[REPLAY_CAP], server[REPLAY_CAP], sent[REPLAY_CAP]; /* the client's stream */
    size_t client_len, server_len, sent_len, login_len; /* of `client`, before the request */
    struct s5a_ask asks[ASKS_MAX];
    struct s5a_answers answers[ASKS_MAX];
    unsigned ask_count, asked;
    struct s5a_login login;
    struct s5a_login_script script;
    struct s5a_proxy proxy;
    struct s5a_login_means means;
    struct s5a_session session;
    struct s5a_tol_link link; /* the server's, under 81 */
    uint8_t records[REPLAY_CAP];
    size_t records_len;
    bool is_greeted;
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

static bool is_of_no_request(const char *what)
{
    return strncmp(what, "data", 4) == 0 || strncmp(what, "dummy", 5) == 0 ||
           strcmp(what, "end record") == 0 || strcmp(what, "FIN") == 0;
}

/* Of the stream, where there are records. */
static struct s5a_span stream_of(const json_t *step)
{
    return vector_bytes(step, json_object_get(step, "payload") ? "payload" : "bytes");
}

/* Until one side sends what belongs to no request. */
static void read_steps(struct replay *x)
{
    const json_t *step;
    size_t i;
    bool in_login = true;
    json_array_foreach(json_object_get(x->lab->entry, "steps"), i, step)
    {
        struct s5a_span bytes = stream_of(step), wire = vector_bytes(step, "bytes");
        const char *what = vector_text(step, "what");
        bool to_server = strcmp(vector_text(step, "dir"), "c2s") == 0;
        bool of_login = strstr(what, "greeting") || strstr(what, "EAF") || strstr(what, "message");
        if (is_of_no_request(what))
            return;
        if (in_login && to_server && !of_login) {
            in_login = false;
            x->login_len = x->client_len;
        }
        if (!in_login && to_server && !take_request(x, bytes))
            return;
        if (to_server)
            add(x->client, &x->client_len, bytes);
        else
            add(x->server, &x->server_len, wire);
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

static void learn_ticket(struct replay *x)
{
    const struct s5a_eaf_client_setup *setup = &x->lab->client_setup;
    if (setup->ticket.len == 0)
        return;
    memcpy(x->means.ticket.bytes, setup->ticket.at, setup->ticket.len);
    x->means.ticket.len = setup->ticket.len;
    x->means.ticket.resumption = *setup->resumption;
}

static void learn_records(struct replay *x)
{
    const struct s5a_eaf_client_setup *setup = &x->lab->client_setup;
    s5a_tol_policy_init(&x->proxy.tol);
    x->proxy.tol.use = setup->method == S5A_METHOD_TOL ? S5A_TOL_ON : S5A_TOL_OFF;
    x->proxy.tol.is_plain = !(setup->capabilities & S5A_CAPABILITY(S5A_CAP_SEALED_TOL));
    if (setup->network_key != NULL) {
        x->login.has_network_key = true;
        x->login.network_key = *setup->network_key;
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
    x->login.factors = setup->credentials.factors;
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
    x->means.fetches = setup->server_key == NULL;
    if (!x->means.fetches)
        memcpy(x->means.server_key, setup->server_key, S5A_KEY_LEN);
    learn_ticket(x);
    learn_records(x);
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
    x->sent_len = x->records_len = 0;
    x->is_greeted = false;
    struct s5a_ask nothing = s5a_ask_nothing();
    x->asked = x->ask_count > 0;
    s5a_session_init_ask(&x->session, &x->proxy, x->asked ? &x->asks[0] : &nothing, &x->means,
                         false, UINT64_MAX);
}

/* By what the vectors say of the keys. */
static void switch_keys(struct replay *x)
{
    const json_t *keys = json_object_get(x->lab->entry, "keys");
    size_t f = (size_t)vector_number(keys, "f");
    struct s5a_key ck2;
    struct s5a_digest t;
    const char *t_f = json_string_value(json_array_get(json_object_get(keys, "T"), f));
    memcpy(ck2.bytes, vector_exact(keys, "CK_2", sizeof ck2.bytes), sizeof ck2.bytes);
    cr_assert_eq(vector_unhex(t_f, t.bytes, sizeof t.bytes), sizeof t.bytes);
    s5a_tol_link_agree(&x->link, &ck2, &t, !x->proxy.tol.is_plain);
    s5a_tol_link_switch_in(&x->link);
}

static void greet(struct replay *x, struct s5a_span *out)
{
    struct s5a_key seed = { { 1 } };
    struct s5a_span greeting = { out->at, 3 };
    s5a_tol_link_init(&x->link, S5A_TOL_SERVER, x->lab->client_setup.network_key, greeting, &seed,
                      NULL);
    add(x->sent, &x->sent_len, greeting);
    *out = (struct s5a_span){ out->at + 3, out->len - 3 };
    x->is_greeted = true;
}

static void open_records(struct replay *x, struct s5a_span out)
{
    struct s5a_tol_record record;
    add(x->records, &x->records_len, out);
    for (;;) {
        if (x->sent_len == x->login_len && x->ask_count > 0)
            switch_keys(x);
        enum s5a_tol_result result =
            s5a_tol_link_open(&x->link, x->records, x->records_len, &record);
        cr_assert_neq(result, S5A_TOL_BAD, "after %zu bytes", x->sent_len);
        if (result != S5A_TOL_WHOLE)
            return;
        add(x->sent, &x->sent_len, (struct s5a_span){ record.payload, record.payload_len });
        x->records_len -= record.len;
        memmove(x->records, x->records + record.len, x->records_len);
    }
}

static void drain(struct replay *x)
{
    struct s5a_span out = s5a_session_output(&x->session);
    size_t len = out.len;
    bool is_tol = x->means.method == S5A_METHOD_TOL;
    if (is_tol && !x->is_greeted)
        greet(x, &out);
    if (is_tol)
        open_records(x, out);
    else
        add(x->sent, &x->sent_len, out);
    s5a_session_sent(&x->session, len);
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
    cr_assert_eq(x->records_len, 0, "%s", name);
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
    /* a password costs a derivation */
    size_t stride = (x->means.methods | x->login.factors) & S5A_MID_BIT(S5A_MID_RESPONSE) ? 17 : 1;
    for (size_t cut = 1; every_split && cut < x->server_len; cut += stride) {
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

/* ---- under 81 ---- */

static void replay_open(const char *name, bool every_split, unsigned asks, const char *early)
{
    struct replay *x = replay(name, every_split);
    struct s5a_wire *wire = s5a_session_take_wire(&x->session);
    cr_assert_eq(x->ask_count, asks);
    cr_assert_not_null(wire, "%s", s5a_status_text(s5a_session_status(&x->session)));
    cr_assert(s5a_span_equal(s5a_buffer_peek(&wire->early), span(early)));
    s5a_wire_free(wire);
    replay_free(x);
}

Test(session_vectors, sealed_public_key_with_a_network_key)
{
    replay_open("session-81-sealed-publickey", true, 1, "");
}

Test(session_vectors, plain_password)
{
    replay_open("session-81-plain-password", true, 1, "");
}

Test(session_vectors, several_factors_and_an_association)
{
    replay_open("session-81-multifactor-udp", true, 1, "");
}

Test(session_vectors, ticket_pool_and_what_the_target_had_sent)
{
    replay_open("session-81-ticket-pool", true, 3, "220 ready\r\n");
}

Test(session_vectors, ticket_refused)
{
    replay_open("session-81-ticket-refused", true, 1, "");
}

Test(session_vectors, key_fetch)
{
    struct replay *x = replay("session-81-keyfetch", true);
    cr_assert_eq(s5a_session_status(&x->session), S5A_KEY_FETCHED);
    cr_assert_arr_eq(s5a_session_login(&x->session)->server_key, x->lab->statics.public,
                     S5A_KEY_LEN);
    replay_free(x);
}
