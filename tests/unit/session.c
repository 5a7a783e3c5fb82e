/* The session, fed whole, byte by byte and cut everywhere. */
#include "client/session/session.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "protocol/greeting.h"
#include "tests/unit/span.h"

#define BYTES(...) (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })
#define PASSWORD "correct horse"
#define EARLY "220 early words of the target\r\n"

enum { DEADLINE = 1000 };

/* What both sides say in one session, and how it ends. */
struct transcript {
    const char *name;
    enum s5a_method_policy methods;
    bool credentials;
    bool pipeline;
    const char *target;
    const uint8_t *client;
    size_t client_len;
    const uint8_t *server;
    size_t server_len;
    int error;
};

#define GREET_NONE 5, 1, 0
#define GREET_PASSWORD 5, 1, 2
#define GREET_BOTH 5, 2, 2, 0
#define LOGIN 1, 2, 'm', 'e', 13, 'c', 'o', 'r', 'r', 'e', 'c', 't', ' ', 'h', 'o', 'r', 's', 'e'
#define ASK4 5, 1, 0, 1, 192, 0, 2, 1, 0, 80
#define ASK6 5, 1, 0, 4, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 80
#define ASKNAME 5, 1, 0, 3, 4, 'h', 'o', 's', 't', 0, 80
#define DONE4 5, 0, 0, 1, 10, 0, 0, 1, 0x30, 0x39
#define DONE6 5, 0, 0, 4, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0x30, 0x39
#define DONENAME 5, 0, 0, 3, 3, 'b', 'n', 'd', 0x30, 0x39

static const struct transcript transcripts[] = {
    { "no authentication", S5A_METHODS_AUTO, false, false, "192.0.2.1", BYTES(GREET_NONE, ASK4),
      BYTES(5, 0, DONE4), 0 },
    { "no authentication, pipelined", S5A_METHODS_AUTO, false, true, "192.0.2.1",
      BYTES(GREET_NONE, ASK4), BYTES(5, 0, DONE4), 0 },
    { "IPv6 target, IPv6 reply", S5A_METHODS_AUTO, false, false, "2001:db8::1",
      BYTES(GREET_NONE, ASK6), BYTES(5, 0, DONE6), 0 },
    { "name target, name in the reply", S5A_METHODS_AUTO, false, false, "host",
      BYTES(GREET_NONE, ASKNAME), BYTES(5, 0, DONENAME), 0 },
    { "IPv4 target, IPv6 reply", S5A_METHODS_AUTO, false, true, "192.0.2.1",
      BYTES(GREET_NONE, ASK4), BYTES(5, 0, DONE6), 0 },
    { "password alone", S5A_METHODS_PASSWORD, true, false, "host",
      BYTES(GREET_PASSWORD, LOGIN, ASKNAME), BYTES(5, 2, 1, 0, DONE4), 0 },
    { "password alone, pipelined", S5A_METHODS_PASSWORD, true, true, "host",
      BYTES(GREET_PASSWORD, LOGIN, ASKNAME), BYTES(5, 2, 1, 0, DONE4), 0 },
    { "both on offer, password chosen", S5A_METHODS_AUTO, true, true, "192.0.2.1",
      BYTES(GREET_BOTH, LOGIN, ASK4), BYTES(5, 2, 1, 0, DONE4), 0 },
    { "both on offer, none chosen", S5A_METHODS_AUTO, true, false, "192.0.2.1",
      BYTES(GREET_BOTH, ASK4), BYTES(5, 0, DONE4), 0 },
    { "log-in answered with VER 05", S5A_METHODS_PASSWORD, true, false, "192.0.2.1",
      BYTES(GREET_PASSWORD, LOGIN, ASK4), BYTES(5, 2, 5, 0, DONE4), 0 },
    { "credentials not to be used", S5A_METHODS_NONE, true, true, "192.0.2.1",
      BYTES(GREET_NONE, ASK4), BYTES(5, 0, DONE4), 0 },
    { "no method", S5A_METHODS_AUTO, false, false, "192.0.2.1", BYTES(GREET_NONE), BYTES(5, 0xff),
      EACCES },
    { "no method, pipelined", S5A_METHODS_AUTO, false, true, "192.0.2.1", BYTES(GREET_NONE, ASK4),
      BYTES(5, 0xff), EACCES },
    { "password wanted, none offered", S5A_METHODS_AUTO, false, false, "192.0.2.1",
      BYTES(GREET_NONE), BYTES(5, 2), EACCES },
    { "none chosen, password alone offered, pipelined", S5A_METHODS_PASSWORD, true, true, "host",
      BYTES(GREET_PASSWORD, LOGIN, ASKNAME), BYTES(5, 0), ECONNABORTED },
    { "unknown method", S5A_METHODS_AUTO, true, false, "192.0.2.1", BYTES(GREET_BOTH), BYTES(5, 1),
      ECONNABORTED },
    { "log-in refused", S5A_METHODS_PASSWORD, true, false, "192.0.2.1",
      BYTES(GREET_PASSWORD, LOGIN), BYTES(5, 2, 1, 1), EACCES },
    { "log-in refused, pipelined", S5A_METHODS_PASSWORD, true, true, "192.0.2.1",
      BYTES(GREET_PASSWORD, LOGIN, ASK4), BYTES(5, 2, 1, 0xff), EACCES },
    { "request refused", S5A_METHODS_AUTO, false, false, "192.0.2.1", BYTES(GREET_NONE, ASK4),
      BYTES(5, 0, 5, 5, 0, 1, 0, 0, 0, 0, 0, 0), ECONNREFUSED },
};

