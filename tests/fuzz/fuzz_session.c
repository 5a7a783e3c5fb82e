/* A session against hostile answers. First byte: methods, credentials, pipelining, target; each
 * piece then has its length before it, which is where the stream is cut. */
#include <stdio.h>

#include "tests/fuzz/check.h"

#include "client/session/session.h"

static const char password[] = "fuzzed password";

static void set_proxy(struct s5a_proxy *proxy, uint8_t choice)
{
    static char name[] = "fuzz", user[] = "user";
    *proxy = (struct s5a_proxy){ .name = name, .methods = choice % 3 };
    if (choice & 4)
        return;
    proxy->user = user;
    REQUIRE(s5a_secret_set(&proxy->password,
                           (struct s5a_span){ (const uint8_t *)password, sizeof password - 1 }));
}

static void drain(struct s5a_session *s)
{
    s5a_session_sent(s, s5a_session_output(s).len);
    REQUIRE(s5a_session_output(s).len == 0);
    REQUIRE(memmem(s->out_storage, sizeof s->out_storage, password, sizeof password - 1) == NULL);
}

/* Over exactly when nothing is wanted; what has ended has an errno and moves no more. */
static void check(struct s5a_session *s)
{
    char text[200];
    bool over = s5a_session_over(s);
    REQUIRE(over == (s5a_session_want(s) == 0));
    REQUIRE(s5a_session_is_ready(s) ||
            (s5a_session_errno(s) == 0) == (over && s5a_session_rep(s) == 0));
    REQUIRE(s5a_session_want(s) <= S5A_SESSION_IN_CAP);
    s5a_session_describe(s, text, sizeof text);
    REQUIRE(text[0] != '\0');
}

/* From a block of exactly this size, so that the sanitizer sees each read beyond. */
static void feed(struct s5a_session *s, const uint8_t *bytes, size_t len)
{
    uint8_t *exact = malloc(len);
    REQUIRE(exact);
    memcpy(exact, bytes, len);
    s5a_session_feed(s, exact, len);
    free(exact);
}

/* Delivers one piece as a socket would: as much as is wanted at a time. */
static void deliver(struct s5a_session *s, const uint8_t *bytes, size_t len)
{
    while (len > 0 && !s5a_session_over(s)) {
        size_t want = s5a_session_want(s);
        size_t part = want < len ? want : len;
        drain(s);
        feed(s, bytes, part);
        check(s);
        bytes += part;
        len -= part;
    }
}

static void go_on(struct s5a_session *s, const struct s5a_ask *ask)
{
    if (s5a_session_is_bound(s))
        s5a_session_await(s, 1000);
    if (s5a_session_is_ready(s))
        REQUIRE(s5a_session_ask(s, ask, 1000) == S5A_OK);
}

static void end(struct s5a_session *s)
{
    int before = s5a_session_errno(s);
    bool was_over = s5a_session_over(s) && !s5a_session_is_ready(s) && !s5a_session_is_bound(s);
    s5a_session_eof(s);
    s5a_session_expire(s, UINT64_MAX);
    REQUIRE(s5a_session_over(s));
    REQUIRE(!was_over || s5a_session_errno(s) == before);
    s5a_session_wipe(s);
    check(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct s5a_proxy proxy;
    struct s5a_session session;
    struct s5a_target target = { .port = 80 };
    static const uint8_t name[] = "host.example";
    struct s5a_reader r;
    s5a_reader_init(&r, data, size);
    uint8_t choice = s5a_read_u8(&r);
    target.address = choice & 8 ? s5a_address_ipv4((const uint8_t[]){ 192, 0, 2, 1 })
                                : (struct s5a_address){ .type = S5A_ATYP_NAME,
                                                        .text = { name, sizeof name - 1 } };
    set_proxy(&proxy, choice);
    static const uint8_t commands[] = { 1, 2, 3, S5A_CMD_TOR_RESOLVE, S5A_CMD_NOTHING, 1, 5, 0xf1 };
    static struct s5a_answers answers;
    struct s5a_ask connect = s5a_ask_connect(&target), ask = connect;
    ask.request.command = commands[choice >> 5];
    ask.answers = &answers;
    s5a_session_init_ask(&session, &proxy, &ask, NULL, choice & 16, 1000);
    check(&session);
    while (!r.bad && s5a_reader_left(&r) > 0) {
        struct s5a_span piece = s5a_read_vec8(&r);
        deliver(&session, piece.at, piece.len);
        go_on(&session, &connect);
        REQUIRE(answers.count <= 2);
    }
    end(&session);
    return 0;
}
