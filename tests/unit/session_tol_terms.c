/* Sessions under method 81: what both sides agree on, and what is less than is required. */
#include "tests/unit/session_tol_lab.h"

#include <errno.h>

/* ---- what is agreed on ---- */

Test(session_tol_terms, wishes_say_mode_type_and_dummies)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_TOL);
    lab->proxy.tol.shape.type = S5A_TOL_MASKING;
    lab->proxy.tol.shape.dummy = 1500;
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    expect_open(lab, S5A_MID_BIT(S5A_MID_PUBLICKEY));
    cr_assert(lab->wishes.has_tol && lab->wishes.sealed);
    cr_assert_eq(lab->wishes.type, S5A_TOL_MASKING);
    cr_assert_eq(lab->wishes.dummy, 1500);
    cr_assert_geq(lab->heard[S5A_TOL_MASKING], 1);
    const struct s5a_tol_terms *tol = &lab->session.login.tol;
    cr_assert(tol->is_agreed && tol->is_sealed);
    cr_assert_eq(tol->sends, S5A_TOL_MASKING);
    cr_assert_eq(tol->asks, S5A_TOL_MASKING);
    cr_assert_eq(tol->dummies, 1500);
    cr_assert_eq(tol->dummies_asked, 1500);
    login_lab_free(lab);
}

Test(session_tol_terms, stronger_type_that_the_proxy_wants_is_sent_within_bounds)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_TOL);
    lab->wants_type = S5A_TOL_JITTER;
    lab->wants_dummy = 1;
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    expect_open(lab, S5A_MID_BIT(S5A_MID_PUBLICKEY));
    cr_assert_geq(lab->heard[S5A_TOL_JITTER], 1);
    cr_assert_eq(lab->session.login.tol.sends, S5A_TOL_JITTER);
    cr_assert_eq(lab->session.login.tol.dummies, S5A_TOL_DUMMIES_MIN);
    struct s5a_wire *wire = s5a_session_take_wire(&lab->session);
    cr_assert_eq(wire->link.shape.type, S5A_TOL_JITTER);
    cr_assert_eq(wire->link.shape.dummy, S5A_TOL_DUMMIES_MIN);
    s5a_wire_free(wire);
    login_lab_free(lab);
}

Test(session_tol_terms, weaker_type_that_the_proxy_wants_changes_nothing)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_TOL);
    lab->proxy.tol.shape.type = S5A_TOL_FULL;
    lab->wants_type = S5A_TOL_PADDING;
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    expect_open(lab, S5A_MID_BIT(S5A_MID_PUBLICKEY));
    cr_assert_eq(lab->session.login.tol.sends, S5A_TOL_FULL);
    login_lab_free(lab);
}

Test(session_tol_terms, plain_mode_where_both_sides_pin_it)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_TOL);
    lab->proxy.tol.is_plain = true;
    login_lab_start(lab);
    login_lab_run(lab, 3);
    expect_open(lab, S5A_MID_BIT(S5A_MID_PUBLICKEY));
    cr_assert_not(lab->session.login.tol.is_sealed);
    cr_assert_not(lab->wishes.sealed);
    cr_assert_eq(lab->link.in.mode, S5A_TOL_PLAIN);
    expect_talk(lab);
    login_lab_free(lab);
}

/* ---- what is less than is required ---- */

Test(session_tol_terms, plain_mode_is_refused_before_a_request)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_TOL);
    char text[256];
    lab->setup.capabilities &= ~S5A_CAPABILITY(S5A_CAP_SEALED_TOL);
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    LOGIN_LAB_ENDS(lab, WEAK_TOL);
    cr_assert_eq(s5a_session_errno(&lab->session), EACCES);
    s5a_session_describe(&lab->session, text, sizeof text);
    cr_assert_str_eq(text, "log-in: the proxy grants less of TOL than is required");
    expect_silence(lab);
    login_lab_free(lab);
}

Test(session_tol_terms, types_that_the_proxy_does_not_have_are_refused_where_required)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_TOL);
    lab->setup.capabilities &= ~S5A_CAPABILITY(S5A_CAP_TOL);
    lab->wants_type = S5A_TOL_FULL; /* says nothing without the bit */
    lab->proxy.tol.least = S5A_TOL_PADDING;
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    LOGIN_LAB_ENDS(lab, WEAK_TOL);
    expect_silence(lab);
    login_lab_free(lab);
}

Test(session_tol_terms, without_types_on_both_sides_records_are_bare)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_TOL);
    lab->setup.capabilities &= ~S5A_CAPABILITY(S5A_CAP_TOL);
    lab->proxy.tol.shape.dummy = 1000;
    lab->wants_dummy = 1000;
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    expect_open(lab, S5A_MID_BIT(S5A_MID_PUBLICKEY));
    cr_assert_eq(lab->heard[S5A_TOL_BARE], 1);
    cr_assert_eq(lab->session.login.tol.sends, S5A_TOL_BARE);
    cr_assert_eq(lab->session.login.tol.asks, S5A_TOL_BARE);
    cr_assert_eq(lab->session.login.tol.dummies, 0);
    login_lab_free(lab);
}

Test(session_tol_terms, weaker_method_selected_is_refused)
{
    static const uint8_t others[] = { 0x00, 0x02, 0x80, 0x82, 0x01 };
    struct login_lab *lab = login_lab_new(S5A_METHOD_TOL);
    login_lab_set_password(lab);
    for (size_t i = 0; i < sizeof others; i++) {
        login_lab_start(lab);
        login_lab_serve(lab);
        lab->out[1] = others[i];
        while (login_lab_deliver(lab, SIZE_MAX))
            ;
        LOGIN_LAB_ENDS(lab, NOT_OFFERED);
        expect_silence(lab);
    }
    login_lab_free(lab);
}

Test(session_tol_terms, refusal_of_the_log_in_has_its_errno_and_its_details)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_TOL);
    char text[256];
    lab->rep = S5A_REP_RATE_LIMITED;
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    LOGIN_LAB_ENDS(lab, LOGIN_DENIED);
    cr_assert_eq(s5a_session_errno(&lab->session), ETIMEDOUT);
    s5a_session_describe(&lab->session, text, sizeof text);
    cr_assert_not_null(strstr(text, "slow\\x1b[31m down"), "%s", text);
    expect_silence(lab);
    login_lab_free(lab);
}

Test(session_tol_terms, refused_request_shows_its_details)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_TOL);
    lab->request_rep = S5A_REP_EXHAUSTED;
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    LOGIN_LAB_ENDS(lab, REFUSED);
    cr_assert_eq(s5a_session_errno(&lab->session), ECONNREFUSED);
    cr_assert_null(s5a_session_take_wire(&lab->session));
    login_lab_free(lab);
}