enum { TRANSCRIPTS = sizeof transcripts / sizeof *transcripts };

/* ---- replaying ---- */

struct replay {
    struct s5a_proxy proxy;
    struct s5a_session session;
    uint8_t sent[1024];
    size_t sent_len;
    size_t taken; /* of the server's bytes */
};

static struct s5a_target target_of(const char *text)
{
    struct s5a_target target = { .port = 80 };
    cr_assert_eq(s5a_address_parse(&target.address, span(text)), S5A_OK);
    return target;
}

static void set_proxy(struct s5a_proxy *proxy, enum s5a_method_policy methods, bool credentials)
{
    static char name[] = "test", user[] = "me";
    *proxy = (struct s5a_proxy){ .name = name, .methods = methods };
    if (!credentials)
        return;
    proxy->user = user;
    cr_assert(s5a_secret_set(&proxy->password, span(PASSWORD)));
}

static void begin(struct replay *r, const struct transcript *t)
{
    struct s5a_target target = target_of(t->target);
    r->sent_len = r->taken = 0;
    set_proxy(&r->proxy, t->methods, t->credentials);
    s5a_session_init(&r->session, &r->proxy, &target, t->pipeline, DEADLINE);
}

/* Sends what waits, in two goes, since a socket may take a part. */
static void drain(struct replay *r)
{
    for (;;) {
        struct s5a_span out = s5a_session_output(&r->session);
        if (out.len == 0)
            return;
        size_t part = out.len > 1 ? out.len / 2 : 1;
        cr_assert_leq(r->sent_len + part, sizeof r->sent);
        memcpy(r->sent + r->sent_len, out.at, part);
        r->sent_len += part;
        s5a_session_sent(&r->session, part);
    }
}

/* Lets the session read as much as it wants of what is there. */
static void deliver(struct replay *r, const uint8_t *bytes, size_t len)
{
    for (size_t at = 0; at < len;) {
        drain(r);
        size_t want = s5a_session_want(&r->session);
        if (want == 0)
            return;
        size_t part = want < len - at ? want : len - at;
        s5a_session_feed(&r->session, bytes + at, part);
        at += part;
        r->taken += part;
    }
    drain(r);
}

static void check_end(const struct replay *r, const struct transcript *t)
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
        const struct transcript *t = &transcripts[i];
        struct replay r;
        begin(&r, t);
        deliver(&r, t->server, t->server_len);
        check_end(&r, t);
    }
}

Test(session, transcripts_byte_by_byte_end_the_same)
{
    for (size_t i = 0; i < TRANSCRIPTS; i++) {
        const struct transcript *t = &transcripts[i];
        struct replay r;
        begin(&r, t);
        for (size_t at = 0; at < t->server_len; at++) {
            cr_assert_not(s5a_session_over(&r.session), "%s: over at %zu", t->name, at);
            deliver(&r, t->server + at, 1);
        }
        check_end(&r, t);
    }
}

Test(session, transcripts_cut_at_any_two_places_end_the_same)
{
    for (size_t i = 0; i < TRANSCRIPTS; i++) {
        const struct transcript *t = &transcripts[i];
        for (size_t a = 0; a <= t->server_len; a++) {
            for (size_t b = a; b <= t->server_len; b++) {
                struct replay r;
                begin(&r, t);
                deliver(&r, t->server, a);
                deliver(&r, t->server + a, b - a);
                deliver(&r, t->server + b, t->server_len - b);
                check_end(&r, t);
            }
        }
    }
}

