/* Sessions under method 81, against the server's side of protocol/eaf and protocol/tol. */
#include "tests/unit/session_tol_lab.h"

Test(session_tol, public_key_needs_two_writes)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_TOL);
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    expect_open(lab, S5A_MID_BIT(S5A_MID_PUBLICKEY));
    cr_assert_eq(lab->writes, 2, "greeting with message 1, confirmation with request");
    expect_talk(lab);
    login_lab_free(lab);
}

Test(session_tol, byte_by_byte_ends_the_same)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_TOL);
    login_lab_start(lab);
    login_lab_run(lab, 1);
    expect_open(lab, S5A_MID_BIT(S5A_MID_PUBLICKEY));
    expect_talk(lab);
    login_lab_free(lab);
}

/* Without padding the server's bytes are few, and always as many. */
static void make_bare(struct login_lab *lab)
{
    s5a_tol_shape_default(&lab->shape, S5A_TOL_BARE);
}

Test(session_tol, cut_at_any_place_ends_the_same)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_TOL);
    make_bare(lab);
    for (size_t cut = 1; cut < 420; cut++) {
        login_lab_start(lab);
        login_lab_serve(lab);
        login_lab_deliver(lab, cut);
        login_lab_run(lab, SIZE_MAX);
        expect_open(lab, S5A_MID_BIT(S5A_MID_PUBLICKEY));
        cr_assert_eq(lab->out_from, lab->out_len);
    }
    login_lab_free(lab);
}

/* ---- ways to log in ---- */

Test(session_tol, password_code_and_token)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_TOL);
    login_lab_without_key(lab);
    login_lab_set_password(lab);
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    expect_open(lab, S5A_MID_BIT(S5A_MID_RESPONSE));
    s5a_secret_wipe(&lab->proxy.password);
    login_lab_set_totp(lab);
    login_lab_start(lab);
    login_lab_run(lab, 11);
    expect_open(lab, S5A_MID_BIT(S5A_MID_TOTP));
    lab->login.totp_len = 0;
    login_lab_set_token(lab);
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    expect_open(lab, S5A_MID_BIT(S5A_MID_TOKEN));
    expect_talk(lab);
    login_lab_free(lab);
}

Test(session_tol, network_key_is_in_the_first_records_too)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_TOL);
    lab->network = lab->login.network_key = (struct s5a_key){ { 9 } };
    lab->setup.network_key = &lab->network;
    lab->login.has_network_key = true;
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    expect_open(lab, S5A_MID_BIT(S5A_MID_PUBLICKEY));
    lab->login.network_key.bytes[0] ^= 1;
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    cr_assert_eq(lab->server.ask, S5A_EAF_ASK_VERSION, "no message has reached the server");
    s5a_session_eof(&lab->session);
    LOGIN_LAB_ENDS(lab, WRONG_KEY);
    login_lab_free(lab);
}

Test(session_tol, several_steps_where_the_proxy_is_configured_for_them)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_TOL);
    lab->proxy.methods = S5A_METHODS_CHAIN;
    login_lab_set_password(lab);
    login_lab_set_totp(lab);
    lab->next[0] = S5A_MID_TOTP;
    lab->next[1] = S5A_MID_RESPONSE;
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    expect_open(lab, S5A_MID_BIT(S5A_MID_PUBLICKEY) | S5A_MID_BIT(S5A_MID_RESPONSE) |
                         S5A_MID_BIT(S5A_MID_TOTP));
    expect_talk(lab);
    login_lab_free(lab);
}

Test(session_tol, longest_credentials_fit)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_TOL);
    static uint8_t token[S5A_TOKEN_MAX] = { 't' };
    login_lab_set_password(lab);
    login_lab_set_totp(lab);
    lab->login.token = token;
    lab->login.token_len = sizeof token;
    lab->login.factors = 0x2e; /* all four */
    login_lab_give_ticket(lab);
    lab->knows_ticket = false;
    lab->means.ticket.len = S5A_TICKET_MAX;
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    LOGIN_LAB_ENDS(lab, LOGIN_DENIED); /* the token is another */
    cr_assert_eq(lab->used, S5A_MID_BIT(S5A_MID_MULTI));
    login_lab_free(lab);
}

/* ---- tickets and keys ---- */

