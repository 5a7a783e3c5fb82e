/* Which message may follow which, as a server sees it. */
#include "tests/unit/eaf_duel.h"

static const struct s5a_metadata none;

static void expect_violation(struct duel *d, enum s5a_eaf_ask ask)
{
    cr_expect_eq(ask, S5A_EAF_ASK_REFUSED, "%d", ask);
    cr_expect_eq(d->server.rep, S5A_REP_PROTOCOL_VIOLATION, "%s", d->server.why);
    cr_expect_gt(d->to_client.len, 0);
}

Test(eaf_server, answer_has_to_follow_its_challenge_at_once)
{
    struct duel *d = duel_new(S5A_METHOD_EAF);
    struct s5a_metadata alice = { .user = SPAN("alice") };
    struct s5a_auth answer = duel_answer();
    duel_forge(d);
    cr_expect_eq(duel_say(d, &duel_ask, alice), S5A_EAF_ASK_LOGIN);
    duel_challenge(d);
    expect_violation(d, duel_say(d, &duel_key, none));

    duel_forge(d);
    duel_say(d, &duel_ask, alice);
    duel_challenge(d);
    cr_expect_eq(duel_say(d, &answer, none), S5A_EAF_ASK_LOGIN);
    cr_expect(s5a_span_equal(d->server.login.asked, SPAN("alice")));
}

Test(eaf_server, ask_is_not_accepted)
{
    struct duel *d = duel_new(S5A_METHOD_EAF);
    struct s5a_metadata alice = { .user = SPAN("alice") };
    duel_forge(d);
    duel_say(d, &duel_ask, alice);
    cr_expect_eq(duel_accept(d, 0), S5A_EAF_ASK_LOGIN);
    cr_expect_eq(d->to_client.len, 0);
}

Test(eaf_server, message_3_without_a_credential_is_a_violation)
{
    struct duel *d = duel_new(S5A_METHOD_EAF);
    duel_forge(d);
    cr_expect_eq(duel_say(d, NULL, none), S5A_EAF_ASK_LOGIN);
    duel_choose(d, S5A_MID_TOKEN);
    expect_violation(d, duel_say(d, NULL, none));
}

Test(eaf_server, wishes_belong_to_the_first_credential)
{
    struct duel *d = duel_new(S5A_METHOD_EAF);
    struct s5a_metadata wishes = { .has_params = true };
    struct s5a_auth token = duel_token();
    duel_forge(d);
    expect_violation(d, duel_say(d, NULL, wishes));
    duel_forge(d);
    duel_say(d, NULL, none);
    duel_choose(d, 0);
    cr_expect_eq(duel_say(d, &token, wishes), S5A_EAF_ASK_LOGIN);
    cr_expect(d->server.login.has_wishes);
}

Test(eaf_server, ticket_word_after_message_1_is_a_violation)
{
    struct duel *d = duel_new(S5A_METHOD_EAF);
    duel_forge(d);
    duel_say(d, NULL, none);
    duel_choose(d, 0);
    expect_violation(d, duel_say(d, &duel_ticket, none));
}

Test(eaf_server, next_method_is_binding)
{
    struct duel *d = duel_new(S5A_METHOD_AMC);
    struct s5a_auth token = duel_token();
    duel_forge(d);
    duel_say(d, &duel_key, none);
    cr_expect_eq(duel_accept(d, S5A_MID_TOKEN), S5A_EAF_ASK_MESSAGE);
    expect_violation(d, duel_say(d, &duel_key, none));

    duel_forge(d);
    duel_say(d, &duel_key, none);
    duel_accept(d, S5A_MID_TOKEN);
    cr_expect_eq(duel_say(d, &token, none), S5A_EAF_ASK_LOGIN);
    cr_expect_eq(duel_accept(d, 0), S5A_EAF_ASK_DONE);
}

Test(eaf_server, ask_may_come_under_next_04)
{
    struct duel *d = duel_new(S5A_METHOD_AMC);
    struct s5a_metadata alice = { .user = SPAN("alice") };
    struct s5a_auth answer = duel_answer();
    duel_forge(d);
    duel_say(d, &duel_key, none);
    duel_accept(d, S5A_MID_MULTI);
    cr_expect_eq(duel_say(d, &duel_ask, alice), S5A_EAF_ASK_LOGIN);
    duel_challenge(d);
    expect_violation(d, duel_say(d, &answer, none)); /* not as a factor of 04 */
}

Test(eaf_server, next_method_needs_chaining)
{
    struct duel *d = duel_new(S5A_METHOD_EAF);
    duel_forge(d);
    duel_say(d, &duel_key, none);
    cr_expect_not(s5a_eaf_server_may_chain(&d->server));
    cr_expect_eq(duel_accept(d, S5A_MID_TOKEN), S5A_EAF_ASK_LOGIN);
}

Test(eaf_server, chain_has_at_most_five_steps)
{
    struct duel *d = duel_new(S5A_METHOD_AMC);
    duel_forge(d);
    for (unsigned step = 1; step < 5; step++) {
        cr_assert_eq(duel_say(d, &duel_key, none), S5A_EAF_ASK_LOGIN);
        cr_assert_eq(duel_accept(d, S5A_MID_PUBLICKEY), S5A_EAF_ASK_MESSAGE, "step %u", step);
    }
    cr_assert_eq(duel_say(d, &duel_key, none), S5A_EAF_ASK_LOGIN);
    cr_expect_eq(duel_accept(d, S5A_MID_PUBLICKEY), S5A_EAF_ASK_LOGIN);
    cr_expect_eq(duel_accept(d, 0), S5A_EAF_ASK_DONE);
}

Test(eaf_server, message_31_cannot_be_answered_and_closes)
{
    struct duel *d = duel_new(S5A_METHOD_EAF);
    struct s5a_metadata alice = { .user = SPAN("alice") };
    duel_forge(d);
    duel_say(d, &duel_ask, alice);
    duel_challenge(d);
    d->server.channel.count = d->forger.count = 30;
    cr_expect_eq(duel_say(d, &duel_key, none), S5A_EAF_ASK_CLOSED);
    cr_expect_eq(d->to_client.len, 0);
}
