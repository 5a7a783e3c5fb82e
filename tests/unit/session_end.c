/* How sessions end: refused, with malformed answers, or from outside. */
#include "client/session/session.h"

#include "protocol/greeting.h"
#include "tests/unit/session_lab.h"

/* ---- by what the proxy answers ---- */

Test(session_end, each_reply_code_has_its_errno)
{
    static const struct {
        uint8_t rep;
        int error;
    } expected[] = {
        { 0x01, ECONNABORTED }, { 0x02, EACCES },       { 0x03, ENETUNREACH },
        { 0x04, EHOSTUNREACH }, { 0x05, ECONNREFUSED }, { 0x06, ETIMEDOUT },
        { 0x07, EOPNOTSUPP },   { 0x08, EAFNOSUPPORT }, { 0x09, EACCES },
        { 0x0a, ETIMEDOUT },    { 0x0b, ECONNABORTED }, { 0x0c, ECONNRESET },
        { 0x0d, EACCES },       { 0x0e, ENETUNREACH },  { 0x0f, EACCES },
        { 0x10, ECONNREFUSED }, { 0x11, ECONNABORTED }, { 0xff, ECONNABORTED },
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        struct lab_replay r;
        lab_begin(&r, &lab_transcripts[0]);
        lab_deliver(&r, BYTES(5, 0, 5, expected[i].rep, 0, 1, 0, 0, 0, 0, 0, 0));
        cr_assert_eq(s5a_session_errno(&r.session), expected[i].error, "REP %02x", expected[i].rep);
        cr_assert_eq(s5a_session_rep(&r.session), expected[i].rep);
        cr_assert_eq(s5a_session_status(&r.session), S5A_REFUSED);
    }
}

Test(session_end, malformed_answers_abort)
{
    const struct {
        const uint8_t *bytes;
        size_t len;
    } wrong[] = {
        { BYTES(4, 0) },
        { BYTES('H', 'T') },
        { BYTES(5, 0, 4, 0, 0, 1, 0, 0, 0, 0, 0, 0) },
        { BYTES(5, 0, 0, 90, 0, 0, 0, 0, 0, 0) },
        { BYTES(5, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0) },
        { BYTES(5, 0, 5, 0, 0, 2, 0, 0, 0, 0, 0, 0) },
        { BYTES(5, 0, 5, 0, 0, 5, 1, '/', 0, 0, 0, 0) },
        { BYTES(5, 0, 5, 0, 0, 0xff, 0, 0, 0, 0, 0, 0) },
        { BYTES(5, 0, 5, 0, 0, 3, 0, 0, 80) },
        { BYTES(5, 0, 5, 0, 0, 3, 3, 'a', 0, 'b', 0, 80) },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct lab_replay r;
        lab_begin(&r, &lab_transcripts[0]);
        lab_deliver(&r, wrong[i].bytes, wrong[i].len);
        cr_assert_eq(s5a_session_status(&r.session), S5A_MALFORMED, "row %zu", i);
        cr_assert_eq(s5a_session_errno(&r.session), ECONNABORTED, "row %zu", i);
    }
}

Test(session_end, log_in_status_of_another_version_aborts)
{
    struct lab_replay r;
    lab_begin(&r, &lab_transcripts[5]);
    lab_deliver(&r, BYTES(5, 2, 2, 0));
    cr_assert_eq(s5a_session_status(&r.session), S5A_MALFORMED);
}

Test(session_end, refusal_with_a_wrong_address_is_still_a_refusal)
{
    struct lab_replay r;
    lab_begin(&r, &lab_transcripts[0]);
    lab_deliver(&r, BYTES(5, 0, 5, 5, 0, 0, 0, 0, 0, 0, 0, 0));
    cr_assert_eq(s5a_session_errno(&r.session), ECONNREFUSED);
}

/* ---- from outside ---- */

