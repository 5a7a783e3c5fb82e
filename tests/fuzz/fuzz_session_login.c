/* A whole client session that logs in by EAF, with a server that has the keys (forger.h). First byte:
 * bit 0 method 82 in place of 80, bit 1 a key fetch, bit 2 a ticket, bit 3 no forger: raw bytes from
 * the start, bits 4–7 the selection's mistakes; second: what the client has (key, code, token,
 * factors, a person is needed), bits 5–7 what it asks for; third: the longest piece that is
 * fed at once, bit 7 method 81. Messages follow, then bytes as they stand; under 81 both are put into
 * records, but for what bit 3 sends raw. */
#include "tests/fuzz/forger.h"

#include "client/login/exchange.h"
#include "client/session/session.h"

static struct s5a_session session;
static struct s5a_answers answers;
static struct s5a_login login;
static struct s5a_proxy proxy;
static bool is_tol;
static struct s5a_tol_link server_link; /* the server's */
static const struct s5a_login_script script = { .ephemeral = { { 0, 2 } }, .capabilities = 0x9e7f };

static void set_login(uint8_t has)
{
    static uint8_t token[] = "token";
    static const uint8_t seed[S5A_ED25519_SEED_LEN] = { 5 };
    login = (struct s5a_login){ .has_server_key = true, .has_key = has & 1 };
    s5a_ed25519_from_seed(&login.key, seed);
    s5a_x25519_public(login.server_key, &forger_s);
    login.totp_len = has & 2 ? 20 : 0;
    login.token = has & 4 ? token : NULL;
    login.token_len = has & 4 ? sizeof token - 1 : 0;
    if ((has & 7) == 7 && (has & 8))
        login.factors = S5A_MID_BIT(S5A_MID_PUBLICKEY) | S5A_MID_BIT(S5A_MID_TOTP);
    if (!(has & 2) && (has & 16))
        login.asked = S5A_MID_BIT(S5A_MID_TOTP);
}

static void set_means(struct s5a_login_means *means, uint8_t choice)
{
    s5a_login_find_means(means, &proxy, NULL, false);
    means->script = &script;
    means->fetches = choice & 2;
    if ((choice & 4) && !means->fetches) {
        means->ticket.len = 8;
        memcpy(means->ticket.bytes, "a ticket", 8);
        means->ticket.resumption = forger_r;
        means->status = S5A_OK;
    }
}

static void start(uint8_t choice, uint8_t has)
{
    static char name[] = "fuzz", user[] = "user";
    static const uint8_t host[] = "host.example";
    static const uint8_t commands[] = { 1, 2, 3, 0, 5, 6, 7, 8 };
    struct s5a_login_means means;
    struct s5a_ask ask = s5a_ask_nothing();
    ask.request.command = commands[has >> 5];
    ask.request.address =
        (struct s5a_address){ .type = S5A_ATYP_NAME, .text = { host, sizeof host - 1 } };
    ask.answers = &answers;
    set_login(has);
    proxy = (struct s5a_proxy){ .name = name, .where = name, .user = user, .login = &login };
    proxy.methods = choice & 1 ? S5A_METHODS_CHAIN : S5A_METHODS_EAF;
    s5a_tol_policy_init(&proxy.tol);
    proxy.tol.use = is_tol ? S5A_TOL_ON : S5A_TOL_OFF;
    set_means(&means, choice);
    s5a_session_init_ask(&session, &proxy, &ask, &means, false, UINT64_MAX);
}

static void check(void)
{
    char text[256];
    bool over = s5a_session_over(&session);
    REQUIRE(over == (s5a_session_want(&session) == 0));
    bool rests = s5a_session_is_ready(&session) || s5a_session_is_bound(&session);
    REQUIRE(rests ||
            (s5a_session_errno(&session) == 0) == (over && s5a_session_rep(&session) == 0));
    REQUIRE(!rests || session.exchange == NULL || session.login.rep == 0);
    REQUIRE(s5a_session_want(&session) <= S5A_EXCHANGE_IN_CAP);
    REQUIRE((session.wire != NULL) <= (is_tol && session.state != S5A_SESSION_FAILED));
    REQUIRE(session.state < S5A_SESSION_REPLY || session.login.rep == 0 || over);
    s5a_session_describe(&session, text, sizeof text);
    for (const char *at = text; *at; at++)
        REQUIRE(*at >= 0x20 && *at < 0x7f);
}

