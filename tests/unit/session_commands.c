/* All commands of a session, and one request after the other. The log-in is the lab's; requests and
 * replies are bytes. */
#include "client/session/session.h"

#include "tests/unit/login_lab.h"
#include "tests/unit/session_lab.h"

#define REPLY(rep, ...) BYTES(5, rep, 0, __VA_ARGS__)
#define V4(last, port) 1, 192, 0, 2, last, 0, port
#define NOBODY 1, 0, 0, 0, 0, 0, 0

static struct s5a_answers answers;

static struct s5a_ask ask_of(uint8_t command, const char *target, uint16_t port)
{
    struct s5a_ask ask = s5a_ask_nothing();
    ask.request.command = command;
    ask.request.port = port;
    ask.answers = &answers;
    if (target)
        cr_assert_eq(s5a_address_parse(&ask.request.address, span(target)), S5A_OK);
    return ask;
}

/* A session that is logged in and rests, by a server with these capabilities. */
static struct login_lab *resting(uint32_t capabilities)
{
    static struct s5a_ask nothing;
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    nothing = s5a_ask_nothing();
    lab->setup.capabilities = capabilities;
    lab->ask = &nothing;
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    cr_assert(s5a_session_is_ready(&lab->session));
    cr_assert(s5a_session_over(&lab->session));
    cr_assert_eq(s5a_session_errno(&lab->session), 0);
    cr_assert_eq(lab->server.ask, S5A_EAF_ASK_DONE, "the confirmation does not wait");
    cr_assert_eq(lab->requests, 0);
    return lab;
}

static void expect_sent(struct login_lab *lab, const uint8_t *bytes, size_t len)
{
    struct s5a_span out = s5a_session_output(&lab->session);
    cr_assert_eq(out.len, len, "%zu bytes sent", out.len);
    cr_assert_arr_eq(out.at, bytes, len);
    s5a_session_sent(&lab->session, len);
}

static void ask(struct login_lab *lab, struct s5a_ask ask)
{
    cr_assert_eq(s5a_session_ask(&lab->session, &ask, UINT64_MAX), S5A_OK);
    cr_assert_not(s5a_session_over(&lab->session));
}

/* A byte at a time, and not one more than is wanted. */
static void answer(struct login_lab *lab, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        cr_assert_gt(s5a_session_want(&lab->session), 0, "over at %zu", i);
        cr_assert_leq(s5a_session_want(&lab->session), len - i);
        s5a_session_feed(&lab->session, bytes + i, 1);
    }
}

Test(session_commands, keep_alive_leaves_it_ready_for_more)
{
    struct login_lab *lab = resting(0x9e7f);
    for (int i = 0; i < 3; i++) {
        ask(lab, ask_of(S5A_CMD_KEEP_ALIVE, NULL, 0));
        expect_sent(lab, BYTES(5, 4, 0, 0, 0, 0));
        answer(lab, REPLY(0, 0, 0, 0));
        cr_assert(s5a_session_is_ready(&lab->session));
    }
    login_lab_free(lab);
}

Test(session_commands, a_resting_session_wants_nothing_and_ends_with_its_stream)
{
    struct login_lab *lab = resting(0x9e7f);
    cr_assert_eq(s5a_session_want(&lab->session), 0);
    cr_assert_eq(s5a_session_output(&lab->session).len, 0);
    s5a_session_eof(&lab->session);
    cr_assert_not(s5a_session_is_ready(&lab->session));
    LOGIN_LAB_ENDS(lab, PROXY_CLOSED);
    login_lab_free(lab);
}

Test(session_commands, all_answers_of_a_name_arrive)
{
    struct login_lab *lab = resting(0x9e7f);
    ask(lab, ask_of(S5A_CMD_DNS_RESOLVE, "host", 0));
    expect_sent(lab, BYTES(5, 5, 0, 3, 4, 'h', 'o', 's', 't', 0, 0));
    for (uint8_t left = 64; left-- > 0;)
        answer(lab, REPLY(0, V4(left, left)));
    cr_assert(s5a_session_is_ready(&lab->session));
    cr_assert_eq(answers.count, 64);
    for (unsigned i = 0; i < 64; i++)
        cr_assert_eq(answers.list[i].ip[3], 63 - i);
    login_lab_free(lab);
}

