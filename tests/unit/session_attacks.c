/* What others may do to a session that logs in by EAF: it fails closed, and says nothing more. */
#include "tests/unit/login_lab.h"

#include <errno.h>

/* Nothing of a credential or a request has reached the server, and nothing waits to. */
static void expect_silence(struct login_lab *lab)
{
    cr_assert_eq(lab->requests, 0);
    cr_assert_neq(s5a_session_errno(&lab->session), 0);
    cr_assert_eq(s5a_session_output(&lab->session).len, 0);
    cr_assert_eq(s5a_session_want(&lab->session), 0);
}

Test(session_attacks, server_with_another_key_closes_and_that_is_said)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    lab->login.server_key[0] ^= 1;
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    cr_assert_eq(lab->server.ask, S5A_EAF_ASK_CLOSED);
    s5a_session_eof(&lab->session);
    LOGIN_LAB_ENDS(lab, WRONG_KEY);
    expect_silence(lab);
    login_lab_free(lab);
}

Test(session_attacks, another_network_key_looks_the_same)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    lab->login.has_network_key = true;
    lab->login.network_key = (struct s5a_key){ { 3 } };
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    s5a_session_eof(&lab->session);
    LOGIN_LAB_ENDS(lab, WRONG_KEY);
    login_lab_free(lab);
}

/* A man in the middle who answers by a key of his own: he cannot make message 2's HMAC. */
Test(session_attacks, forged_answer_is_refused)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    struct s5a_eaf_static own = { .secret = { { 0, 99 } } };
    struct s5a_writer w;
    struct s5a_metadata clear = { .has_capabilities = true, .capabilities = 0x9e7f };
    struct s5a_answer answer = { .rep = 0 };
    struct s5a_eaf_channel channel = { .count = 1 };
    s5a_x25519_public(own.public, &own.secret);
    clear.epk = (struct s5a_span){ own.public, sizeof own.public };
    login_lab_start(lab);
    s5a_session_sent(&lab->session, s5a_session_output(&lab->session).len);
    s5a_writer_init(&w, lab->out, sizeof lab->out);
    s5a_write_bytes(&w, "\x05\x80\x01", 3);
    struct s5a_eaf_draft draft = { .answer = &answer, .metadata = clear };
    cr_assert_eq(s5a_eaf_compose(&channel, &draft, &w), S5A_OK);
    lab->out_len = s5a_writer_len(&w);
    while (login_lab_deliver(lab, SIZE_MAX))
        ;
    LOGIN_LAB_ENDS(lab, FORGED);
    expect_silence(lab);
    login_lab_free(lab);
}

Test(session_attacks, weaker_method_selected_is_refused)
{
    static const uint8_t others[] = { 0x00, 0x02, 0x81, 0x82, 0x01 };
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    login_lab_set_password(lab);
    for (size_t i = 0; i < sizeof others; i++) {
        lab->selects = others[i];
        login_lab_start(lab);
        login_lab_run(lab, SIZE_MAX);
        LOGIN_LAB_ENDS(lab, NOT_OFFERED);
        expect_silence(lab);
    }
    login_lab_free(lab);
}

Test(session_attacks, nothing_acceptable_is_the_end)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    lab->selects = S5A_METHOD_REJECTED;
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    LOGIN_LAB_ENDS(lab, NO_METHOD);
    expect_silence(lab);
    login_lab_free(lab);
}

/* Another offer than the client's in the transcript of the server: an edited greeting. */
Test(session_attacks, edited_offer_breaks_the_first_message)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    struct s5a_key ephemeral = { { 0, 22 } };
    struct s5a_reader r;
    struct s5a_writer w;
    login_lab_start(lab);
    struct s5a_span sent = s5a_session_output(&lab->session);
    s5a_eaf_server_init(&lab->server, &lab->setup, SPAN("\x05\x02\x80\x02"), &ephemeral);
    s5a_reader_init(&r, sent.at + 3, sent.len - 3);
    s5a_writer_init(&w, lab->out, sizeof lab->out);
    cr_assert_eq(s5a_eaf_server_feed(&lab->server, &r, &w), S5A_EAF_ASK_CLOSED);
    login_lab_free(lab);
}

Test(session_attacks, own_messages_sent_back_are_refused)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    login_lab_start(lab);
    struct s5a_span sent = s5a_session_output(&lab->session);
    memcpy(lab->out, "\x05\x80", 2);
    memcpy(lab->out + 2, sent.at + 3, sent.len - 3);
    lab->out_len = sent.len - 1;
    s5a_session_sent(&lab->session, sent.len);
    while (login_lab_deliver(lab, SIZE_MAX))
        ;
    cr_assert(s5a_session_over(&lab->session));
    expect_silence(lab);
    login_lab_free(lab);
}