Test(session, early_words_of_the_target_are_never_wanted)
{
    for (size_t i = 0; i < TRANSCRIPTS; i++) {
        const struct transcript *t = &transcripts[i];
        uint8_t bytes[128];
        struct replay r;
        memcpy(bytes, t->server, t->server_len);
        memcpy(bytes + t->server_len, EARLY, strlen(EARLY));
        begin(&r, t);
        deliver(&r, bytes, t->server_len + strlen(EARLY));
        check_end(&r, t);
    }
}

Test(session, bytes_beyond_want_are_not_taken)
{
    struct replay r;
    begin(&r, &transcripts[0]);
    s5a_session_feed(&r.session, BYTES(5, 0, DONE4));
    cr_assert_not(s5a_session_over(&r.session));
    cr_assert_geq(s5a_session_want(&r.session), 4);
}

Test(session, pipelined_request_leaves_with_the_greeting)
{
    struct replay r;
    begin(&r, &transcripts[6]);
    drain(&r);
    cr_assert_eq(r.sent_len, transcripts[6].client_len);
}

Test(session, pipelined_answers_may_be_read_together)
{
    struct replay r;
    begin(&r, &transcripts[6]);
    drain(&r);
    cr_assert_eq(s5a_session_want(&r.session), 2 + 2 + 8);
    s5a_session_feed(&r.session, transcripts[6].server, 12);
    cr_assert_eq(s5a_session_want(&r.session), 2);
}

Test(session, request_waits_where_two_methods_are_on_offer)
{
    struct replay r;
    begin(&r, &transcripts[7]);
    drain(&r);
    cr_assert_eq(r.sent_len, 4);
    cr_assert_not(s5a_session_can_pipeline(&r.proxy));
}

Test(session, each_reply_code_has_its_errno)
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
        struct replay r;
        begin(&r, &transcripts[0]);
        deliver(&r, BYTES(5, 0, 5, expected[i].rep, 0, 1, 0, 0, 0, 0, 0, 0));
        cr_assert_eq(s5a_session_errno(&r.session), expected[i].error, "REP %02x", expected[i].rep);
        cr_assert_eq(s5a_session_rep(&r.session), expected[i].rep);
        cr_assert_eq(s5a_session_status(&r.session), S5A_REFUSED);
    }
}

Test(session, malformed_answers_abort)
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
        struct replay r;
        begin(&r, &transcripts[0]);
        deliver(&r, wrong[i].bytes, wrong[i].len);
        cr_assert_eq(s5a_session_status(&r.session), S5A_MALFORMED, "row %zu", i);
        cr_assert_eq(s5a_session_errno(&r.session), ECONNABORTED, "row %zu", i);
    }
}

Test(session, log_in_status_of_another_version_aborts)
{
    struct replay r;
    begin(&r, &transcripts[5]);
    deliver(&r, BYTES(5, 2, 2, 0));
    cr_assert_eq(s5a_session_status(&r.session), S5A_MALFORMED);
}

Test(session, refusal_with_a_wrong_address_is_still_a_refusal)
{
    struct replay r;
    begin(&r, &transcripts[0]);
    deliver(&r, BYTES(5, 0, 5, 5, 0, 0, 0, 0, 0, 0, 0, 0));
    cr_assert_eq(s5a_session_errno(&r.session), ECONNREFUSED);
}

/* ---- ends from outside ---- */

Test(session, end_of_file_anywhere_before_the_end_says_so)
{
    for (size_t i = 0; i < TRANSCRIPTS; i++) {
        const struct transcript *t = &transcripts[i];
        bool refusal = t->error == ECONNREFUSED;
        for (size_t at = 0; at < t->server_len; at++) {
            struct replay r;
            begin(&r, t);
            deliver(&r, t->server, at);
            s5a_session_eof(&r.session);
            int expected = refusal && at >= 4 ? ECONNREFUSED : ECONNRESET;
            cr_assert(s5a_session_over(&r.session));
            cr_assert_eq(s5a_session_errno(&r.session), expected, "%s at %zu", t->name, at);
        }
    }
}

