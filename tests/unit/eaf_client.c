/* What a client's exchange sends and refuses, beyond the vectors. */
#include "tests/unit/eaf_duel.h"

Test(eaf_client, rejected_version_is_told_apart_from_nonsense)
{
    struct duel *d = duel_new(S5A_METHOD_EAF);
    duel_start(d);
    cr_expect_eq(duel_feed_client(d, SPAN("\xff")), S5A_EAF_FAILED);
    cr_expect_eq(d->client.status, S5A_BAD_VERSION);
    duel_start(d);
    cr_expect_eq(duel_feed_client(d, SPAN("\x05")), S5A_EAF_FAILED);
    cr_expect_eq(d->client.status, S5A_MALFORMED);
}

Test(eaf_client, without_a_credential_nothing_is_sent_but_the_version)
{
    struct duel *d = duel_new(S5A_METHOD_EAF);
    d->client_setup.credentials.methods = 0;
    duel_start(d);
    cr_expect_eq(d->client.want, S5A_EAF_FAILED);
    cr_expect_eq(d->client.status, S5A_NO_CREDENTIALS);
    cr_expect_eq(d->to_server.len, 1);
}

/* TOTP, tokens and factors with them wait for message 3, whatever the server might be. */
Test(eaf_client, message_1_has_no_credential_that_could_be_used_again)
{
    static const unsigned methods[] = { S5A_MID_BIT(S5A_MID_TOTP), S5A_MID_BIT(S5A_MID_TOKEN),
                                        S5A_MID_BIT(S5A_MID_MULTI) };
    for (size_t i = 0; i < 3; i++) {
        struct duel *d = duel_new(S5A_METHOD_EAF);
        d->client_setup.credentials.methods = methods[i];
        d->client_setup.credentials.factors =
            S5A_MID_BIT(S5A_MID_PUBLICKEY) | S5A_MID_BIT(S5A_MID_TOKEN);
        duel_start(d);
        cr_expect_eq(duel_feed_server(d, d->to_server), S5A_EAF_ASK_LOGIN);
        cr_expect_eq(d->server.login.auth.count, 0);
    }
}

Test(eaf_client, method_that_it_lacks_is_answered_by_one_that_it_has)
{
    struct duel *d = duel_new(S5A_METHOD_EAF);
    d->client_setup.credentials.methods = S5A_MID_BIT(S5A_MID_TOKEN);
    duel_start(d);
    duel_feed_server(d, d->to_server);
    struct s5a_writer w;
    duel_writer(d, &w);
    s5a_eaf_server_choose(&d->server, S5A_MID_TOTP, &w);
    duel_feed_client(d, SPAN("\x01"));
    duel_feed_client(d, (struct s5a_span){ d->out[1], s5a_writer_len(&w) });
    cr_expect_eq(duel_feed_server(d, d->to_server), S5A_EAF_ASK_LOGIN);
    cr_expect(s5a_span_equal(d->server.login.auth.factors[0].token, SPAN("token")));
}

Test(eaf_client, code_is_asked_for_when_it_is_needed)
{
    struct duel *d = duel_new(S5A_METHOD_EAF);
    struct s5a_writer w;
    d->client_setup.credentials.methods = S5A_MID_BIT(S5A_MID_TOTP);
    duel_start(d);
    duel_feed_server(d, d->to_server);
    duel_writer(d, &w);
    s5a_eaf_server_choose(&d->server, 0, &w);
    duel_feed_client(d, SPAN("\x01"));
    cr_expect_eq(duel_feed_client(d, (struct s5a_span){ d->out[1], s5a_writer_len(&w) }),
                 S5A_EAF_WANT_CODE);
    cr_expect_eq(d->to_server.len, 0);
    s5a_writer_init(&w, d->out[0], sizeof(d->out[0]));
    cr_expect_eq(s5a_eaf_client_code(&d->client, SPAN("123456"), &w), S5A_EAF_WANT_MESSAGE);
    duel_feed_server(d, (struct s5a_span){ d->out[0], s5a_writer_len(&w) });
    cr_expect(s5a_span_equal(d->server.login.auth.factors[0].code, SPAN("123456")));
    cr_expect_eq(d->client.code[0], 0, "each code once");
}

Test(eaf_client, proof_that_is_wrong_is_refused)
{
    struct duel *d = duel_new(S5A_METHOD_EAF);
    static const uint8_t proof[S5A_PROOF_LEN];
    struct s5a_eaf_grant grant = { .proof = { proof, sizeof(proof) } };
    struct s5a_key salted = { { 1 } };
    struct s5a_writer w;
    d->client_setup.credentials.methods = S5A_MID_BIT(S5A_MID_RESPONSE);
    duel_start(d);
    duel_feed_server(d, d->to_server);
    struct s5a_challenge challenge = { .ops = 2, .mem_kib = 19456 };
    duel_writer(d, &w);
    s5a_eaf_server_challenge(&d->server, &challenge, &w);
    duel_feed_client(d, SPAN("\x01"));
    cr_expect_eq(duel_feed_client(d, (struct s5a_span){ d->out[1], s5a_writer_len(&w) }),
                 S5A_EAF_WANT_SALTED);
    s5a_writer_init(&w, d->out[0], sizeof(d->out[0]));
    s5a_eaf_client_salted(&d->client, &salted, &w);
    duel_feed_server(d, (struct s5a_span){ d->out[0], s5a_writer_len(&w) });
    duel_writer(d, &w);
    s5a_eaf_server_accept(&d->server, &grant, &w);
    cr_expect_eq(duel_feed_client(d, (struct s5a_span){ d->out[1], s5a_writer_len(&w) }),
                 S5A_EAF_FAILED);
    cr_expect_eq(d->client.status, S5A_BAD_PROOF);
}

