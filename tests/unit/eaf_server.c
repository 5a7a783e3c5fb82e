/* What a server's exchange takes and refuses, beyond the vectors. */
#include "tests/unit/eaf_duel.h"

static const struct s5a_metadata none;

/* ---- versions and keys ---- */

Test(eaf_server, unknown_version_is_rejected_and_nothing_else_is_read)
{
    struct duel *d = duel_new(S5A_METHOD_EAF);
    duel_init(d);
    cr_expect_eq(duel_feed_server(d, SPAN("\x02\x01\x00")), S5A_EAF_ASK_REFUSED);
    cr_expect(s5a_span_equal(d->to_client, SPAN("\xff")));
}

Test(eaf_server, version_goes_at_once_but_under_tol_with_message_2)
{
    struct duel *d = duel_new(S5A_METHOD_AMC);
    duel_init(d);
    duel_feed_server(d, SPAN("\x01"));
    cr_expect(s5a_span_equal(d->to_client, SPAN("\x01")));
    d = duel_new(S5A_METHOD_TOL);
    duel_start(d);
    cr_expect_eq(duel_feed_server(d, d->to_server), S5A_EAF_ASK_LOGIN);
    cr_expect_eq(d->to_client.len, 0);
    duel_accept(d, 0);
    cr_expect_eq(d->to_client.len, 1 + 256);
}

Test(eaf_server, either_static_key_serves_during_a_change)
{
    for (size_t k = 0; k < 2; k++) {
        struct duel *d = duel_new(S5A_METHOD_EAF);
        d->server_setup.statics[1] = &d->statics[1];
        d->client_setup.server_key = d->statics[k].public;
        duel_start(d);
        cr_expect_eq(duel_feed_server(d, d->to_server), S5A_EAF_ASK_LOGIN);
        duel_accept(d, 0);
        cr_expect_eq(duel_feed_client(d, SPAN("\x01")), S5A_EAF_WANT_MESSAGE);
        cr_expect_eq(duel_feed_client(d, d->to_client), S5A_EAF_ACCEPTED);
    }
}

Test(eaf_server, other_network_key_is_closed_without_a_byte)
{
    static const struct s5a_key mine = { { 1 } }, yours = { { 2 } };
    struct duel *d = duel_new(S5A_METHOD_TOL);
    d->client_setup.network_key = &mine;
    d->server_setup.network_key = &yours;
    duel_start(d);
    cr_expect_eq(duel_feed_server(d, d->to_server), S5A_EAF_ASK_CLOSED);
    cr_expect_eq(d->to_client.len, 0);
}

Test(eaf_server, edited_greeting_is_closed_without_a_byte)
{
    struct duel *d = duel_new(S5A_METHOD_TOL);
    struct s5a_key e_s = { { 0, 22 } };
    duel_start(d);
    s5a_eaf_server_init(&d->server, &d->server_setup, SPAN("\x05\x02\x81\x00"), &e_s);
    cr_expect_eq(duel_feed_server(d, d->to_server), S5A_EAF_ASK_CLOSED);
    cr_expect_eq(d->to_client.len, 0);
}

/* ---- replay ---- */

Test(eaf_server, replayed_log_in_is_not_served)
{
    static uint8_t first[512], confirmation[64];
    struct duel *d = duel_new(S5A_METHOD_EAF);
    struct s5a_key other = { { 0, 23 } };
    struct s5a_writer w;
    duel_start(d);
    memcpy(first, d->to_server.at, d->to_server.len);
    struct s5a_span recorded = { first, d->to_server.len };
    duel_feed_server(d, recorded);
    cr_expect_eq(duel_accept(d, 0), S5A_EAF_ASK_CONFIRM);
    duel_feed_client(d, SPAN("\x01"));
    cr_expect_eq(duel_feed_client(d, d->to_client), S5A_EAF_ACCEPTED);
    s5a_writer_init(&w, confirmation, sizeof(confirmation));
    s5a_eaf_client_confirm(&d->client, &w);
    s5a_eaf_client_confirm(&d->client, &w);
    cr_expect_eq(s5a_writer_len(&w), S5A_EAF_MESSAGE_MIN, "once");

    s5a_eaf_server_init(&d->server, &d->server_setup, d->client_setup.greeting, &other);
    cr_expect_eq(duel_feed_server(d, recorded), S5A_EAF_ASK_LOGIN);
    cr_expect_eq(duel_accept(d, 0), S5A_EAF_ASK_CONFIRM);
    cr_expect_eq(duel_feed_server(d, (struct s5a_span){ confirmation, s5a_writer_len(&w) }),
                 S5A_EAF_ASK_CLOSED);
    cr_expect_eq(d->to_client.len, 0);
}

Test(eaf_server, confirmation_with_content_is_closed)
{
    struct duel *d = duel_new(S5A_METHOD_EAF);
    struct s5a_metadata padded = { .user = SPAN("alice") };
    duel_forge(d);
    duel_say(d, &duel_key, none);
    duel_accept(d, 0);
    cr_expect_eq(duel_say(d, NULL, padded), S5A_EAF_ASK_CLOSED);
}

