/* server/handshake: both methods, however the bytes arrive. */
#include "server/handshake.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "protocol/rep.h"
#include "tests/unit/handshake_feed.h"
#include "tests/unit/span.h"

#define GREETING "\x05\x01\x00"
#define GREETING_BOTH "\x05\x02\x00\x02"
#define ALICE  \
    "\x01\x05" \
    "alice"    \
    "\x02"     \
    "pw"
#define REQUEST_V4 "\x05\x01\x00\x01\xc0\x00\x02\x01\x00\x50"
#define REQUEST_V6     \
    "\x05\x01\x00\x04" \
    "0123456789abcdef" \
    "\x01\xbb"
#define REQUEST_NAME       \
    "\x05\x01\x00\x03\x0b" \
    "example.org"          \
    "\x01\xbb"
#define REPLY_OK "\x05\x00\x00\x01\x0a\x00\x00\x01\x04\x00"
#define REPLY(rep) "\x05" rep "\x00\x01\x00\x00\x00\x00\x00\x00"

/* What a client sends, what it is to see, and where that ends. */
static const struct transcript {
    bool anonymous, password;
    uint8_t target; /* REP that the connect ends with */
    struct s5a_span sent, seen;
    enum s5ad_want end;
    struct s5a_span early; /* what is left for the target */
} transcripts[] = {
    /* clang-format off */
    { true, false, 0, SPAN(GREETING REQUEST_V4), SPAN("\x05\x00" REPLY_OK), S5AD_WANT_RELAY, SPAN("") },
    { true, false, 0, SPAN(GREETING REQUEST_V6 "early"), SPAN("\x05\x00" REPLY_OK), S5AD_WANT_RELAY, SPAN("early") },
    { true, false, 0, SPAN("\x05\x03\x02\x80\x00" REQUEST_NAME "x"), SPAN("\x05\x00" REPLY_OK), S5AD_WANT_RELAY, SPAN("x") },
    { true, false, 5, SPAN(GREETING REQUEST_NAME "lost"), SPAN("\x05\x00" REPLY("\x05")), S5AD_WANT_REFUSED, SPAN("lost") },
    { false, true, 0, SPAN(GREETING_BOTH ALICE REQUEST_NAME "abc"), SPAN("\x05\x02\x01\x00" REPLY_OK), S5AD_WANT_RELAY, SPAN("abc") },
    { true, true, 0, SPAN(GREETING_BOTH ALICE REQUEST_V4), SPAN("\x05\x02\x01\x00" REPLY_OK), S5AD_WANT_RELAY, SPAN("") },
    { true, true, 0, SPAN(GREETING REQUEST_V4), SPAN("\x05\x00" REPLY_OK), S5AD_WANT_RELAY, SPAN("") },
    { false, true, 0, SPAN("\x05\x01\x02\x01\x05" "alice" "\x02" "no" REQUEST_V4), SPAN("\x05\x02\x01\x01"), S5AD_WANT_REFUSED, SPAN(REQUEST_V4) },
    { false, true, 0, SPAN("\x05\x01\x02\x01\x00\x00" REQUEST_V4), SPAN("\x05\x02\x01\x01"), S5AD_WANT_REFUSED, SPAN(REQUEST_V4) },
    { false, true, 0, SPAN("\x05\x01\x02\x05"), SPAN("\x05\x02\x01\x01"), S5AD_WANT_REFUSED, SPAN("\x05") },
    { false, true, 0, SPAN(GREETING), SPAN("\x05\xff"), S5AD_WANT_REFUSED, SPAN("") },
    { true, false, 0, SPAN("\x05\x02\x02\x81"), SPAN("\x05\xff"), S5AD_WANT_REFUSED, SPAN("") },
    { true, false, 0, SPAN("\x04"), SPAN(""), S5AD_WANT_CLOSE, SPAN("\x04") },
    { true, false, 0, SPAN("\x05\x00"), SPAN(""), S5AD_WANT_CLOSE, SPAN("\x05\x00") },
    { true, false, 0, SPAN(GREETING "\x04"), SPAN("\x05\x00" REPLY("\x01")), S5AD_WANT_REFUSED, SPAN("\x04") },
    { true, false, 0, SPAN(GREETING "\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00"), SPAN("\x05\x00" REPLY("\x07")), S5AD_WANT_REFUSED, SPAN("") },
    { true, false, 0, SPAN(GREETING "\x05\x05"), SPAN("\x05\x00" REPLY("\x07")), S5AD_WANT_REFUSED, SPAN("\x05\x05") },
    { true, false, 0, SPAN(GREETING "\x05\x01\x00\x07"), SPAN("\x05\x00" REPLY("\x08")), S5AD_WANT_REFUSED, SPAN("\x05\x01\x00\x07") },
    { true, false, 0, SPAN(GREETING "\x05\x01\x00\x03\x00"), SPAN("\x05\x00" REPLY("\x01")), S5AD_WANT_REFUSED, SPAN("\x05\x01\x00\x03\x00") },
    { true, false, 0, SPAN(GREETING "\x05\x01\x00\x03\x01\x00\x00\x50"), SPAN("\x05\x00" REPLY("\x01")), S5AD_WANT_REFUSED, SPAN("\x05\x01\x00\x03\x01\x00\x00\x50") },
    { true, false, 0, SPAN(GREETING "\x05\x01\x00\x03\x0b" "exam"), SPAN("\x05\x00"), S5AD_WANT_BYTES, SPAN("\x05\x01\x00\x03\x0b" "exam") },
    /* clang-format on */
};