Test(session_commands, a_literal_is_resolved_as_a_name)
{
    struct login_lab *lab = resting(0x9e7f);
    struct s5a_ask request = ask_of(S5A_CMD_DNS_RESOLVE, "host", 1);
    request.request.address.text = span("::1");
    ask(lab, request);
    expect_sent(lab, BYTES(5, 5, 0, 3, 3, ':', ':', '1', 0, 1));
    login_lab_free(lab);
}

Test(session_commands, reverse_look_up_brings_a_name)
{
    struct login_lab *lab = resting(0x9e7f);
    ask(lab, ask_of(S5A_CMD_DNS_RESOLVE, "192.0.2.7", 12));
    expect_sent(lab, BYTES(5, 5, 0, 1, 192, 0, 2, 7, 0, 12));
    answer(lab, REPLY(0, 3, 3, 'b', 'n', 'd', 0, 0));
    cr_assert_eq(answers.count, 1);
    cr_assert_str_eq(answers.name, "bnd");
    login_lab_free(lab);
}

Test(session_commands, reverse_look_up_brings_all_names_the_first_before_the_others)
{
    struct login_lab *lab = resting(0x9e7f);
    ask(lab, ask_of(S5A_CMD_DNS_RESOLVE, "192.0.2.7", 0));
    answer(lab, REPLY(0, 3, 1, 'a', 0, 2));
    answer(lab, REPLY(0, 3, 2, 'b', 'b', 0, 1));
    answer(lab, REPLY(0, 3, 1, 'c', 0, 0));
    cr_assert(s5a_session_is_ready(&lab->session));
    cr_assert_eq(answers.count, 3);
    cr_assert_str_eq(answers.name, "a");
    cr_assert_eq(answers.more_len, 5);
    cr_assert_arr_eq(answers.more, "bb\0c", 5);
    login_lab_free(lab);
}

Test(session_commands, names_that_have_no_room_are_left_out)
{
    struct login_lab *lab = resting(0x9e7f);
    uint8_t reply[7 + 255] = { 5, 0, 0, 3, 255 };
    memset(reply + 5, 'x', 255);
    ask(lab, ask_of(S5A_CMD_DNS_RESOLVE, "192.0.2.7", 0));
    for (uint8_t left = 64; left-- > 0;) {
        reply[6 + 255] = left;
        answer(lab, reply, sizeof reply);
    }
    cr_assert(s5a_session_is_ready(&lab->session));
    cr_assert_eq(answers.count, 64);
    cr_assert_eq(answers.more_len, 4 * 256);
    login_lab_free(lab);
}

Test(session_commands, refusals_of_04_to_06_leave_it_ready)
{
    static const struct {
        uint8_t command, rep;
        int error;
    } cases[] = { { S5A_CMD_DNS_RESOLVE, 4, EHOSTUNREACH },
                  { S5A_CMD_DNS_RESOLVE, 7, EOPNOTSUPP },
                  { S5A_CMD_POOL_NEW, 2, EACCES },
                  { S5A_CMD_KEEP_ALIVE, 1, ECONNABORTED } };
    struct login_lab *lab = resting(0x9e7f);
    char text[128];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool names = cases[i].command != S5A_CMD_KEEP_ALIVE;
        ask(lab, ask_of(cases[i].command, names ? "host" : NULL, 1));
        s5a_session_sent(&lab->session, s5a_session_output(&lab->session).len);
        answer(lab, REPLY(cases[i].rep, NOBODY));
        cr_assert(s5a_session_is_ready(&lab->session));
        cr_assert_eq(s5a_session_errno(&lab->session), cases[i].error);
        cr_assert_eq(s5a_session_rep(&lab->session), cases[i].rep);
        cr_assert_eq(answers.count, 0);
        s5a_session_describe(&lab->session, text, sizeof text);
        cr_assert_not_null(strstr(text, s5a_rep_text(cases[i].rep)), "%s", text);
    }
    ask(lab, ask_of(S5A_CMD_KEEP_ALIVE, NULL, 0));
    cr_assert_eq(s5a_session_status(&lab->session), S5A_OK);
    login_lab_free(lab);
}

