/* Sessions that log in by EAF, against the server's side of protocol/eaf; session_ways has more. */
#include "tests/unit/login_lab.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

static void expect_open(struct login_lab *lab, unsigned used)
{
    login_lab_expect_open(lab, used);
    cr_assert_eq(lab->out_from, lab->out_len, "bytes left over");
}

Test(session_login, wrong_password_is_EACCES_after_one_try)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    char text[256];
    login_lab_without_key(lab);
    login_lab_set_password(lab);
    cr_assert(s5a_secret_set(&lab->proxy.password, SPAN("battery staple")));
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    LOGIN_LAB_ENDS(lab, LOGIN_DENIED);
    cr_assert_eq(s5a_session_errno(&lab->session), EACCES);
    s5a_session_describe(&lab->session, text, sizeof text);
    cr_assert_str_eq(text, "log-in: permission denied (REP 0f)");
    cr_assert_eq(lab->requests, 0);
    login_lab_free(lab);
}

Test(session_login, code_from_the_secret_or_as_typed)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    login_lab_without_key(lab);
    login_lab_set_totp(lab);
    lab->wants = S5A_MID_TOTP;
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    expect_open(lab, S5A_MID_BIT(S5A_MID_TOTP));
    strcpy(lab->login.code, "000000");
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    LOGIN_LAB_ENDS(lab, LOGIN_DENIED); /* but once in 300000 runs */
    login_lab_free(lab);
}

Test(session_login, anonymous_where_there_is_nothing_else)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    login_lab_without_key(lab);
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    expect_open(lab, S5A_MID_BIT(S5A_MID_ANONYMOUS));
    login_lab_free(lab);
}

Test(session_login, factors_go_out_together)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    login_lab_set_password(lab);
    login_lab_set_totp(lab);
    lab->login.factors =
        S5A_MID_BIT(S5A_MID_PUBLICKEY) | S5A_MID_BIT(S5A_MID_RESPONSE) | S5A_MID_BIT(S5A_MID_TOTP);
    login_lab_start(lab);
    login_lab_run(lab, 7);
    expect_open(lab, S5A_MID_BIT(S5A_MID_MULTI));
    login_lab_free(lab);
}

Test(session_login, chain_follows_the_servers_order)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_AMC);
    login_lab_set_password(lab);
    login_lab_set_totp(lab);
    lab->next[0] = S5A_MID_TOTP;
    lab->next[1] = S5A_MID_RESPONSE;
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    expect_open(lab, S5A_MID_BIT(S5A_MID_PUBLICKEY) | S5A_MID_BIT(S5A_MID_RESPONSE) |
                         S5A_MID_BIT(S5A_MID_TOTP));
    cr_assert_eq(lab->logins, 3);
    login_lab_free(lab);
}

Test(session_login, chain_that_wants_what_is_not_there_fails)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_AMC);
    lab->next[0] = S5A_MID_TOTP;
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    LOGIN_LAB_ENDS(lab, NO_CREDENTIALS);
    login_lab_free(lab);
}

/* ---- tickets ---- */

Test(session_login, refused_ticket_without_a_person_asks_for_a_log_in)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    login_lab_without_key(lab);
    lab->login.asked = S5A_MID_BIT(S5A_MID_TOTP);
    login_lab_give_ticket(lab);
    lab->knows_ticket = false;
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    LOGIN_LAB_ENDS(lab, LOGIN_NEEDED);
    cr_assert_eq(s5a_session_errno(&lab->session), EACCES);
    login_lab_free(lab);
}

Test(session_login, no_byte_goes_out_where_a_person_is_needed_and_no_ticket_is_there)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    lab->login.asked = S5A_MID_BIT(S5A_MID_TOTP);
    login_lab_start(lab);
    LOGIN_LAB_ENDS(lab, LOGIN_NEEDED);
    cr_assert_eq(s5a_session_output(&lab->session).len, 0);
    login_lab_free(lab);
}

/* ---- keys of servers ---- */

