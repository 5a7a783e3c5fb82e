/* server/handshake: one request after another on a session of method 80. */
#include <stdio.h>

#include "tests/unit/server_visit.h"

#define KEEP_ALIVE "\x05\x04\x00\x00\x00\x00"
#define KEPT_ALIVE "\x05\x00\x00\x00\x00\x00"
#define RESOLVE "\x05\x05\x00\x03\x01x\x00\x00"
#define CONNECT "\x05\x01\x00\x01\xc0\x00\x02\x01\x00\x50"
#define PLAIN(rep) "\x05" rep "\x00\x01\x00\x00\x00\x00\x00\x00"

enum {
    DETAILS = 1u << S5A_CAP_DETAILS,
    COMMANDS = 1u << S5A_CAP_COMMANDS,
};

struct scene {
    struct visit_server *server;
    struct visit *v;
};

/* Logged in and confirmed; what was seen so far is forgotten. */
static struct scene arrive_with(unsigned capabilities, const struct s5a_session_params *wishes)
{
    char key[128], users[512];
    visit_key_line(key, sizeof key, 1);
    snprintf(users, sizeof users, "[user alice]\n%s\n", key);
    struct scene s = { visit_server_new(users), NULL };
    s.v = visit_new(s.server, 0x80, S5A_MID_BIT(S5A_MID_PUBLICKEY));
    s.v->setup.capabilities = capabilities;
    s.v->setup.wishes = wishes;
    cr_assert_eq(visit_run(s.v), S5A_EAF_ACCEPTED);
    uint8_t out[64];
    struct s5a_writer w;
    s5a_writer_init(&w, out, sizeof out);
    s5a_eaf_client_confirm(&s.v->client, &w);
    visit_feed(s.v, (struct s5a_span){ out, s5a_writer_len(&w) });
    s.v->seen_len = 0;
    return s;
}

static struct scene arrive(unsigned capabilities)
{
    return arrive_with(capabilities, NULL);
}

static void leave(struct scene *s)
{
    visit_free(s->v);
    visit_server_free(s->server);
}

static void say(struct scene *s, struct s5a_span bytes)
{
    visit_feed(s->v, bytes);
}

static void answer(struct scene *s, uint8_t rep, const struct s5a_address *bound, const char *why)
{
    s5ad_handshake_reply(&s->v->hs, rep, bound, 0, why);
    visit_feed(s->v, SPAN("")); /* nothing: the caller looks at what is wanted */
    s->v->want = s5ad_handshake_advance(&s->v->hs);
}

static void expect_seen(struct scene *s, struct s5a_span bytes)
{
    struct s5a_span out = s5a_buffer_peek(&s->v->hs.out);
    cr_expect(s5a_span_equal(out, bytes), "%zu bytes are there", out.len);
    s5a_buffer_consume(&s->v->hs.out, out.len);
}

Test(server_requests, keep_alive_leads_to_the_next_request)
{
    struct scene s = arrive(COMMANDS);
    struct s5a_address none = s5a_address_none();
    for (unsigned i = 1; i <= 3; i++) {
        say(&s, SPAN(KEEP_ALIVE));
        cr_assert_eq(s.v->want, S5AD_WANT_COMMAND);
        answer(&s, S5A_REP_SUCCEEDED, &none, NULL);
        expect_seen(&s, SPAN(KEPT_ALIVE));
        cr_expect_eq(s.v->want, S5AD_WANT_BYTES);
        cr_expect_eq(s.v->hs.served, i);
    }
    leave(&s);
}

Test(server_requests, failed_look_up_leads_to_the_next_request)
{
    struct scene s = arrive(COMMANDS);
    say(&s, SPAN(RESOLVE CONNECT));
    cr_assert_eq(s.v->want, S5AD_WANT_COMMAND);
    answer(&s, S5A_REP_HOST_UNREACHABLE, NULL, "no such name");
    expect_seen(&s, SPAN(PLAIN("\x04")));
    cr_expect_eq(s.v->want, S5AD_WANT_COMMAND, "the early bytes are the next request");
    cr_expect_eq(s.v->hs.request.command, S5A_CMD_CONNECT);
    leave(&s);
}

Test(server_requests, failed_connect_is_the_last)
{
    struct scene s = arrive(COMMANDS);
    say(&s, SPAN(CONNECT KEEP_ALIVE));
    answer(&s, S5A_REP_CONN_REFUSED, NULL, "refused");
    cr_expect_eq(s.v->want, S5AD_WANT_REFUSED);
    leave(&s);
}

