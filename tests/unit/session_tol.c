/* Sessions under method 81, against the server's side of protocol/eaf and protocol/tol; session_ways has
 * more. */
#include "tests/unit/session_tol_lab.h"

/* ---- ways to log in ---- */

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
    cr_assert_eq(s5a_buffer_peek(&wire->early).len, 1);
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
