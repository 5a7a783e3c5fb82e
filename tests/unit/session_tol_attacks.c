/* What others may do to a session under method 81, and how it is left and handed on. */
#include "tests/unit/login_lab.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

/* Bytes without padding: always as many. */
static struct login_lab *bare_lab(void)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_TOL);
    s5a_tol_shape_default(&lab->shape, S5A_TOL_BARE);
    return lab;
}

static void expect_open(struct login_lab *lab)
{
    cr_assert_eq(lab->session.state, S5A_SESSION_OPEN, "%s",
                 s5a_status_text(s5a_session_status(&lab->session)));
    cr_assert_eq(lab->requests, 1);
}

/* ---- tampering ---- */

/* Up to the reply, of which `*reply` is the first byte. */
static void run_with_a_flip_at(struct login_lab *lab, size_t at, size_t *reply)
{
    bool is_flipped = false;
    login_lab_start(lab);
    *reply = 0;
    do {
        login_lab_serve(lab);
        if (!is_flipped && lab->out_len > at) {
            lab->out[at] ^= 1;
            is_flipped = true;
        }
        if (lab->requests == 0)
            *reply = lab->out_len;
    } while (login_lab_deliver(lab, SIZE_MAX));
    s5a_session_eof(&lab->session);
}

Test(session_tol_attacks, no_byte_can_be_changed)
{
    struct login_lab *lab = bare_lab();
    size_t reply, end;
    run_with_a_flip_at(lab, SIZE_MAX, &reply);
    expect_open(lab);
    end = lab->out_len;
    for (size_t at = 0; at < end; at++) {
        size_t ignored;
        run_with_a_flip_at(lab, at, &ignored);
        cr_assert_eq(lab->session.state, S5A_SESSION_FAILED, "byte %zu", at);
        cr_assert_neq(s5a_session_errno(&lab->session), 0);
        cr_assert_eq(lab->requests, at >= reply ? 1 : 0, "byte %zu", at);
        cr_assert_null(s5a_session_take_wire(&lab->session));
    }
    login_lab_free(lab);
}

Test(session_tol_attacks, cut_connection_is_no_success_at_any_byte)
{
    struct login_lab *lab = bare_lab();
    for (size_t cut = 0; cut < 1000; cut++) {
        size_t taken = 0;
        login_lab_start(lab);
        do
            login_lab_serve(lab);
        while (taken < cut && login_lab_deliver(lab, 1) && ++taken);
        if (lab->session.state == S5A_SESSION_OPEN)
            break;
        s5a_session_eof(&lab->session);
        cr_assert_eq(lab->session.state, S5A_SESSION_FAILED, "%zu bytes", cut);
        bool is_cut_off = s5a_session_status(&lab->session) == S5A_WRONG_KEY;
        cr_assert(is_cut_off || s5a_session_status(&lab->session) == S5A_PROXY_CLOSED);
        cr_assert_eq(s5a_session_want(&lab->session), 0);
    }
    expect_open(lab);
    login_lab_free(lab);
}

Test(session_tol_attacks, end_record_in_place_of_the_reply_is_the_end)
{
    struct login_lab *lab = bare_lab();
    lab->ends = true;
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    LOGIN_LAB_ENDS(lab, PROXY_CLOSED);
    cr_assert_eq(s5a_session_errno(&lab->session), ECONNRESET);
    login_lab_free(lab);
}

Test(session_tol_attacks, messages_fill_their_records)
{
    struct login_lab *lab = bare_lab();
    lab->trailing = SPAN("!");
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    LOGIN_LAB_ENDS(lab, MALFORMED);
    cr_assert_eq(lab->requests, 0);
    login_lab_free(lab);
}