Test(eaf_client, message_that_does_not_fit_leaves_nothing_behind)
{
    static const uint8_t zeros[200];
    struct duel *d = duel_new(S5A_METHOD_EAF);
    struct s5a_writer w;
    duel_init(d);
    memset(d->out[0], 0, sizeof(d->out[0]));
    s5a_writer_init(&w, d->out[0], sizeof(zeros));
    cr_expect_eq(s5a_eaf_client_start(&d->client, &w), S5A_EAF_FAILED);
    cr_expect_eq(d->client.status, S5A_TOO_LONG);
    cr_expect_arr_eq(d->out[0] + 1, zeros, sizeof(zeros) - 1);
}

Test(eaf_client, bytes_behind_the_last_message_are_left)
{
    struct duel *d = duel_new(S5A_METHOD_EAF);
    struct s5a_reader r;
    struct s5a_writer w;
    duel_start(d);
    duel_feed_server(d, d->to_server);
    duel_accept(d, 0);
    duel_feed_client(d, SPAN("\x01"));
    uint8_t bytes[512];
    memcpy(bytes, d->to_client.at, d->to_client.len);
    bytes[d->to_client.len] = 5;
    s5a_reader_init(&r, bytes, d->to_client.len + 1);
    s5a_writer_init(&w, d->out[0], sizeof(d->out[0]));
    cr_expect_eq(s5a_eaf_client_feed(&d->client, &r, &w), S5A_EAF_ACCEPTED);
    cr_expect_eq(s5a_reader_left(&r), 1);
}

Test(eaf_client, secrets_are_gone_after_the_exchange)
{
    static const struct s5a_key zeros;
    struct duel *d = duel_new(S5A_METHOD_EAF);
    duel_start(d);
    duel_feed_server(d, d->to_server);
    duel_accept(d, 0);
    duel_feed_client(d, SPAN("\x01"));
    duel_feed_client(d, d->to_client);
    cr_expect_eq(d->client.want, S5A_EAF_ACCEPTED);
    cr_expect_arr_eq(&d->client.ephemeral, &zeros, sizeof(zeros), "once CK_2 exists");
    s5a_eaf_client_wipe(&d->client);
    cr_expect_arr_eq(&d->client.channel.ck, &zeros, sizeof(zeros));
    cr_expect_arr_eq(&d->client.resumption, &zeros, sizeof(zeros));
}

Test(eaf_client, calls_out_of_turn_have_no_effect)
{
    struct duel *d = duel_new(S5A_METHOD_EAF);
    struct s5a_key salted = { { 1 } };
    struct s5a_writer w;
    duel_start(d);
    s5a_writer_init(&w, d->out[1], sizeof(d->out[1]));
    cr_expect_eq(s5a_eaf_client_salted(&d->client, &salted, &w), S5A_EAF_WANT_VERSION);
    cr_expect_eq(s5a_eaf_client_code(&d->client, SPAN("123456"), &w), S5A_EAF_WANT_VERSION);
    s5a_eaf_client_confirm(&d->client, &w);
    cr_expect_eq(s5a_writer_len(&w), 0);
}

Test(eaf_client, server_key_of_small_order_is_refused)
{
    static const uint8_t zero[S5A_X25519_LEN];
    struct duel *d = duel_new(S5A_METHOD_EAF);
    d->client_setup.server_key = zero;
    duel_start(d);
    cr_expect_eq(d->client.want, S5A_EAF_FAILED);
    cr_expect_eq(d->client.status, S5A_MALFORMED);
}

Test(eaf_client, code_of_another_length_ends_the_log_in)
{
    struct duel *d = duel_new(S5A_METHOD_EAF);
    struct s5a_writer w;
    d->client_setup.credentials.methods = S5A_MID_BIT(S5A_MID_TOTP);
    duel_start(d);
    duel_feed_server(d, d->to_server);
    duel_writer(d, &w);
    s5a_eaf_server_choose(&d->server, 0, &w);
    duel_feed_client(d, SPAN("\x01"));
    duel_feed_client(d, (struct s5a_span){ d->out[1], s5a_writer_len(&w) });
    s5a_writer_init(&w, d->out[0], sizeof(d->out[0]));
    cr_expect_eq(s5a_eaf_client_code(&d->client, SPAN("12345"), &w), S5A_EAF_FAILED);
    cr_expect_eq(s5a_writer_len(&w), 0);
}

/* Everything that both sides say, a byte at a time. */
Test(eaf_client, log_in_byte_by_byte_is_as_one)
{
    struct duel *d = duel_new(S5A_METHOD_EAF);
    uint8_t bytes[1024];
    duel_start(d);
    size_t len = d->to_server.len;
    memcpy(bytes, d->to_server.at, len);
    cr_expect_eq(duel_feed_server(d, (struct s5a_span){ bytes, 1 }), S5A_EAF_ASK_MESSAGE);
    for (size_t have = 1; have < len - 1; have++)
        cr_assert_eq(duel_feed_server(d, (struct s5a_span){ bytes + 1, have }),
                     S5A_EAF_ASK_MESSAGE);
    cr_assert_eq(duel_feed_server(d, (struct s5a_span){ bytes + 1, len - 1 }), S5A_EAF_ASK_LOGIN);
    duel_accept(d, 0);
    len = d->to_client.len;
    memcpy(bytes, d->to_client.at, len);
    duel_feed_client(d, SPAN("\x01"));
    for (size_t have = 0; have < len; have++)
        cr_assert_eq(duel_feed_client(d, (struct s5a_span){ bytes, have }), S5A_EAF_WANT_MESSAGE);
    cr_expect_eq(duel_feed_client(d, (struct s5a_span){ bytes, len }), S5A_EAF_ACCEPTED);
}