Test(session_login, unknown_key_is_refused_before_a_byte)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    lab->login.has_server_key = false;
    login_lab_start(lab);
    LOGIN_LAB_ENDS(lab, UNKNOWN_KEY);
    cr_assert_eq(s5a_session_output(&lab->session).len, 0);
    lab->login.known = S5A_KNOWN_ASK;
    login_lab_start(lab);
    LOGIN_LAB_ENDS(lab, UNKNOWN_KEY);
    login_lab_free(lab);
}

/* ---- refusals ---- */

Test(session_login, refusals_have_their_errno_and_their_details_escaped)
{
    static const struct {
        uint8_t rep;
        int error;
    } cases[] = { { 0x09, EACCES },     { 0x0a, ETIMEDOUT }, { 0x0b, ECONNABORTED },
                  { 0x0c, ECONNRESET }, { 0x0d, EACCES },    { 0x10, ECONNREFUSED } };
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    char text[256];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lab->rep = cases[i].rep;
        login_lab_start(lab);
        login_lab_run(lab, SIZE_MAX);
        LOGIN_LAB_ENDS(lab, LOGIN_DENIED);
        cr_assert_eq(s5a_session_errno(&lab->session), cases[i].error, "REP %02x", cases[i].rep);
        s5a_session_wipe(&lab->session);
        s5a_session_describe(&lab->session, text, sizeof text);
        cr_assert_not_null(strstr(text, "too many in a while: slow\\x1b[31m down"), "%s", text);
    }
    login_lab_free(lab);
}

Test(session_login, refused_request_shows_its_details)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    char text[256];
    lab->request_rep = S5A_REP_EXHAUSTED;
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    LOGIN_LAB_ENDS(lab, REFUSED);
    cr_assert_eq(s5a_session_errno(&lab->session), ECONNREFUSED);
    s5a_session_describe(&lab->session, text, sizeof text);
    cr_assert_str_eq(text, "reply: resources of the proxy exhausted (REP 10): too many at once: "
                           "twice\\x07");
    login_lab_free(lab);
}

/* ---- moving and leaving ---- */

Test(session_login, moves_at_any_place)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_AMC);
    struct s5a_session other;
    login_lab_set_totp(lab);
    lab->next[0] = S5A_MID_TOTP;
    login_lab_start(lab);
    do {
        login_lab_serve(lab);
        s5a_session_move(&other, &lab->session, &lab->target);
        cr_assert_null(lab->session.exchange);
        s5a_session_move(&lab->session, &other, &lab->target);
    } while (login_lab_deliver(lab, 5));
    expect_open(lab, S5A_MID_BIT(S5A_MID_PUBLICKEY) | S5A_MID_BIT(S5A_MID_TOTP));
    login_lab_free(lab);
}

Test(session_login, may_be_left_at_any_place)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    for (size_t cut = 0; cut < 300; cut += 7) {
        login_lab_start(lab);
        login_lab_serve(lab);
        login_lab_deliver(lab, cut);
        s5a_session_wipe(&lab->session);
        cr_assert_null(lab->session.exchange);
    }
    login_lab_free(lab);
}

Test(session_login, child_of_fork_may_drop_it_and_the_parent_goes_on)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    int status;
    login_lab_start(lab);
    login_lab_serve(lab);
    login_lab_deliver(lab, 100);
    pid_t child = fork();
    if (child == 0) {
        s5a_session_wipe(&lab->session);
        _exit(lab->session.exchange == NULL ? 0 : 1);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0);
    login_lab_run(lab, SIZE_MAX);
    expect_open(lab, S5A_MID_BIT(S5A_MID_PUBLICKEY));
    login_lab_free(lab);
}

Test(session_login, early_words_of_the_target_are_never_wanted)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    login_lab_start(lab);
    while (lab->session.state != S5A_SESSION_OPEN) {
        login_lab_serve(lab);
        if (lab->requests > 0 && lab->out[lab->out_len - 1] != '!')
            lab->out[lab->out_len++] = '!';
        cr_assert(login_lab_deliver(lab, SIZE_MAX));
    }
    cr_assert_eq(lab->out_from, lab->out_len - 1);
    login_lab_free(lab);
}