/* As a socket would deliver, from blocks of exactly this size; between two of them it may move. */
static void deliver(struct s5a_span bytes, size_t piece)
{
    struct s5a_session other;
    struct s5a_target target = { session.ask.request.address, session.ask.request.port };
    while (bytes.len > 0 && !s5a_session_over(&session)) {
        size_t len = s5a_session_want(&session);
        len = len < piece ? len : piece;
        len = len < bytes.len ? len : bytes.len;
        uint8_t *exact = malloc(len);
        REQUIRE(exact);
        memcpy(exact, bytes.at, len);
        s5a_session_sent(&session, s5a_session_output(&session).len);
        s5a_session_feed(&session, exact, len);
        free(exact);
        check();
        s5a_session_move(&other, &session, &target);
        s5a_session_move(&session, &other, &target);
        bytes = (struct s5a_span){ bytes.at + len, bytes.len - len };
    }
}

static void begin_records(void)
{
    static const uint8_t greeting[] = { 5, 1, 0x81 };
    struct s5a_key seed = { { 7 } };
    s5a_tol_link_init(&server_link, S5A_TOL_SERVER, NULL,
                      (struct s5a_span){ greeting, sizeof greeting }, &seed, NULL);
}

static void deliver_stream(struct s5a_span bytes, size_t piece)
{
    static uint8_t records[4 * FORGED_CAP];
    struct s5a_writer w;
    if (!is_tol) {
        deliver(bytes, piece);
        return;
    }
    if (session.state > S5A_SESSION_EAF && !s5a_session_over(&session)) {
        const struct s5a_eaf_channel *channel = &session.exchange->client.channel;
        s5a_tol_link_agree(&server_link, &channel->ck, &channel->t, session.login.tol.is_sealed);
        s5a_tol_link_switch_out(&server_link);
    }
    s5a_writer_init(&w, records, sizeof records);
    if (bytes.len > 0 && bytes.len <= FORGED_CAP)
        s5a_tol_link_encode(&server_link, &w, bytes);
    deliver((struct s5a_span){ records, s5a_writer_len(&w) }, piece);
}

/* The server's keys; a ticket that it does not take is left out where the next message says so. */
static void finish_channel(struct s5a_eaf_channel *channel, bool takes_ticket)
{
    struct s5a_key psk;
    const struct s5a_eaf_client *client = &session.exchange->client;
    s5a_eaf_psk(&psk, NULL, client->setup->ticket.len > 0 && takes_ticket ? &forger_r : NULL);
    s5a_eaf_ck_start(&channel->ck, &psk);
    if (!client->setup->server_key)
        return;
    REQUIRE(s5a_eaf_ck_mix(&channel->ck, &forger_s, client->epk));
    REQUIRE(s5a_eaf_ck_mix(&channel->ck, &forger_e_s, client->epk));
}

static void forge(struct s5a_reader *input, size_t piece)
{
    static uint8_t in[FORGED_CAP + 1];
    uint8_t kex[34];
    struct s5a_eaf_channel channel = session.exchange->client.channel;
    finish_channel(&channel, !(s5a_reader_left(input) > 0 && (input->at[0] & 8)));
    for (unsigned n = 0; !s5a_session_over(&session) && session.state < S5A_SESSION_REPLY; n++) {
        struct s5a_span exchange = { 0 };
        struct s5a_writer w;
        s5a_writer_init(&w, in, sizeof in);
        if (n == 0) {
            s5a_write_u8(&w, S5A_EAF_VERSION);
            exchange = forger_kex(kex, &forger_e_s, 0);
        }
        if (!forger_message(&w, input, &channel, exchange))
            return;
        deliver_stream((struct s5a_span){ in, s5a_writer_len(&w) }, piece);
        channel.t = session.exchange->client.channel.t;
        channel.count = session.exchange->client.channel.count;
    }
}

static void select_method(uint8_t choice)
{
    uint8_t selection[2] = { 5, is_tol ? 0x81 : choice & 1 ? 0x82 : 0x80 };
    selection[1] ^= choice >> 4;
    deliver((struct s5a_span){ selection, sizeof selection }, SIZE_MAX);
    REQUIRE(choice >> 4 == 0 || s5a_session_over(&session));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct s5a_reader input;
    if (size < 3)
        return 0;
    s5a_reader_init(&input, data + 3, size - 3);
    size_t piece = (data[2] & 0x7f) == 0 ? SIZE_MAX : data[2] & 0x7f;
    is_tol = data[2] & 0x80;
    begin_records();
    start(data[0], data[1]);
    check();
    select_method(data[0]);
    if (!(data[0] & 8) && !s5a_session_over(&session))
        forge(&input, piece);
    struct s5a_span rest = s5a_read_span(&input, s5a_reader_left(&input));
    if (data[0] & 8)
        deliver(rest, piece);
    else
        deliver_stream(rest, piece);
    s5a_session_eof(&session);
    REQUIRE(s5a_session_over(&session));
    s5a_session_wipe(&session);
    REQUIRE(session.exchange == NULL);
    check();
    return 0;
}
