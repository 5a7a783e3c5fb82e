/* client/session/session_rest: what comes while nothing was asked for. */
#include "tests/unit/session_tol_lab.h"

#define KEPT_ALIVE "\x05\x00\x00\x00\x00\x00"

/* Logged in, and asking for nothing. */
static struct login_lab *resting(uint8_t method)
{
    static struct s5a_ask nothing;
    struct login_lab *lab = login_lab_new(method);
    nothing = s5a_ask_nothing();
    lab->ask = &nothing;
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    cr_assert(s5a_session_is_ready(&lab->session));
    return lab;
}

static uint8_t bytes[4 * S5A_TOL_RECORD_MAX];
static struct s5a_writer w;

static void begin(void)
{
    s5a_writer_init(&w, bytes, sizeof bytes);
}

static void add_dummy(struct login_lab *lab, uint8_t rand_len)
{
    static uint8_t record[S5A_TOL_RECORD_MAX];
    s5a_write_bytes(&w, record, s5a_tol_seal(&lab->link.out, record, S5A_TOL_PADDING, rand_len, 0));
}

static void rest(struct login_lab *lab, size_t step)
{
    for (size_t at = 0; at < s5a_writer_len(&w); at += step) {
        size_t left = s5a_writer_len(&w) - at;
        s5a_session_rest_feed(&lab->session, bytes + at, left < step ? left : step);
    }
}

/* The session is still good for a request, and its answer. */
static void expect_request(struct login_lab *lab)
{
    struct s5a_ask ask = s5a_ask_nothing();
    ask.request.command = S5A_CMD_KEEP_ALIVE;
    cr_assert(s5a_session_is_ready(&lab->session));
    cr_assert_eq(s5a_session_ask(&lab->session, &ask, UINT64_MAX), S5A_OK);
    begin();
    s5a_tol_link_encode(&lab->link, &w, SPAN(KEPT_ALIVE));
    for (size_t at = 0; at < s5a_writer_len(&w); at++)
        s5a_session_feed(&lab->session, bytes + at, 1);
    cr_assert(s5a_session_is_ready(&lab->session));
    cr_assert_eq(s5a_session_rep(&lab->session), 0);
}

Test(session_rest, dummies_are_taken_whole_and_in_pieces)
{
    for (size_t step = 1; step < 700; step = step * 2 + 1) {
        struct login_lab *lab = resting(S5A_METHOD_TOL);
        begin();
        for (uint8_t i = 0; i < 5; i++)
            add_dummy(lab, (uint8_t)(i * 60));
        rest(lab, step);
        expect_request(lab);
        login_lab_free(lab);
    }
}

Test(session_rest, dummy_that_has_come_in_part_is_gone_on_with_by_the_next_request)
{
    struct login_lab *lab = resting(S5A_METHOD_TOL);
    struct s5a_session other;
    begin();
    add_dummy(lab, 200);
    size_t len = s5a_writer_len(&w);
    s5a_session_rest_feed(&lab->session, bytes, len / 2);
    s5a_session_move(&other, &lab->session, &lab->target);
    s5a_session_move(&lab->session, &other, &lab->target);
    struct s5a_ask ask = s5a_ask_nothing();
    ask.request.command = S5A_CMD_KEEP_ALIVE;
    cr_assert_eq(s5a_session_ask(&lab->session, &ask, UINT64_MAX), S5A_OK);
    s5a_tol_link_encode(&lab->link, &w, SPAN(KEPT_ALIVE));
    for (size_t at = len / 2; at < s5a_writer_len(&w); at++)
        s5a_session_feed(&lab->session, bytes + at, 1);
    cr_assert(s5a_session_is_ready(&lab->session));
    cr_assert_eq(s5a_session_rep(&lab->session), 0);
    login_lab_free(lab);
}

Test(session_rest, answer_before_the_question_ends_it)
{
    struct login_lab *lab = resting(S5A_METHOD_TOL);
    begin();
    add_dummy(lab, 3);
    s5a_tol_link_encode(&lab->link, &w, SPAN(KEPT_ALIVE));
    rest(lab, SIZE_MAX);
    LOGIN_LAB_ENDS(lab, MALFORMED);
    login_lab_free(lab);
}

Test(session_rest, end_record_ends_it)
{
    struct login_lab *lab = resting(S5A_METHOD_TOL);
    begin();
    s5a_tol_link_end(&lab->link, &w);
    rest(lab, SIZE_MAX);
    LOGIN_LAB_ENDS(lab, PROXY_CLOSED);
    login_lab_free(lab);
}

Test(session_rest, forged_record_ends_it)
{
    struct login_lab *lab = resting(S5A_METHOD_TOL);
    begin();
    add_dummy(lab, 3);
    bytes[s5a_writer_len(&w) - 1] ^= 1;
    rest(lab, SIZE_MAX);
    LOGIN_LAB_ENDS(lab, BAD_RECORD);
    login_lab_free(lab);
}

Test(session_rest, nothing_may_come_in_clear)
{
    struct login_lab *lab = resting(S5A_METHOD_EAF);
    cr_assert_eq(s5a_session_rest_want(&lab->session), 0);
    login_lab_free(lab);
}