Test(server_requests, details_go_with_bit_11_alone)
{
    struct scene with = arrive(COMMANDS | DETAILS), without = arrive(COMMANDS);
    say(&with, SPAN(RESOLVE));
    answer(&with, S5A_REP_EXHAUSTED, NULL, "full");
    expect_seen(&with, SPAN("\x05\x10\x00\x01\x00\x06\x00\x02"
                            "full\x00\x00"));
    say(&without, SPAN(RESOLVE));
    answer(&without, S5A_REP_EXHAUSTED, NULL, "full");
    expect_seen(&without, SPAN(PLAIN("\x10")));
    leave(&with);
    leave(&without);
}

Test(server_requests, commands_want_bit_9)
{
    struct scene s = arrive(DETAILS);
    say(&s, SPAN(KEEP_ALIVE));
    cr_expect_eq(s.v->want, S5AD_WANT_REFUSED);
    cr_expect_eq(s.v->hs.rep, S5A_REP_CMD_UNSUPPORTED);
    leave(&s);
}

Test(server_requests, keep_alive_with_an_address_is_refused_for_good)
{
    struct scene s = arrive(COMMANDS);
    say(&s, SPAN("\x05\x04\x00\x01\x00\x00\x00\x00\x00\x00"));
    cr_expect_eq(s.v->want, S5AD_WANT_REFUSED);
    cr_expect_eq(s.v->hs.rep, S5A_REP_ADDR_UNSUPPORTED);
    leave(&s);
}

/* A client that sends and does not read: what it asks is not served beyond the room there is. */
Test(server_requests, requests_wait_for_room)
{
    struct scene s = arrive(COMMANDS);
    struct s5a_address none = s5a_address_none();
    unsigned served = 0;
    for (unsigned i = 0; i < 2000; i++)
        s5a_buffer_append(&s.v->hs.in, SPAN(KEEP_ALIVE));
    while (s5ad_handshake_advance(&s.v->hs) == S5AD_WANT_COMMAND) {
        s5ad_handshake_reply(&s.v->hs, S5A_REP_SUCCEEDED, &none, 0, NULL);
        served++;
    }
    cr_expect(s.v->hs.held);
    size_t unsent = s5a_buffer_peek(&s.v->hs.out).len;
    cr_expect_eq(unsent, served * (sizeof KEPT_ALIVE - 1), "no reply was lost");
    cr_expect_lt(served, 2000);
    s5a_buffer_consume(&s.v->hs.out, unsent);
    cr_expect_eq(s5ad_handshake_advance(&s.v->hs), S5AD_WANT_COMMAND, "on with room");
    leave(&s);
}

Test(server_requests, sixty_four_answers_fit_and_count_down)
{
    struct scene s = arrive(COMMANDS);
    struct s5a_reply replies[64] = { 0 };
    uint8_t ip[16] = { 0x20, 0x01 };
    for (unsigned i = 0; i < 64; i++) {
        replies[i].address = s5a_address_ipv6(ip);
        replies[i].port = (uint16_t)(63 - i);
    }
    say(&s, SPAN(RESOLVE));
    s5ad_handshake_replies(&s.v->hs, replies, 64);
    struct s5a_span out = s5a_buffer_peek(&s.v->hs.out);
    cr_assert_eq(out.len, 64 * 22);
    cr_expect_eq(out.at[21], 63);
    cr_expect_eq(out.at[64 * 22 - 1], 0);
    cr_expect_eq(s5ad_handshake_advance(&s.v->hs), S5AD_WANT_BYTES);
    leave(&s);
}

Test(server_requests, flags_are_those_of_both_sides)
{
    struct s5a_session_params wishes = { .flags = S5A_SESSION_UDP | S5A_SESSION_BIND };
    struct scene s = arrive_with(COMMANDS, &wishes);
    cr_expect_eq(s.v->hs.exchange->flags, S5A_SESSION_UDP, "BIND is not the server's");
    cr_expect_eq(s.v->client.params.flags, S5A_SESSION_UDP);
    leave(&s);
}

Test(server_requests, longer_than_the_room_is_refused)
{
    struct scene s = arrive(COMMANDS);
    static uint8_t options[70000];
    memcpy(options, "\x05\x08\x00\x01\x00\x00\x00\x00\x00\x00\xff\xf0\x77\xff\xed", 15);
    say(&s, (struct s5a_span){ options, sizeof options });
    cr_expect_eq(s.v->want, S5AD_WANT_REFUSED);
    cr_expect_eq(s.v->hs.rep, S5A_REP_EXHAUSTED);
    leave(&s);
}