Test(session, deadline_ends_it_anywhere)
{
    const struct transcript *t = &transcripts[7];
    for (size_t at = 0; at < t->server_len; at++) {
        struct replay r;
        begin(&r, t);
        deliver(&r, t->server, at);
        s5a_session_expire(&r.session, DEADLINE - 1);
        cr_assert_not(s5a_session_over(&r.session));
        cr_assert_eq(s5a_session_errno(&r.session), EINPROGRESS);
        s5a_session_expire(&r.session, DEADLINE);
        cr_assert_eq(s5a_session_errno(&r.session), ETIMEDOUT);
        cr_assert_eq(s5a_session_want(&r.session), 0);
    }
}

Test(session, nothing_moves_a_session_that_is_open)
{
    struct replay r;
    begin(&r, &transcripts[0]);
    deliver(&r, transcripts[0].server, transcripts[0].server_len);
    s5a_session_expire(&r.session, UINT64_MAX);
    s5a_session_eof(&r.session);
    s5a_session_feed(&r.session, BYTES(5, 1, 0, 1, 0, 0, 0, 0, 0, 0));
    cr_assert_eq(s5a_session_errno(&r.session), 0);
    cr_assert_eq(s5a_session_rep(&r.session), 0);
}

Test(session, nothing_moves_a_session_that_has_failed)
{
    struct replay r;
    begin(&r, &transcripts[11]);
    deliver(&r, BYTES(5, 0xff));
    s5a_session_expire(&r.session, UINT64_MAX);
    s5a_session_eof(&r.session);
    s5a_session_feed(&r.session, BYTES(5, 0));
    cr_assert_eq(s5a_session_status(&r.session), S5A_NO_METHOD);
}

Test(session, output_of_a_failed_session_is_gone)
{
    struct replay r;
    begin(&r, &transcripts[6]);
    s5a_session_feed(&r.session, BYTES(5, 0xff)); /* before anything could be sent */
    cr_assert_eq(s5a_session_output(&r.session).len, 0);
}

/* ---- what cannot begin ---- */

static enum s5a_status status_of(struct s5a_address address, enum s5a_method_policy methods,
                                 bool credentials)
{
    struct s5a_proxy proxy;
    struct s5a_session session;
    struct s5a_target target = { .address = address, .port = 80 };
    set_proxy(&proxy, methods, credentials);
    s5a_session_init(&session, &proxy, &target, false, DEADLINE);
    if (s5a_session_over(&session))
        cr_assert_eq(s5a_session_output(&session).len, 0);
    return s5a_session_status(&session);
}

static struct s5a_address text_address(enum s5a_atyp type, struct s5a_span text)
{
    return (struct s5a_address){ .type = type, .text = text };
}

Test(session, targets_that_legacy_proxies_lack_fail_at_once)
{
    static const struct {
        enum s5a_atyp type;
        const char *text;
    } lacking[] = { { S5A_ATYP_UNIX, "/run/socket" },
                    { S5A_ATYP_ABSTRACT, "name" },
                    { S5A_ATYP_URL, "http://host/" },
                    { S5A_ATYP_NONE, "" } };
    for (size_t i = 0; i < sizeof lacking / sizeof *lacking; i++) {
        struct s5a_address address = text_address(lacking[i].type, span(lacking[i].text));
        cr_assert_eq(status_of(address, S5A_METHODS_AUTO, false), S5A_UNSUPPORTED_ADDRESS);
    }
}

Test(session, names_that_cannot_be_sent_fail_at_once)
{
    static const uint8_t long_name[256] = { [0 ... 255] = 'a' };
    static const uint8_t nul[] = { 'a', 0, 'b' };
    struct s5a_address too_long =
        text_address(S5A_ATYP_NAME, (struct s5a_span){ long_name, sizeof long_name });
    struct s5a_address with_nul = text_address(S5A_ATYP_NAME, (struct s5a_span){ nul, sizeof nul });
    struct s5a_address empty = text_address(S5A_ATYP_NAME, span(""));
    cr_assert_eq(status_of(too_long, S5A_METHODS_AUTO, false), S5A_TOO_LONG);
    cr_assert_eq(status_of(with_nul, S5A_METHODS_AUTO, false), S5A_MALFORMED);
    cr_assert_eq(status_of(empty, S5A_METHODS_AUTO, false), S5A_MALFORMED);
}

Test(session, password_method_without_credentials_fails_at_once)
{
    struct s5a_address address = target_of("192.0.2.1").address;
    cr_assert_eq(status_of(address, S5A_METHODS_PASSWORD, false), S5A_NO_CREDENTIALS);
}