/* ---- refusals ---- */

static size_t refuse(struct duel *d, uint8_t rep, const char *text)
{
    struct s5a_eaf_refusal refusal = { rep, S5A_CODE_POLICY, text, "test" };
    struct s5a_writer w;
    duel_forge(d);
    duel_say(d, &duel_key, none);
    duel_writer(d, &w);
    cr_expect_eq(s5a_eaf_server_refuse(&d->server, &refusal, &w), S5A_EAF_ASK_REFUSED);
    return s5a_writer_len(&w);
}

Test(eaf_server, wrong_credential_never_has_details)
{
    struct duel *d = duel_new(S5A_METHOD_EAF);
    d->server_setup.pad = 0;
    size_t bare = refuse(d, S5A_REP_PERMISSION_DENIED, "no such user");
    cr_expect_eq(refuse(d, S5A_REP_PERMISSION_DENIED, "wrong"), bare);
    cr_expect_eq(refuse(d, S5A_REP_FAILURE, "nor has a REP below 09"), bare);
    cr_expect_eq(refuse(d, S5A_REP_CLIENT_CONFIG, "text"), bare + 2 + 4);
}

Test(eaf_server, every_wrong_credential_gets_an_answer_of_one_length)
{
    struct duel *d = duel_new(S5A_METHOD_EAF);
    size_t first = refuse(d, S5A_REP_PERMISSION_DENIED, "wrong signature");
    struct s5a_metadata alice = { .user = SPAN("alice") }, bob = { .user = SPAN("bob") };
    const struct s5a_metadata *names[] = { &alice, &bob };
    struct s5a_eaf_refusal refusal = { .rep = S5A_REP_PERMISSION_DENIED };
    struct s5a_writer w;
    size_t lengths[2];
    cr_expect_eq(first, 128);
    for (size_t i = 0; i < 2; i++) {
        struct s5a_auth answer = duel_answer();
        duel_forge(d);
        duel_say(d, &duel_ask, *names[i]);
        duel_challenge(d);
        duel_say(d, &answer, none);
        duel_writer(d, &w);
        s5a_eaf_server_refuse(&d->server, &refusal, &w);
        lengths[i] = s5a_writer_len(&w);
    }
    cr_expect_eq(lengths[0], lengths[1]);
}

Test(eaf_server, unknown_method_is_refused_as_not_enabled)
{
    struct duel *d = duel_new(S5A_METHOD_EAF);
    uint8_t bytes[256];
    struct s5a_writer w;
    duel_forge(d);
    duel_say(d, NULL, none);
    duel_choose(d, 0);
    /* no encoder writes MID 06: change a sealed AUTH before its HMAC */
    struct s5a_eaf_keys keys;
    s5a_eaf_message_keys(&keys, &d->forger.ck, 3, &d->forger.t);
    uint8_t auth[1 + S5A_AEAD_TAG_LEN] = { 0x06 };
    static const uint8_t nonce[S5A_AEAD_NONCE_LEN];
    s5a_aead_seal(auth, 1, &keys.seal, nonce, SPAN("\x01\x00\x11\x00\x00"));
    s5a_writer_init(&w, bytes, sizeof(bytes));
    s5a_write_span(&w, SPAN("\x01\x00\x11\x00\x00"));
    s5a_write_bytes(&w, auth, sizeof(auth));
    s5a_eaf_hmac_encode(&w, &keys.mac, (struct s5a_span){ bytes, s5a_writer_len(&w) });
    struct s5a_span message = { bytes, s5a_writer_len(&w) };
    cr_expect_eq(duel_feed_server(d, message), S5A_EAF_ASK_REFUSED);
    cr_expect_eq(d->server.rep, S5A_REP_CLIENT_CONFIG);
}

Test(eaf_server, terminal_steps_absorb)
{
    struct duel *d = duel_new(S5A_METHOD_EAF);
    refuse(d, S5A_REP_TEMPORARY, NULL);
    cr_expect_eq(duel_accept(d, 0), S5A_EAF_ASK_REFUSED);
    cr_expect_eq(d->to_client.len, 0);
    cr_expect_eq(duel_feed_server(d, SPAN("\x01\x00\x00")), S5A_EAF_ASK_REFUSED);
}

Test(eaf_server, secrets_are_gone_after_the_exchange)
{
    static const struct s5a_key zeros;
    struct duel *d = duel_new(S5A_METHOD_EAF);
    duel_forge(d);
    duel_say(d, &duel_key, none);
    cr_expect_arr_eq(&d->server.ephemeral, &zeros, sizeof(zeros), "once CK_2 exists");
    cr_expect_gt(d->server.opened.auth_text[5], 0);
    s5a_eaf_server_wipe(&d->server);
    cr_expect_arr_eq(&d->server.channel.ck, &zeros, sizeof(zeros));
    cr_expect_arr_eq(d->server.opened.auth_text, &zeros, sizeof(zeros));
}