Test(session_attacks, cut_at_every_byte_is_never_a_success)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    for (size_t cut = 0;; cut++) {
        size_t left = cut;
        login_lab_start(lab);
        for (;;) {
            size_t before = lab->out_from;
            login_lab_serve(lab);
            if (!login_lab_deliver(lab, left))
                break;
            left -= lab->out_from - before;
        }
        if (s5a_session_over(&lab->session))
            break;
        s5a_session_eof(&lab->session);
        cr_assert_neq(s5a_session_errno(&lab->session), 0, "cut at %zu", cut);
    }
    login_lab_free(lab);
}

Test(session_attacks, any_flipped_bit_of_the_log_in_is_refused)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    login_lab_start(lab);
    login_lab_serve(lab);
    size_t whole = lab->out_len;
    for (size_t at = 0; at < whole; at++) {
        login_lab_start(lab);
        login_lab_serve(lab);
        lab->out[at] ^= 0x04;
        while (login_lab_deliver(lab, SIZE_MAX))
            ;
        if (!s5a_session_over(&lab->session)) /* a longer message, which never comes */
            s5a_session_eof(&lab->session);
        cr_assert_neq(s5a_session_status(&lab->session), S5A_OK, "byte %zu", at);
        expect_silence(lab);
    }
    login_lab_free(lab);
}

Test(session_attacks, costly_challenges_are_refused)
{
    static const uint32_t costs[][2] = { { 9, 19456 },     { 2, 262145 }, { 1, 19456 },
                                         { 2, 19455 },     { 0, 0 },      { UINT32_MAX, 19456 },
                                         { 2, UINT32_MAX } };
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    login_lab_without_key(lab);
    login_lab_set_password(lab);
    for (size_t i = 0; i < sizeof costs / sizeof *costs; i++) {
        lab->challenge.ops = costs[i][0];
        lab->challenge.mem_kib = costs[i][1];
        login_lab_start(lab);
        login_lab_run(lab, SIZE_MAX);
        LOGIN_LAB_ENDS(lab, BAD_CHALLENGE);
        expect_silence(lab);
    }
    login_lab_free(lab);
}

Test(session_attacks, server_without_the_verifier_cannot_accept)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    login_lab_without_key(lab);
    login_lab_set_password(lab);
    lab->alice.server.bytes[0] ^= 1;
    login_lab_start(lab);
    login_lab_run(lab, SIZE_MAX);
    LOGIN_LAB_ENDS(lab, BAD_PROOF);
    expect_silence(lab);
    login_lab_free(lab);
}

Test(session_attacks, oversized_lengths_are_refused_at_the_head)
{
    static const char *const heads[] = { "\x05\x80\x01\x01\x40\x01\x00\x00",
                                         "\x05\x80\x01\x01\x00\x20\x40\x01",
                                         "\x05\x80\x01\x01\x00\x05\x00\x05" };
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        login_lab_start(lab);
        s5a_session_sent(&lab->session, s5a_session_output(&lab->session).len);
        memcpy(lab->out, heads[i], 8);
        lab->out_len = 8;
        while (login_lab_deliver(lab, SIZE_MAX))
            ;
        LOGIN_LAB_ENDS(lab, MALFORMED);
        expect_silence(lab);
    }
    login_lab_free(lab);
}

Test(session_attacks, largest_lengths_fit)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    login_lab_start(lab);
    s5a_session_sent(&lab->session, s5a_session_output(&lab->session).len);
    memset(lab->out, 0, S5A_EXCHANGE_IN_CAP);
    memcpy(lab->out, "\x05\x80\x01\x01\x40\x00\x40\x00", 8);
    lab->out_len = S5A_EXCHANGE_IN_CAP;
    while (login_lab_deliver(lab, S5A_SESSION_IN_CAP))
        ;
    cr_assert(s5a_session_over(&lab->session));
    expect_silence(lab);
    login_lab_free(lab);
}

Test(session_attacks, other_version_of_EAF)
{
    struct login_lab *lab = login_lab_new(S5A_METHOD_EAF);
    login_lab_start(lab);
    s5a_session_sent(&lab->session, s5a_session_output(&lab->session).len);
    memcpy(lab->out, "\x05\x80\xff", 3);
    lab->out_len = 3;
    while (login_lab_deliver(lab, SIZE_MAX))
        ;
    LOGIN_LAB_ENDS(lab, BAD_VERSION);
    login_lab_free(lab);
}