Test(session_tol_attacks, records_of_the_log_in_have_the_types_of_the_log_in)
{
    static uint8_t dummy[S5A_TOL_RECORD_MAX];
    struct login_lab *lab = bare_lab();
    struct s5a_tol_direction d;
    struct s5a_key key;
    s5a_tol_hello_key(&key, NULL, S5A_SERVER_TO_CLIENT, SPAN("\x05\x01\x81"));
    s5a_tol_direction_hello(&d, &key);
    d.mode = S5A_TOL_PLAIN; /* it would not seal that */
    login_lab_start(lab);
    size_t len = s5a_tol_seal(&d, dummy, S5A_TOL_PADDING, 0, 0);
    memcpy(lab->out, "\x05\x81", 2);
    memcpy(lab->out + 2, dummy, len);
    lab->out_len = 2 + len;
    while (login_lab_deliver(lab, SIZE_MAX))
        ;
    LOGIN_LAB_ENDS(lab, BAD_RECORD);
    cr_assert_eq(s5a_session_errno(&lab->session), ECONNABORTED);
    login_lab_free(lab);
}

/* ---- what is handed on ---- */

Test(session_tol_attacks, payload_behind_the_reply_is_handed_on)
{
    struct login_lab *lab = bare_lab();
    lab->early = SPAN("220 ready");
    login_lab_start(lab);
    login_lab_run(lab, 1);
    expect_open(lab);
    cr_assert_eq(lab->out_from, lab->out_len, "it stood in the reply's record");
    struct s5a_wire *wire = s5a_session_take_wire(&lab->session);
    cr_assert_eq(s5a_buffer_peek(&wire->early).len, 9);
    cr_assert_arr_eq(wire->early_storage, "220 ready", 9);
    cr_assert(wire->link.in_switched && wire->link.out_switched);
    s5a_wire_free(wire);
    login_lab_free(lab);
}

Test(session_tol_attacks, records_behind_the_reply_are_never_wanted)
{
    struct login_lab *lab = bare_lab();
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

Test(session_tol_attacks, nothing_can_be_taken_before_it_is_open)
{
    struct login_lab *lab = bare_lab();
    login_lab_start(lab);
    do {
        login_lab_serve(lab);
        if (!s5a_session_over(&lab->session))
            cr_assert_null(s5a_session_take_wire(&lab->session));
    } while (login_lab_deliver(lab, 40));
    expect_open(lab);
    login_lab_free(lab);
}

/* ---- moving and leaving ---- */

Test(session_tol_attacks, moves_at_any_place)
{
    struct login_lab *lab = bare_lab();
    struct s5a_session other;
    lab->early = SPAN("early");
    login_lab_start(lab);
    do {
        login_lab_serve(lab);
        s5a_session_move(&other, &lab->session, &lab->target);
        cr_assert(lab->session.exchange == NULL && lab->session.wire == NULL);
        s5a_session_move(&lab->session, &other, &lab->target);
    } while (login_lab_deliver(lab, 3));
    expect_open(lab);
    struct s5a_wire *wire = s5a_session_take_wire(&lab->session);
    cr_assert_eq(s5a_buffer_peek(&wire->early).len, 5);
    s5a_wire_free(wire);
    login_lab_free(lab);
}

Test(session_tol_attacks, may_be_left_at_any_place)
{
    struct login_lab *lab = bare_lab();
    for (size_t cut = 0; cut < 500; cut += 9) {
        login_lab_start(lab);
        login_lab_serve(lab);
        login_lab_deliver(lab, cut);
        login_lab_run(lab, cut / 9);
        s5a_session_wipe(&lab->session);
        cr_assert(lab->session.exchange == NULL && lab->session.wire == NULL);
    }
    login_lab_free(lab);
}

Test(session_tol_attacks, child_of_fork_may_drop_it_and_the_parent_goes_on)
{
    struct login_lab *lab = bare_lab();
    int status;
    login_lab_start(lab);
    login_lab_serve(lab);
    login_lab_deliver(lab, 100);
    pid_t child = fork();
    if (child == 0) {
        s5a_session_wipe(&lab->session);
        _exit(lab->session.wire == NULL ? 0 : 1);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0);
    login_lab_run(lab, SIZE_MAX);
    expect_open(lab);
    login_lab_free(lab);
}