Test(session_commands, details_of_a_refusal_are_kept_and_the_next_request_drops_them)
{
    struct login_lab *lab = resting(0x9e7f);
    char text[128];
    ask(lab, ask_of(S5A_CMD_DNS_RESOLVE, "host", 0));
    s5a_session_sent(&lab->session, s5a_session_output(&lab->session).len);
    answer(lab, REPLY(0x0c, 1, 0, 5, 0, 3, 's', 27, '!', 0, 0));
    s5a_session_describe(&lab->session, text, sizeof text);
    cr_assert_not_null(strstr(text, "try again later: s\\x1b!"), "%s", text);
    ask(lab, ask_of(S5A_CMD_DNS_RESOLVE, "host", 0));
    s5a_session_sent(&lab->session, s5a_session_output(&lab->session).len);
    answer(lab, REPLY(4, NOBODY));
    s5a_session_describe(&lab->session, text, sizeof text);
    cr_assert_null(strstr(text, "later"), "%s", text);
    login_lab_free(lab);
}

Test(session_commands, answers_that_do_not_count_down_are_malformed)
{
    static const struct {
        uint8_t first, second, rep;
    } cases[] = { { 64, 63, 0 }, { 2, 2, 0 }, { 2, 0, 0 }, { 1, 0, 4 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct login_lab *lab = resting(0x9e7f);
        ask(lab, ask_of(S5A_CMD_DNS_RESOLVE, "host", 0));
        s5a_session_sent(&lab->session, s5a_session_output(&lab->session).len);
        s5a_session_feed(&lab->session, REPLY(0, V4(1, cases[i].first)));
        s5a_session_feed(&lab->session, REPLY(cases[i].rep, V4(2, cases[i].second)));
        cr_assert(s5a_session_over(&lab->session), "case %zu", i);
        cr_assert_not(s5a_session_is_ready(&lab->session), "case %zu", i);
        cr_assert_neq(s5a_session_errno(&lab->session), 0, "case %zu", i);
        login_lab_free(lab);
    }
}

Test(session_commands, pool_gives_an_id_and_takes_it)
{
    static const char id[] = "00112233445566778899aabbccddeeff";
    struct login_lab *lab = resting(0x9e7f);
    uint8_t reply[4 + 1 + 32 + 2] = { 5, 0, 0, 3, 32 };
    memcpy(reply + 5, id, 32);
    reply[38] = 60;
    ask(lab, ask_of(S5A_CMD_POOL_NEW, "host", 80));
    s5a_session_sent(&lab->session, s5a_session_output(&lab->session).len);
    answer(lab, reply, sizeof reply);
    cr_assert(s5a_session_is_ready(&lab->session));
    cr_assert_str_eq(answers.name, id);
    cr_assert_eq(answers.port, 60);
    ask(lab, ask_of(S5A_CMD_POOL_GET, id, 0));
    s5a_session_sent(&lab->session, s5a_session_output(&lab->session).len);
    answer(lab, REPLY(0, V4(1, 9)));
    cr_assert_not(s5a_session_is_ready(&lab->session));
    cr_assert_eq(s5a_session_errno(&lab->session), 0);
    login_lab_free(lab);
}

Test(session_commands, association_with_options_says_what_was_granted)
{
    struct login_lab *lab = resting(0x9e7f);
    struct s5a_ask request = ask_of(S5A_CMD_UDP_ASSOCIATE_EXT, "0.0.0.0", 0);
    request.request.options.transport = 1;
    ask(lab, request);
    s5a_session_sent(&lab->session, s5a_session_output(&lab->session).len);
    answer(lab, REPLY(0, V4(1, 9), 0, 9, 1, 0, 1, 1, 2, 0, 2, 0, 30));
    cr_assert_eq(s5a_session_errno(&lab->session), 0);
    cr_assert_eq(answers.options.transport, 1);
    cr_assert_eq(answers.options.idle, 30);
    cr_assert_eq(answers.port, 9);
    login_lab_free(lab);
}

Test(session_commands, options_longer_than_any_end_it)
{
    struct login_lab *lab = resting(0x9e7f);
    ask(lab, ask_of(S5A_CMD_UDP_ASSOCIATE_EXT, "0.0.0.0", 0));
    s5a_session_sent(&lab->session, s5a_session_output(&lab->session).len);
    answer(lab, REPLY(0, V4(1, 9), 0xff, 0xff));
    cr_assert(s5a_session_over(&lab->session));
    LOGIN_LAB_ENDS(lab, MALFORMED);
    login_lab_free(lab);
}

Test(session_commands, bind_has_two_replies)
{
    struct login_lab *lab = resting(0x9e7f);
    ask(lab, ask_of(S5A_CMD_BIND, "192.0.2.7", 0));
    expect_sent(lab, BYTES(5, 2, 0, 1, 192, 0, 2, 7, 0, 0));
    answer(lab, REPLY(0, V4(1, 21)));
    cr_assert(s5a_session_over(&lab->session));
    cr_assert_not(s5a_session_is_ready(&lab->session));
    cr_assert_eq(answers.port, 21);
    s5a_session_await(&lab->session, 1000);
    cr_assert_not(s5a_session_over(&lab->session));
    answer(lab, REPLY(0, V4(7, 99)));
    cr_assert_eq(s5a_session_errno(&lab->session), 0);
    cr_assert_eq(answers.count, 2);
    cr_assert_eq(answers.list[1].ip[3], 7);
    cr_assert_eq(answers.port, 99);
    login_lab_free(lab);
}

Test(session_commands, bind_that_nobody_comes_to_times_out)
{
    struct login_lab *lab = resting(0x9e7f);
    ask(lab, ask_of(S5A_CMD_BIND, "192.0.2.7", 0));
    s5a_session_sent(&lab->session, s5a_session_output(&lab->session).len);
    answer(lab, REPLY(0, V4(1, 21)));
    s5a_session_await(&lab->session, 1000);
    answer(lab, REPLY(6, NOBODY));
    cr_assert_eq(s5a_session_errno(&lab->session), ETIMEDOUT);
    login_lab_free(lab);
}

/* ---- what was not negotiated ---- */

Test(session_commands, commands_without_bit_9_are_not_sent)
{
    static const uint8_t commands[] = { 4, 5, 6, 7, 8 };
    struct login_lab *lab = resting(0x9e7f & ~(1u << 9));
    for (size_t i = 0; i < sizeof commands; i++) {
        struct s5a_ask request = ask_of(commands[i], commands[i] == 4 ? NULL : "host", 0);
        cr_assert_eq(s5a_session_ask(&lab->session, &request, UINT64_MAX), S5A_UNSUPPORTED_COMMAND);
        cr_assert(s5a_session_is_ready(&lab->session));
        cr_assert_eq(s5a_session_output(&lab->session).len, 0);
    }
    ask(lab, ask_of(S5A_CMD_CONNECT, "host", 80));
    login_lab_free(lab);
}

Test(session_commands, unix_targets_need_bit_10_and_urls_are_unfolded_without)
{
    struct login_lab *lab = resting(0x9e7f & ~(1u << 10));
    struct s5a_ask request = ask_of(S5A_CMD_CONNECT, "unix:/run/docker.sock", 0);
    cr_assert_eq(s5a_session_ask(&lab->session, &request, UINT64_MAX), S5A_UNSUPPORTED_ADDRESS);
    request = ask_of(S5A_CMD_CONNECT, "unix:@name", 0);
    cr_assert_eq(s5a_session_ask(&lab->session, &request, UINT64_MAX), S5A_UNSUPPORTED_ADDRESS);
    request.request.address.type = S5A_ATYP_URL;
    request.request.address.text = span("wss://h/");
    ask(lab, request);
    expect_sent(lab, BYTES(5, 1, 0, 3, 1, 'h', 1, 0xbb));
    login_lab_free(lab);
}

Test(session_commands, unix_targets_go_out_with_bit_10)
{
    struct login_lab *lab = resting(0x9e7f);
    ask(lab, ask_of(S5A_CMD_CONNECT, "unix:@ab", 0));
    expect_sent(lab, BYTES(5, 1, 0, 6, 2, 'a', 'b', 0, 0));
    login_lab_free(lab);
}

/* ---- legacy proxies ---- */

static enum s5a_status begin_legacy(struct lab_replay *r, struct s5a_ask request)
{
    lab_set_proxy(&r->proxy, S5A_METHODS_NONE, false);
    r->sent_len = r->taken = 0;
    s5a_session_init_ask(&r->session, &r->proxy, &request, NULL, true, DEADLINE);
    return s5a_session_status(&r->session);
}

Test(session_commands, legacy_proxies_have_no_extended_commands)
{
    struct lab_replay r;
    cr_assert_eq(begin_legacy(&r, ask_of(S5A_CMD_DNS_RESOLVE, "host", 0)), S5A_UNSUPPORTED_COMMAND);
    cr_assert_eq(s5a_session_output(&r.session).len, 0);
}

Test(session_commands, tor_resolves_both_ways)
{
    struct lab_replay r;
    static const uint8_t expected[] = { GREET_NONE, 5, 0xf0, 0, 3, 4, 'h', 'o', 's', 't', 0, 0 };
    cr_assert_eq(begin_legacy(&r, ask_of(S5A_CMD_TOR_RESOLVE, "host", 0)), S5A_OK);
    lab_deliver(&r, BYTES(5, 0, 5, 0, 0, V4(7, 0)));
    cr_assert_eq(r.sent_len, sizeof expected);
    cr_assert_arr_eq(r.sent, expected, sizeof expected);
    cr_assert_eq(s5a_session_errno(&r.session), 0);
    cr_assert_eq(answers.list[0].ip[3], 7);
    cr_assert_eq(begin_legacy(&r, ask_of(S5A_CMD_TOR_RESOLVE_PTR, "192.0.2.7", 0)), S5A_OK);
    lab_deliver(&r, BYTES(5, 0, 5, 0, 0, 3, 2, 'm', 'e', 0, 0));
    cr_assert_str_eq(answers.name, "me");
}

Test(session_commands, tor_is_not_asked_for_by_eaf)
{
    struct login_lab *lab = resting(0x9e7f);
    struct s5a_ask request = ask_of(S5A_CMD_TOR_RESOLVE, "host", 0);
    cr_assert_eq(s5a_session_ask(&lab->session, &request, UINT64_MAX), S5A_UNSUPPORTED_COMMAND);
    login_lab_free(lab);
}

Test(session_commands, association_by_a_legacy_proxy)
{
    struct lab_replay r;
    cr_assert_eq(begin_legacy(&r, ask_of(S5A_CMD_UDP_ASSOCIATE, "0.0.0.0", 0)), S5A_OK);
    lab_deliver(&r, BYTES(5, 0, 5, 0, 0, V4(1, 9)));
    cr_assert_eq(s5a_session_errno(&r.session), 0);
    cr_assert_eq(answers.port, 9);
    cr_assert_eq(answers.list[0].ip[3], 1);
}

Test(session_commands, legacy_session_may_rest_before_its_request)
{
    struct lab_replay r;
    struct s5a_ask request = ask_of(S5A_CMD_CONNECT, "192.0.2.1", 80);
    static const uint8_t expected[] = { GREET_NONE, ASK4 };
    cr_assert_eq(begin_legacy(&r, s5a_ask_nothing()), S5A_OK);
    lab_deliver(&r, BYTES(5, 0));
    cr_assert(s5a_session_is_ready(&r.session));
    cr_assert_eq(s5a_session_ask(&r.session, &request, DEADLINE), S5A_OK);
    lab_deliver(&r, BYTES(DONE4));
    cr_assert_eq(r.sent_len, sizeof expected);
    cr_assert_arr_eq(r.sent, expected, sizeof expected);
    cr_assert_eq(s5a_session_errno(&r.session), 0);
}
