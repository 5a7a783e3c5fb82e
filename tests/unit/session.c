/* The session, fed whole, byte by byte and cut everywhere. */
#include "client/session/session.h"

#include "tests/unit/session_lab.h"

#define EARLY "220 early words of the target\r\n"

static void lab_check_end(const struct lab_replay *r, const struct lab_transcript *t)
{
    cr_assert(s5a_session_over(&r->session), "%s: not over", t->name);
    cr_assert_eq(s5a_session_errno(&r->session), t->error, "%s: errno %d", t->name,
                 s5a_session_errno(&r->session));
    if (t->error == 0 || !t->pipeline) /* else the stream is lost anyway */
        cr_assert_eq(r->taken, t->server_len, "%s: %zu bytes taken", t->name, r->taken);
    cr_assert_eq(s5a_session_want(&r->session), 0);
    cr_assert_eq(s5a_session_output(&r->session).len, 0);
    cr_assert(r->sent_len == t->client_len && memcmp(r->sent, t->client, r->sent_len) == 0,
              "%s: other bytes were sent", t->name);
}

Test(session, whole_transcripts_end_as_they_should)
{
    for (size_t i = 0; i < TRANSCRIPTS; i++) {
        const struct lab_transcript *t = &lab_transcripts[i];
        struct lab_replay r;
        lab_begin(&r, t);
        lab_deliver(&r, t->server, t->server_len);
        lab_check_end(&r, t);
    }
}

Test(session, transcripts_byte_by_byte_end_the_same)
{
    for (size_t i = 0; i < TRANSCRIPTS; i++) {
        const struct lab_transcript *t = &lab_transcripts[i];
        struct lab_replay r;
        lab_begin(&r, t);
        for (size_t at = 0; at < t->server_len; at++) {
            cr_assert_not(s5a_session_over(&r.session), "%s: over at %zu", t->name, at);
            lab_deliver(&r, t->server + at, 1);
        }
        lab_check_end(&r, t);
    }
}

Test(session, transcripts_cut_at_any_two_places_end_the_same)
{
    for (size_t i = 0; i < TRANSCRIPTS; i++) {
        const struct lab_transcript *t = &lab_transcripts[i];
        for (size_t a = 0; a <= t->server_len; a++) {
            for (size_t b = a; b <= t->server_len; b++) {
                struct lab_replay r;
                lab_begin(&r, t);
                lab_deliver(&r, t->server, a);
                lab_deliver(&r, t->server + a, b - a);
                lab_deliver(&r, t->server + b, t->server_len - b);
                lab_check_end(&r, t);
            }
        }
    }
}

Test(session, early_words_of_the_target_are_never_wanted)
{
    for (size_t i = 0; i < TRANSCRIPTS; i++) {
        const struct lab_transcript *t = &lab_transcripts[i];
        uint8_t bytes[128];
        struct lab_replay r;
        memcpy(bytes, t->server, t->server_len);
        memcpy(bytes + t->server_len, EARLY, strlen(EARLY));
        lab_begin(&r, t);
        lab_deliver(&r, bytes, t->server_len + strlen(EARLY));
        lab_check_end(&r, t);
    }
}

Test(session, bytes_beyond_want_are_not_taken)
{
    struct lab_replay r;
    lab_begin(&r, &lab_transcripts[0]);
    s5a_session_feed(&r.session, BYTES(5, 0, DONE4));
    cr_assert_not(s5a_session_over(&r.session));
    cr_assert_geq(s5a_session_want(&r.session), 4);
}

Test(session, pipelined_request_leaves_with_the_greeting)
{
    struct lab_replay r;
    lab_begin(&r, &lab_transcripts[6]);
    lab_drain(&r);
    cr_assert_eq(r.sent_len, lab_transcripts[6].client_len);
}

Test(session, pipelined_answers_may_be_read_together)
{
    struct lab_replay r;
    lab_begin(&r, &lab_transcripts[6]);
    lab_drain(&r);
    cr_assert_eq(s5a_session_want(&r.session), 2 + 2 + 8);
    s5a_session_feed(&r.session, lab_transcripts[6].server, 12);
    cr_assert_eq(s5a_session_want(&r.session), 2);
}

Test(session, request_waits_where_two_methods_are_on_offer)
{
    struct lab_replay r;
    lab_begin(&r, &lab_transcripts[7]);
    lab_drain(&r);
    cr_assert_eq(r.sent_len, 4);
    cr_assert_not(s5a_session_can_pipeline(&r.proxy));
}
