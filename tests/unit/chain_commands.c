/* Chains that ask for something else than a connection, and for one thing after the other. */
#include "client/session/chain.h"

#include "tests/unit/chain_lab.h"

static struct s5a_answers answers;
static int ends[2];

static void set_up(void)
{
    lab_set_up();
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
}

static void tear_down(void)
{
    close(ends[0]);
    close(ends[1]);
    lab_tear_down();
}

TestSuite(chain_commands, .init = set_up, .fini = tear_down);

static void say(const uint8_t *bytes, size_t len)
{
    cr_assert_eq(send(ends[1], bytes, len, 0), (ssize_t)len);
}

#define SAY(...) say((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

static void expect_heard(const uint8_t *bytes, size_t len)
{
    uint8_t heard[256];
    ssize_t got = recv(ends[1], heard, sizeof heard, MSG_DONTWAIT);
    cr_assert_eq(got, (ssize_t)len, "%zd bytes", got);
    cr_assert_arr_eq(heard, bytes, len);
}

#define EXPECT_HEARD(...) \
    expect_heard((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

static struct s5a_ask ask_of(uint8_t command, const char *target, uint16_t port)
{
    struct s5a_ask ask = s5a_ask_nothing();
    ask.request.command = command;
    ask.request.port = port;
    ask.answers = &answers;
    cr_assert_eq(s5a_address_parse(&ask.request.address, span(target)), S5A_OK);
    return ask;
}

static struct s5a_chain_goal goal_of(const struct s5a_proxy *proxy, const struct s5a_ask *ask)
{
    return (struct s5a_chain_goal){ &s5a_io_libc, lab_dir, proxy, NULL, &lab_report, ask };
}

Test(chain_commands, the_last_proxy_alone_gets_the_command)
{
    struct s5a_ask ask = ask_of(S5A_CMD_UDP_ASSOCIATE, "0.0.0.0", 0);
    lab_second.via = &lab_first;
    struct s5a_chain_goal goal = goal_of(&lab_second, &ask);
    SAY(CHOSEN, DONE, CHOSEN, 5, 0, 0, 1, 192, 0, 2, 7, 0, 9);
    cr_assert_eq(s5a_chain_run(&goal, ends[0], s5a_now() + LONG, false), 0);
    EXPECT_HEARD(GREETING, SECOND, GREETING, 5, 3, 0, 1, 0, 0, 0, 0, 0, 0);
    cr_assert_eq(answers.port, 9);
    cr_assert_eq(answers.list[0].ip[3], 7);
}

Test(chain_commands, a_session_that_rests_takes_a_request_later)
{
    struct s5a_chain c;
    struct s5a_ask nothing = s5a_ask_nothing(), ask = ask_of(S5A_CMD_CONNECT, "host", 80);
    struct s5a_chain_goal goal = goal_of(&lab_first, &nothing);
    lab_first.pipeline = S5A_PIPELINE_AUTO;
    s5a_chain_begin(&c, &goal, ends[0], s5a_now() + LONG, true);
    cr_assert_eq(s5a_chain_step(&c, false), -EINPROGRESS);
    SAY(CHOSEN);
    cr_assert_eq(s5a_chain_step(&c, true), 0);
    cr_assert(s5a_chain_rests(&c));
    EXPECT_HEARD(GREETING);
    cr_assert_eq(s5a_chain_ask(&c, &ask, s5a_now() + LONG), 0);
    cr_assert_eq(s5a_chain_step(&c, false), -EINPROGRESS);
    EXPECT_HEARD(TARGET);
    SAY(DONE);
    cr_assert_eq(s5a_chain_step(&c, true), 0);
    cr_assert_not(s5a_chain_rests(&c));
}

Test(chain_commands, bind_rests_until_its_peer_is_awaited)
{
    struct s5a_chain c;
    struct s5a_ask ask = ask_of(S5A_CMD_BIND, "192.0.2.7", 0);
    struct s5a_chain_goal goal = goal_of(&lab_first, &ask);
    SAY(CHOSEN, DONE, 5, 0, 0, 1, 192, 0, 2, 7, 0, 99);
    s5a_chain_begin(&c, &goal, ends[0], s5a_now() + LONG, false);
    cr_assert_eq(s5a_chain_step(&c, true), -EINPROGRESS);
    cr_assert_eq(s5a_chain_step(&c, true), 0);
    cr_assert(s5a_chain_rests(&c));
    cr_assert_eq(answers.count, 1);
    s5a_chain_await(&c, s5a_now() + LONG);
    cr_assert_eq(s5a_chain_step(&c, true), 0);
    cr_assert_not(s5a_chain_rests(&c));
    cr_assert_eq(answers.count, 2);
    cr_assert_eq(answers.port, 99);
}

Test(chain_commands, what_cannot_be_asked_leaves_it_at_rest)
{
    struct s5a_chain c;
    struct s5a_ask nothing = s5a_ask_nothing(), ask = ask_of(S5A_CMD_DNS_RESOLVE, "host", 0);
    struct s5a_chain_goal goal = goal_of(&lab_first, &nothing);
    SAY(CHOSEN);
    s5a_chain_begin(&c, &goal, ends[0], s5a_now() + LONG, false);
    cr_assert_eq(s5a_chain_step(&c, true), 0);
    cr_assert_eq(s5a_chain_ask(&c, &ask, s5a_now() + LONG), -EOPNOTSUPP);
    cr_assert(s5a_chain_rests(&c));
    s5a_chain_wipe(&c);
}

Test(chain_commands, a_session_that_died_at_rest_fails_the_next_request)
{
    struct s5a_chain c;
    struct s5a_ask nothing = s5a_ask_nothing(), ask = ask_of(S5A_CMD_CONNECT, "host", 80);
    struct s5a_chain_goal goal = goal_of(&lab_first, &nothing);
    SAY(CHOSEN);
    s5a_chain_begin(&c, &goal, ends[0], s5a_now() + LONG, false);
    cr_assert_eq(s5a_chain_step(&c, true), 0);
    cr_assert_eq(shutdown(ends[1], SHUT_WR), 0);
    cr_assert_eq(s5a_chain_ask(&c, &ask, s5a_now() + LONG), 0);
    cr_assert_eq(s5a_chain_step(&c, true), -ECONNRESET);
    cr_assert_not(s5a_chain_rests(&c));
}