Test(session_end, end_of_file_anywhere_before_the_end_says_so)
{
    for (size_t i = 0; i < TRANSCRIPTS; i++) {
        const struct lab_transcript *t = &lab_transcripts[i];
        bool refusal = t->error == ECONNREFUSED;
        for (size_t at = 0; at < t->server_len; at++) {
            struct lab_replay r;
            lab_begin(&r, t);
            lab_deliver(&r, t->server, at);
            s5a_session_eof(&r.session);
            int expected = refusal && at >= 4 ? ECONNREFUSED : ECONNRESET;
            cr_assert(s5a_session_over(&r.session));
            cr_assert_eq(s5a_session_errno(&r.session), expected, "%s at %zu", t->name, at);
        }
    }
}

Test(session_end, deadline_ends_it_anywhere)
{
    const struct lab_transcript *t = &lab_transcripts[7];
    for (size_t at = 0; at < t->server_len; at++) {
        struct lab_replay r;
        lab_begin(&r, t);
        lab_deliver(&r, t->server, at);
        s5a_session_expire(&r.session, DEADLINE - 1);
        cr_assert_not(s5a_session_over(&r.session));
        cr_assert_eq(s5a_session_errno(&r.session), EINPROGRESS);
        s5a_session_expire(&r.session, DEADLINE);
        cr_assert_eq(s5a_session_errno(&r.session), ETIMEDOUT);
        cr_assert_eq(s5a_session_want(&r.session), 0);
    }
}

Test(session_end, nothing_moves_a_session_that_is_open)
{
    struct lab_replay r;
    lab_begin(&r, &lab_transcripts[0]);
    lab_deliver(&r, lab_transcripts[0].server, lab_transcripts[0].server_len);
    s5a_session_expire(&r.session, UINT64_MAX);
    s5a_session_eof(&r.session);
    s5a_session_feed(&r.session, BYTES(5, 1, 0, 1, 0, 0, 0, 0, 0, 0));
    cr_assert_eq(s5a_session_errno(&r.session), 0);
    cr_assert_eq(s5a_session_rep(&r.session), 0);
}

Test(session_end, nothing_moves_a_session_that_has_failed)
{
    struct lab_replay r;
    lab_begin(&r, &lab_transcripts[11]);
    lab_deliver(&r, BYTES(5, 0xff));
    s5a_session_expire(&r.session, UINT64_MAX);
    s5a_session_eof(&r.session);
    s5a_session_feed(&r.session, BYTES(5, 0));
    cr_assert_eq(s5a_session_status(&r.session), S5A_NO_METHOD);
}

Test(session_end, output_of_a_failed_session_is_gone)
{
    struct lab_replay r;
    lab_begin(&r, &lab_transcripts[6]);
    s5a_session_feed(&r.session, BYTES(5, 0xff)); /* before anything could be sent */
    cr_assert_eq(s5a_session_output(&r.session).len, 0);
}

/* ---- what is known of it ---- */

Test(session_end, description_names_stage_and_reason)
{
    char text[120];
    struct lab_replay r;
    lab_begin(&r, &lab_transcripts[0]);
    s5a_session_describe(&r.session, text, sizeof text);
    cr_assert_str_eq(text, "waiting for method selection");
    lab_deliver(&r, BYTES(5, 0, 5, 5, 0, 1, 0, 0, 0, 0, 0, 0));
    s5a_session_describe(&r.session, text, sizeof text);
    cr_assert_str_eq(text, "reply: connection refused (REP 05)");
    lab_begin(&r, &lab_transcripts[5]);
    lab_deliver(&r, BYTES(5, 2, 1, 1));
    s5a_session_describe(&r.session, text, sizeof text);
    cr_assert_str_eq(text, "log-in: the proxy refused user name or password");
    s5a_session_describe(&r.session, text, 6);
    cr_assert_str_eq(text, "log-i");
}

Test(session_end, method_and_reply_are_known_when_they_have_come)
{
    struct lab_replay r;
    lab_begin(&r, &lab_transcripts[5]);
    cr_assert_eq(s5a_session_method(&r.session), -1);
    lab_deliver(&r, BYTES(5, 2));
    cr_assert_eq(s5a_session_method(&r.session), S5A_METHOD_PASSWORD);
    cr_assert_eq(s5a_session_rep(&r.session), -1);
    lab_deliver(&r, BYTES(1, 0, DONE4));
    cr_assert_eq(s5a_session_rep(&r.session), 0);
}
