/* Log-ins of a session that go the same in clear (80) and in records (81). */
#include "tests/unit/session_tol_lab.h"

/* A case, once for each; in records what was opened carries a program's bytes. */
static void run(uint8_t method, void (*go)(struct login_lab *lab))
{
    struct login_lab *lab = login_lab_new(method);
    go(lab);
    if (method == S5A_METHOD_TOL && lab->session.state == S5A_SESSION_OPEN)
        expect_talk(lab);
    login_lab_free(lab);
}

#define EACH_WAY(name)                       \
    static void name(struct login_lab *lab); \
    Test(session_ways, name##_in_clear)      \
    {                                        \
        run(S5A_METHOD_EAF, name);           \
    }                                        \
    Test(session_ways, name##_in_records)    \
    {                                        \
        run(S5A_METHOD_TOL, name);           \
    }                                        \
    static void name(struct login_lab *lab)

/* Padding of the last record may stand behind it. */
static void expect_whole(struct login_lab *lab, unsigned used)
{
    login_lab_expect_open(lab, used);
    if (lab->setup.method == S5A_METHOD_EAF || lab->shape.type == S5A_TOL_BARE)
        cr_assert_eq(lab->out_from, lab->out_len, "bytes left over");
}

EACH_WAY(public_key_needs_two_writes)
{
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    expect_whole(lab, S5A_MID_BIT(S5A_MID_PUBLICKEY));
    cr_assert_eq(lab->writes, 2, "greeting with message 1, confirmation with request");
}

EACH_WAY(byte_by_byte_ends_the_same)
{
    login_lab_start(lab);
    login_lab_run(lab, 1);
    expect_whole(lab, S5A_MID_BIT(S5A_MID_PUBLICKEY));
}

EACH_WAY(cut_at_any_place_ends_the_same)
{
    s5a_tol_shape_default(&lab->shape, S5A_TOL_BARE); /* few bytes, and always as many */
    for (size_t cut = 1; cut < 420; cut++) {
        login_lab_start(lab);
        login_lab_serve(lab);
        login_lab_deliver(lab, cut);
        login_lab_run(lab, SIZE_MAX);
        expect_whole(lab, S5A_MID_BIT(S5A_MID_PUBLICKEY));
    }
}

EACH_WAY(password_is_answered_by_its_challenge)
{
    login_lab_without_key(lab);
    login_lab_set_password(lab);
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    expect_whole(lab, S5A_MID_BIT(S5A_MID_RESPONSE));
}

EACH_WAY(token)
{
    login_lab_without_key(lab);
    login_lab_set_token(lab);
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    expect_whole(lab, S5A_MID_BIT(S5A_MID_TOKEN));
}

EACH_WAY(longest_credentials_fit)
{
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
}

EACH_WAY(network_key)
{
    lab->network = lab->login.network_key = (struct s5a_key){ { 9 } };
    lab->setup.network_key = &lab->network;
    lab->login.has_network_key = true;
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    expect_whole(lab, S5A_MID_BIT(S5A_MID_PUBLICKEY));
}

EACH_WAY(ticket_needs_two_writes_and_brings_another)
{
    struct s5a_ticket next;
    login_lab_without_key(lab);
    login_lab_set_password(lab);
    login_lab_give_ticket(lab);
    lab->issues = SPAN("the next ticket");
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    expect_whole(lab, S5A_MID_BIT(S5A_MID_TOKEN));
    cr_assert_eq(lab->writes, 2);
    cr_assert(s5a_exchange_ticket(lab->session.exchange, &next));
    cr_assert(s5a_span_equal((struct s5a_span){ next.bytes, next.len }, lab->issues));
    cr_assert(memcmp(&next.resumption, &lab->issued, sizeof lab->issued) == 0, "the same R");
    cr_assert_eq(lab->session.login.lifetime, 300);
}

EACH_WAY(refused_ticket_is_followed_by_the_credential)
{
    login_lab_without_key(lab);
    login_lab_set_token(lab);
    login_lab_give_ticket(lab);
    lab->knows_ticket = false;
    lab->wants = S5A_MID_TOKEN;
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    expect_whole(lab, S5A_MID_BIT(S5A_MID_TOKEN));
    cr_assert(lab->session.login.ticket_refused);
}

EACH_WAY(key_fetch_brings_the_key_and_nothing_else)
{
    lab->login.has_server_key = false;
    lab->login.known = S5A_KNOWN_ACCEPT;
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    LOGIN_LAB_ENDS(lab, KEY_FETCHED);
    cr_assert_arr_eq(lab->session.exchange->client.fetched, lab->statics.public, S5A_KEY_LEN);
    cr_assert_eq(lab->used | lab->requests, 0);
}
