/* Where a session under method 81 stands. */
#pragma once

#include "tests/unit/login_lab.h"

static inline void expect_open(struct login_lab *lab, unsigned used)
{
    login_lab_expect_open(lab, used);
    cr_assert_eq(lab->session.method, S5A_METHOD_TOL);
}

/* Bytes of a program go through the wire of an open session and come back. */
static inline void expect_talk(struct login_lab *lab)
{
    struct s5a_wire *wire = s5a_session_take_wire(&lab->session);
    struct s5a_tol_record record;
    cr_assert_not_null(wire);
    cr_assert_eq(s5a_wire_encode(wire, SPAN("hello")), S5A_OK);
    struct s5a_span out = s5a_buffer_peek(&wire->out);
    memcpy(lab->records, out.at, out.len);
    cr_assert_eq(s5a_tol_link_open(&lab->link, lab->records, out.len, &record), S5A_TOL_WHOLE);
    cr_assert_eq(record.payload_len, 5);
    cr_assert_arr_eq(record.payload, "hello", 5);
    cr_assert_null(s5a_session_take_wire(&lab->session), "once");
    s5a_wire_free(wire);
}

/* Nothing goes out any more, and nobody gets the stream. */
static inline void expect_silence(struct login_lab *lab)
{
    cr_assert_eq(lab->requests, 0);
    cr_assert_neq(s5a_session_errno(&lab->session), 0);
    cr_assert_eq(s5a_session_output(&lab->session).len, 0);
    cr_assert_eq(s5a_session_want(&lab->session), 0);
    cr_assert_null(s5a_session_take_wire(&lab->session));
}