Test(session, longest_credentials_and_name_fit_in_one_output)
{
    char user[256], name[256];
    memset(user, 'u', 255);
    memset(name, 'n', 255);
    user[255] = name[255] = '\0';
    struct s5a_proxy proxy = { .name = user, .user = user, .methods = S5A_METHODS_PASSWORD };
    struct s5a_target target = target_of(name);
    struct s5a_session session;
    cr_assert(s5a_secret_set(&proxy.password, span(user)));
    s5a_session_init(&session, &proxy, &target, true, DEADLINE);
    cr_assert_eq(s5a_session_output(&session).len, 3 + 513 + 4 + 1 + 255 + 2);
}

Test(session, user_name_too_long_for_its_field_fails_at_once)
{
    char user[257];
    memset(user, 'u', 256);
    user[256] = '\0';
    struct s5a_proxy proxy = { .name = user, .user = user };
    struct s5a_target target = target_of("host");
    struct s5a_session session;
    s5a_session_init(&session, &proxy, &target, false, DEADLINE);
    cr_assert_eq(s5a_session_status(&session), S5A_TOO_LONG);
}

Test(session, name_that_is_an_address_is_sent_as_address)
{
    struct replay r;
    struct s5a_target target = { text_address(S5A_ATYP_NAME, span("192.0.2.1")), 80 };
    set_proxy(&r.proxy, S5A_METHODS_AUTO, false);
    s5a_session_init(&r.session, &r.proxy, &target, true, DEADLINE);
    r.sent_len = 0;
    drain(&r);
    static const uint8_t expected[] = { GREET_NONE, ASK4 };
    cr_assert_eq(r.sent_len, sizeof expected);
    cr_assert_arr_eq(r.sent, expected, sizeof expected);
}

/* ---- what is said and what is not ---- */

Test(session, description_names_stage_and_reason)
{
    char text[120];
    struct replay r;
    begin(&r, &transcripts[0]);
    s5a_session_describe(&r.session, text, sizeof text);
    cr_assert_str_eq(text, "waiting for method selection");
    deliver(&r, BYTES(5, 0, 5, 5, 0, 1, 0, 0, 0, 0, 0, 0));
    s5a_session_describe(&r.session, text, sizeof text);
    cr_assert_str_eq(text, "reply: connection refused (REP 05)");
    begin(&r, &transcripts[5]);
    deliver(&r, BYTES(5, 2, 1, 1));
    s5a_session_describe(&r.session, text, sizeof text);
    cr_assert_str_eq(text, "log-in: the proxy refused user name or password");
    s5a_session_describe(&r.session, text, 6);
    cr_assert_str_eq(text, "log-i");
}

Test(session, method_and_reply_are_known_when_they_have_come)
{
    struct replay r;
    begin(&r, &transcripts[5]);
    cr_assert_eq(s5a_session_method(&r.session), -1);
    deliver(&r, BYTES(5, 2));
    cr_assert_eq(s5a_session_method(&r.session), S5A_METHOD_PASSWORD);
    cr_assert_eq(s5a_session_rep(&r.session), -1);
    deliver(&r, BYTES(1, 0, DONE4));
    cr_assert_eq(s5a_session_rep(&r.session), 0);
}

static bool holds_password(const struct s5a_session *session)
{
    return memmem(session, sizeof *session, PASSWORD, strlen(PASSWORD)) != NULL;
}

Test(session, password_is_gone_once_it_is_sent)
{
    struct replay r;
    begin(&r, &transcripts[6]);
    cr_assert(holds_password(&r.session));
    drain(&r);
    cr_assert_not(holds_password(&r.session));
    begin(&r, &transcripts[7]);
    deliver(&r, BYTES(5, 2));
    cr_assert_not(holds_password(&r.session));
}

Test(session, password_is_gone_when_it_fails_unsent)
{
    struct replay r;
    begin(&r, &transcripts[6]);
    s5a_session_expire(&r.session, DEADLINE);
    cr_assert_not(holds_password(&r.session));
}

Test(session, wipe_leaves_no_password_and_keeps_the_end)
{
    struct replay r;
    begin(&r, &transcripts[5]);
    s5a_session_feed(&r.session, BYTES(5, 2));
    cr_assert(holds_password(&r.session));
    s5a_session_wipe(&r.session);
    cr_assert_not(holds_password(&r.session));
    begin(&r, &transcripts[18]);
    deliver(&r, transcripts[18].server, transcripts[18].server_len);
    s5a_session_wipe(&r.session);
    cr_assert_eq(s5a_session_errno(&r.session), ECONNREFUSED);
}