enum { TRANSCRIPTS = sizeof transcripts / sizeof transcripts[0] };

struct run {
    struct s5ad_handshake hs;
    uint8_t seen[1024];
    size_t seen_len;
    enum s5ad_want want;
};

static void take_output(struct run *run)
{
    struct s5a_span out = s5a_buffer_peek(&run->hs.out);
    cr_assert_leq(run->seen_len + out.len, sizeof run->seen);
    if (out.len)
        memcpy(run->seen + run->seen_len, out.at, out.len);
    run->seen_len += out.len;
    s5a_buffer_consume(&run->hs.out, out.len);
}

static void check_login(struct run *run)
{
    struct s5a_span user = s5ad_handshake_user(&run->hs);
    struct s5a_span password = s5a_secret_span(&run->hs.password);
    bool right = s5a_span_equal(user, SPAN("alice")) && s5a_span_equal(password, SPAN("pw"));
    s5ad_handshake_login(&run->hs, right, "wrong");
}

static void answer_target(struct run *run, uint8_t rep)
{
    static const uint8_t ip[4] = { 10, 0, 0, 1 };
    struct s5a_address bound = s5a_address_ipv4(ip);
    if (run->hs.request.command != S5A_CMD_CONNECT)
        rep = S5A_REP_CMD_UNSUPPORTED;
    s5ad_handshake_reply(&run->hs, rep, &bound, 1024, "the target failed");
}

/* Everything that can be done with the bytes that are there. */
static void drive(struct run *run, uint8_t target)
{
    for (;;) {
        run->want = s5ad_handshake_advance(&run->hs);
        take_output(run);
        if (run->want == S5AD_WANT_LOGIN)
            check_login(run);
        else if (run->want == S5AD_WANT_COMMAND)
            answer_target(run, target);
        else
            return;
    }
}

static void feed(struct run *run, const struct transcript *t, size_t from, size_t to)
{
    struct s5a_span piece = { t->sent.at + from, to - from };
    cr_assert_eq(handshake_feed(&run->hs, piece), piece.len);
    drive(run, t->target);
}

static void start(struct run *run, bool anonymous, bool password)
{
    memset(run, 0, sizeof *run);
    s5ad_handshake_init(
        &run->hs, (anonymous ? S5AD_OFFER_NONE : 0u) | (password ? S5AD_OFFER_PASSWORD : 0u), NULL);
}

static void expect_end(struct run *run, const struct transcript *t, const char *how)
{
    struct s5a_span seen = { run->seen, run->seen_len };
    int number = (int)(t - transcripts);
    cr_expect_eq(run->want, t->end, "transcript %d, %s: wants %d", number, how, (int)run->want);
    cr_expect(s5a_span_equal(seen, t->seen), "transcript %d, %s: %zu bytes seen", number, how,
              seen.len);
    cr_expect(s5a_span_equal(s5a_buffer_peek(&run->hs.in), t->early), "transcript %d, %s: early",
              number, how);
    s5ad_handshake_wipe(&run->hs);
}

Test(server_handshake, transcripts_in_one_piece_end_as_they_should)
{
    for (int i = 0; i < TRANSCRIPTS; i++) {
        struct run run;
        start(&run, transcripts[i].anonymous, transcripts[i].password);
        feed(&run, &transcripts[i], 0, transcripts[i].sent.len);
        expect_end(&run, &transcripts[i], "whole");
    }
}

Test(server_handshake, transcripts_byte_by_byte_end_the_same)
{
    for (int i = 0; i < TRANSCRIPTS; i++) {
        const struct transcript *t = &transcripts[i];
        struct run run;
        start(&run, t->anonymous, t->password);
        for (size_t at = 0; at < t->sent.len; at++)
            feed(&run, t, at, at + 1);
        expect_end(&run, t, "byte by byte");
    }
}