Test(session_tol, ticket_needs_two_writes_and_brings_another)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_TOL);
    struct s5a_ticket next;
    login_lab_without_key(lab);
    login_lab_set_password(lab);
    login_lab_give_ticket(lab);
    lab->issues = SPAN("the next ticket");
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    expect_open(lab, S5A_MID_BIT(S5A_MID_TOKEN));
    cr_assert_eq(lab->writes, 2);
    cr_assert(s5a_exchange_ticket(lab->session.exchange, &next));
    cr_assert(memcmp(&next.resumption, &lab->issued, sizeof lab->issued) == 0, "the same R");
    expect_talk(lab);
    login_lab_free(lab);
}

Test(session_tol, refused_ticket_is_followed_by_the_credential)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_TOL);
    login_lab_without_key(lab);
    login_lab_set_token(lab);
    login_lab_give_ticket(lab);
    lab->knows_ticket = false;
    lab->wants = S5A_MID_TOKEN;
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    expect_open(lab, S5A_MID_BIT(S5A_MID_TOKEN));
    cr_assert(lab->session.login.ticket_refused);
    expect_talk(lab);
    login_lab_free(lab);
}

Test(session_tol, key_fetch_brings_the_key_and_nothing_else)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_TOL);
    lab->login.has_server_key = false;
    lab->login.known = S5A_KNOWN_ACCEPT;
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    LOGIN_LAB_ENDS(lab, KEY_FETCHED);
    cr_assert_arr_eq(lab->session.exchange->client.fetched, lab->statics.public, S5A_KEY_LEN);
    cr_assert_eq(lab->used | lab->requests, 0);
    login_lab_free(lab);
}

/* ---- more than one reply ---- */

Test(session_tol, second_reply_of_BIND_may_come_in_the_record_of_the_first)
{
    static const uint8_t second[] = { 5, 0, 0, 1, 10, 0, 0, 2, 0, 81, '!' };
    struct login_lab *lab = login_lab_new(S5A_METHOD_TOL);
    struct s5a_ask ask = s5a_ask_connect(&lab->target);
    ask.request.command = S5A_CMD_BIND;
    lab->early = (struct s5a_span){ second, sizeof second };
    login_lab_start(lab);
    s5a_session_wipe(&lab->session);
    s5a_session_init_ask(&lab->session, &lab->proxy, &ask, &lab->means, false, UINT64_MAX);
    login_lab_run(lab, SIZE_MAX);
    cr_assert(s5a_session_is_bound(&lab->session));
    cr_assert_null(s5a_session_take_wire(&lab->session));
    s5a_session_await(&lab->session, UINT64_MAX);
    cr_assert_eq(lab->session.state, S5A_SESSION_OPEN);
    struct s5a_wire *wire = s5a_session_take_wire(&lab->session);
    cr_assert_eq(wire->early_len, 1);
    s5a_wire_free(wire);
    login_lab_free(lab);
}

/* ---- UDP ---- */

static void ask_for_an_association(struct login_lab *lab, uint8_t command, uint8_t transport)
{
    struct s5a_ask ask = s5a_ask_connect(&lab->target);
    ask.request.command = command;
    ask.request.address = s5a_address_ipv4((const uint8_t[4]){ 0 });
    ask.request.port = 0;
    ask.request.options.transport = transport;
    login_lab_start(lab);
    s5a_session_wipe(&lab->session);
    s5a_session_init_ask(&lab->session, &lab->proxy, &ask, &lab->means, false, UINT64_MAX);
}

Test(session_tol, datagrams_beside_the_session_are_refused_before_a_byte)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_TOL);
    ask_for_an_association(lab, S5A_CMD_UDP_ASSOCIATE, 0);
    LOGIN_LAB_ENDS(lab, UNSUPPORTED_COMMAND);
    cr_assert_eq(s5a_session_output(&lab->session).len, 0);
    ask_for_an_association(lab, S5A_CMD_UDP_ASSOCIATE_EXT, 0);
    LOGIN_LAB_ENDS(lab, UNSUPPORTED_COMMAND);
    login_lab_free(lab);
}

Test(session_tol, datagrams_in_stream_need_both_sides)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_TOL);
    lab->setup.capabilities &= ~S5A_CAPABILITY(S5A_CAP_UDP_IN_STREAM);
    ask_for_an_association(lab, S5A_CMD_UDP_ASSOCIATE_EXT, 1);
    login_lab_run(lab, SIZE_MAX);
    LOGIN_LAB_ENDS(lab, UNSUPPORTED_COMMAND);
    expect_silence(lab);
    login_lab_free(lab);
}
