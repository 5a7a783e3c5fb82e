/* Sessions for tests: what both sides say in each kind of them, and one that is fed with it. */
#pragma once

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "client/session/session.h"
#include "tests/unit/span.h"

#define BYTES(...) (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })
#define PASSWORD "correct horse"

enum { DEADLINE = 1000 };

/* What both sides say in one session, and how it ends. */
struct lab_transcript {
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

static const struct lab_transcript lab_transcripts[] = {
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

enum { TRANSCRIPTS = sizeof lab_transcripts / sizeof *lab_transcripts };

/* ---- replaying ---- */

struct lab_replay {
    struct s5a_proxy proxy;
    struct s5a_session session;
    uint8_t sent[1024];
    size_t sent_len;
    size_t taken; /* of the server's bytes */
};

static inline struct s5a_target lab_target_of(const char *text)
{
    struct s5a_target target = { .port = 80 };
    cr_assert_eq(s5a_address_parse(&target.address, span(text)), S5A_OK);
    return target;
}

static inline void lab_set_proxy(struct s5a_proxy *proxy, enum s5a_method_policy methods,
                                 bool credentials)
{
    static char name[] = "test", user[] = "me";
    *proxy = (struct s5a_proxy){ .name = name, .methods = methods };
    if (!credentials)
        return;
    proxy->user = user;
    cr_assert(s5a_secret_set(&proxy->password, span(PASSWORD)));
}

static inline void lab_begin(struct lab_replay *r, const struct lab_transcript *t)
{
    struct s5a_target target = lab_target_of(t->target);
    r->sent_len = r->taken = 0;
    lab_set_proxy(&r->proxy, t->methods, t->credentials);
    s5a_session_init(&r->session, &r->proxy, &target, t->pipeline, DEADLINE);
}

/* Sends what waits, in two goes, since a socket may take a part. */
static inline void lab_drain(struct lab_replay *r)
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
static inline void lab_deliver(struct lab_replay *r, const uint8_t *bytes, size_t len)
{
    for (size_t at = 0; at < len;) {
        lab_drain(r);
        size_t want = s5a_session_want(&r->session);
        if (want == 0)
            return;
        size_t part = want < len - at ? want : len - at;
        s5a_session_feed(&r->session, bytes + at, part);
        at += part;
        r->taken += part;
    }
    lab_drain(r);
}