Test(server_handshake, transcripts_split_at_every_byte_end_the_same)
{
    for (int i = 0; i < TRANSCRIPTS; i++) {
        const struct transcript *t = &transcripts[i];
        for (size_t split = 1; split < t->sent.len; split++) {
            struct run run;
            char how[32];
            start(&run, t->anonymous, t->password);
            feed(&run, t, 0, split);
            feed(&run, t, split, t->sent.len);
            snprintf(how, sizeof how, "split at %zu", split);
            expect_end(&run, t, how);
        }
    }
}

static void feed_text(struct run *run, struct s5a_span text)
{
    cr_assert_eq(handshake_feed(&run->hs, text), text.len);
    run->want = s5ad_handshake_advance(&run->hs);
}

Test(server_handshake, request_survives_the_bytes_it_came_from)
{
    struct run run;
    start(&run, true, false);
    feed_text(&run, SPAN(GREETING REQUEST_NAME));
    memset(run.hs.in_storage, 'X', sizeof run.hs.in_storage);
    cr_expect_eq(run.want, S5AD_WANT_COMMAND);
    cr_expect(s5a_span_equal(run.hs.request.address.text, SPAN("example.org")));
    cr_expect_eq(run.hs.request.port, 443);
}

static bool holds(const void *memory, size_t len, const char *word)
{
    return memmem(memory, len, word, strlen(word)) != NULL;
}

Test(server_handshake, password_is_gone_once_the_log_in_is_decided)
{
    for (int accepted = 0; accepted < 2; accepted++) {
        struct run run;
        start(&run, false, true);
        feed_text(&run, SPAN("\x05\x01\x02\x01\x05"
                             "alice"
                             "\x09"
                             "swordfish"));
        cr_assert_eq(run.want, S5AD_WANT_LOGIN);
        cr_expect(holds(&run.hs, sizeof run.hs, "swordfish"));
        s5ad_handshake_login(&run.hs, accepted, "no");
        cr_expect_not(holds(&run.hs, sizeof run.hs, "swordfish"));
    }
}

Test(server_handshake, log_in_cannot_be_decided_twice)
{
    struct run run;
    start(&run, false, true);
    feed_text(&run, SPAN("\x05\x01\x02" ALICE));
    s5ad_handshake_login(&run.hs, false, "no");
    s5ad_handshake_login(&run.hs, true, NULL);
    cr_expect_eq(s5ad_handshake_advance(&run.hs), S5AD_WANT_REFUSED);
}

Test(server_handshake, target_cannot_be_answered_before_it_is_asked_for)
{
    struct run run;
    start(&run, true, false);
    answer_target(&run, S5A_REP_SUCCEEDED);
    cr_expect_eq(s5ad_handshake_advance(&run.hs), S5AD_WANT_BYTES);
    cr_expect_eq(s5a_buffer_peek(&run.hs.out).len, 0);
}

Test(server_handshake, ipv6_outgoing_address_is_told)
{
    struct run run;
    uint8_t ip[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
    struct s5a_address bound = s5a_address_ipv6(ip);
    start(&run, true, false);
    feed_text(&run, SPAN(GREETING REQUEST_V4));
    s5ad_handshake_reply(&run.hs, S5A_REP_SUCCEEDED, &bound, 0x1234, NULL);
    struct s5a_span out = s5a_buffer_peek(&run.hs.out);
    cr_assert_eq(out.len, 2 + 22);
    cr_expect(s5a_span_equal((struct s5a_span){ out.at + 2, 4 }, SPAN("\x05\x00\x00\x04")));
    cr_expect_arr_eq(out.at + 6, ip, sizeof ip);
    cr_expect(s5a_span_equal((struct s5a_span){ out.at + 22, 2 }, SPAN("\x12\x34")));
}

/* Each longer than what is free behind the one before, so that the buffer has to make room. */
Test(server_handshake, longest_messages_fit)
{
    struct run run;
    uint8_t message[1024];
    start(&run, false, true);
    memset(message, 2, sizeof message);
    message[0] = 5;
    message[1] = 255;
    feed_text(&run, (struct s5a_span){ message, 257 });
    cr_assert_eq(run.want, S5AD_WANT_BYTES);
    memset(message, 'a', sizeof message);
    message[0] = 1;
    message[1] = message[2 + 255] = 255;
    feed_text(&run, (struct s5a_span){ message, 3 + 255 + 255 });
    cr_assert_eq(run.want, S5AD_WANT_LOGIN);
    s5ad_handshake_login(&run.hs, true, NULL);
    memcpy(message, "\x05\x01\x00\x03\xff", 5);
    feed_text(&run, (struct s5a_span){ message, 5 + 255 + 2 });
    cr_expect_eq(run.want, S5AD_WANT_COMMAND);
    cr_expect_eq(run.hs.request.address.text.len, 255);
}
