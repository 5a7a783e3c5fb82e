/* The requests of the vectors' sessions at the server's handshake: each is understood, and the answer
 * that the vector has is sent with the vector's bytes. The log-ins before them are eaf_server's. */
#include "server/handshake.h"

#include "tests/unit/handshake_feed.h"
#include "tests/unit/vector_file.h"

struct replay {
    struct s5ad_handshake hs;
    unsigned commands;
};

/* Logged in with all capabilities. */
static void start(struct replay *r)
{
    memset(r, 0, sizeof *r);
    s5ad_handshake_init(&r->hs, S5AD_OFFER_EAF, NULL);
    r->hs.exchange = calloc(1, sizeof *r->hs.exchange);
    r->hs.exchange->capabilities = S5A_CAPABILITY_FEATURES;
    r->hs.step = S5AD_STEP_REQUEST;
}

/* The bytes inside the records, where there are records. */
static struct s5a_span content(const json_t *step)
{
    const char *text = vector_text(step, "payload");
    text = text ? text : vector_text(step, "bytes");
    if (!text)
        return (struct s5a_span){ NULL, 0 };
    uint8_t *bytes = vector_keep(strlen(text) / 2 + 1);
    return (struct s5a_span){ bytes, vector_unhex(text, bytes, strlen(text) / 2) };
}

static bool is_request(const json_t *step, struct s5a_span bytes)
{
    bool to_server = strcmp(vector_text(step, "dir"), "c2s") == 0;
    return to_server && bytes.len > 2 && bytes.at[0] == 5 && bytes.at[2] == 0 &&
           strcmp(vector_text(step, "what"), "greeting") != 0;
}

/* The replies to a request, as the server would have to be told to give them; how many bytes they are. */
static size_t read_replies(struct s5a_span bytes, uint8_t command, struct s5a_reply *replies,
                           size_t *count)
{
    struct s5a_reply_rules rules = { command, true };
    struct s5a_reader r;
    s5a_reader_init(&r, bytes.at, bytes.len);
    *count = 0;
    do {
        cr_assert_lt(*count, 64);
        cr_assert_eq(s5a_reply_decode(&r, rules, &replies[*count]), S5A_OK);
        ++*count;
    } while (command == S5A_CMD_DNS_RESOLVE && replies[*count - 1].port > 0);
    return bytes.len - s5a_reader_left(&r);
}

static void expect_sent(struct replay *r, struct s5a_span expected)
{
    struct s5a_span out = s5a_buffer_peek(&r->hs.out);
    cr_expect(s5a_span_equal(out, expected), "command %d", r->hs.request.command);
    s5a_buffer_consume(&r->hs.out, out.len);
}

static void answer(struct replay *r, struct s5a_span expected)
{
    struct s5a_reply replies[64] = { 0 }, *first = &replies[0];
    size_t count, len = read_replies(expected, r->hs.request.command, replies, &count);
    if (count > 1)
        s5ad_handshake_replies(&r->hs, replies, count);
    else
        s5ad_handshake_reply(&r->hs, first->rep, &first->address, first->port, NULL);
    expect_sent(r, (struct s5a_span){ expected.at, len });
    r->commands++;
}

static enum s5ad_want replay(struct replay *r, const char *name)
{
    json_t *file = vector_file(name), *steps = json_object_get(file, "steps"), *step;
    enum s5ad_want want = S5AD_WANT_BYTES;
    size_t i;
    start(r);
    json_array_foreach(steps, i, step)
    {
        struct s5a_span bytes = content(step);
        if (want != S5AD_WANT_BYTES || !is_request(step, bytes))
            continue;
        cr_assert_eq(handshake_feed(&r->hs, bytes), bytes.len);
        want = s5ad_handshake_advance(&r->hs);
        if (want == S5AD_WANT_COMMAND)
            answer(r, content(json_array_get(steps, i + 1)));
        else /* it was no request */
            expect_sent(r, content(json_array_get(steps, i + 1)));
        want = s5ad_handshake_advance(&r->hs);
    }
    s5ad_handshake_wipe(&r->hs);
    json_decref(file);
    return want;
}

Test(server_vectors, commands_end_in_a_relay)
{
    struct replay r;
    cr_expect_eq(replay(&r, "session-80-password-commands"), S5AD_WANT_RELAY);
    cr_expect_eq(r.commands, 4);
}

Test(server_vectors, pool_ends_in_a_relay)
{
    struct replay r;
    cr_expect_eq(replay(&r, "session-81-ticket-pool"), S5AD_WANT_RELAY);
    cr_expect_eq(r.commands, 3);
}

Test(server_vectors, udp_ends_in_an_association)
{
    struct replay r;
    cr_expect_eq(replay(&r, "session-81-multifactor-udp"), S5AD_WANT_ASSOCIATION);
    cr_expect_eq(r.commands, 1);
}

Test(server_vectors, targets_are_connected_to_or_refused)
{
    struct replay r;
    cr_expect_eq(replay(&r, "session-80-publickey-connect"), S5AD_WANT_RELAY);
    cr_expect_eq(r.commands, 1);
    cr_expect_eq(replay(&r, "session-82-chain"), S5AD_WANT_RELAY);
    cr_expect_eq(r.commands, 1);
    cr_expect_eq(replay(&r, "session-80-totp-refused-target"), S5AD_WANT_REFUSED);
    cr_expect_eq(r.commands, 1);
}

Test(server_vectors, what_is_no_request_ends_with_details)
{
    struct replay r;
    cr_expect_eq(replay(&r, "session-80-anonymous-errors"), S5AD_WANT_REFUSED);
    cr_expect_eq(r.commands, 2, "POOL_NEW and KEEP_ALIVE");
}
