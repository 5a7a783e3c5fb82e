/* What encoders of EAF refuse, what both sides' parameters come to, and what the vectors lack. */
#include <criterion/criterion.h>

#include "protocol/eaf/answer.h"
#include "protocol/eaf/auth.h"
#include "protocol/eaf/metadata.h"
#include "tests/unit/span.h"

static uint8_t storage[8192];
static const uint8_t zeros[5000];

static struct s5a_span zeros_of(size_t len)
{
    return (struct s5a_span){ zeros, len };
}

static bool encodes(const struct s5a_auth *auth)
{
    struct s5a_writer w;
    s5a_writer_init(&w, storage, sizeof(storage));
    s5a_auth_encode(&w, auth);
    return !w.bad;
}

static bool encodes_factor(struct s5a_factor factor)
{
    struct s5a_auth auth = { .mid = factor.mid, .count = 1, .factors = { factor } };
    return encodes(&auth);
}

Test(eaf_codec, credential_of_another_length_is_not_encoded)
{
    struct s5a_factor key = { .mid = S5A_MID_PUBLICKEY, .key = zeros_of(32) };
    key.signature = zeros_of(64);
    cr_expect(encodes_factor(key));
    key.signature.len--;
    cr_expect_not(encodes_factor(key));
    cr_expect_not(
        encodes_factor((struct s5a_factor){ .mid = S5A_MID_RESPONSE, .response = zeros_of(31) }));
    cr_expect(encodes_factor((struct s5a_factor){ .mid = S5A_MID_TOKEN, .token = zeros_of(4096) }));
    cr_expect_not(
        encodes_factor((struct s5a_factor){ .mid = S5A_MID_TOKEN, .token = zeros_of(4097) }));
}

Test(eaf_codec, code_and_user_that_cannot_be_are_not_encoded)
{
    struct s5a_factor totp = { .mid = S5A_MID_TOTP, .user = SPAN("alice"), .code = SPAN("123456") };
    cr_expect(encodes_factor(totp));
    totp.code = SPAN("12345a");
    cr_expect_not(encodes_factor(totp));
    totp.code = SPAN("123456");
    totp.user = SPAN("\xff");
    cr_expect_not(encodes_factor(totp));
}

Test(eaf_codec, method_and_count_have_to_fit)
{
    struct s5a_auth auth = { .mid = S5A_MID_ANONYMOUS };
    cr_expect_not(encodes(&auth), "none");
    auth.count = 1;
    cr_expect(encodes(&auth));
    auth.mid = S5A_MID_TOKEN;
    cr_expect_not(encodes(&auth), "another");
    auth.mid = S5A_MID_MULTI;
    cr_expect_not(encodes(&auth), "one factor");
    cr_expect_not(encodes_factor((struct s5a_factor){ .mid = 0x06 }));
}

Test(eaf_codec, unknown_method_is_told_apart_from_a_malformed_one)
{
    struct s5a_auth auth;
    cr_expect_eq(s5a_auth_decode(&auth, SPAN("\x06whatever")), S5A_UNSUPPORTED_METHOD);
    cr_expect_eq(auth.count, 0);
    cr_expect_eq(s5a_auth_decode(&auth, SPAN("\x05\x00")), S5A_MALFORMED);
}

Test(eaf_codec, unknown_method_as_a_factor_is_malformed)
{
    struct s5a_auth auth;
    cr_expect_eq(s5a_auth_decode(&auth, SPAN("\x04\x02\x00\x01\x06\x00\x04\x05\x00\x01t")),
                 S5A_MALFORMED);
}

Test(eaf_codec, ticket_as_a_factor_is_malformed)
{
    struct s5a_auth auth;
    cr_expect_eq(s5a_auth_decode(&auth, SPAN("\x04\x02\x00\x03\x05\x00\x00"
                                             "\x00\x0d\x03\x04user\x06"
                                             "123456")),
                 S5A_MALFORMED);
}

Test(eaf_codec, result_with_a_text_that_cannot_be_is_not_encoded)
{
    struct s5a_answer answer = { .rep = 0x0d, .detailed = true, .message = zeros_of(512) };
    struct s5a_writer w;
    s5a_writer_init(&w, storage, sizeof(storage));
    s5a_answer_encode(&w, &answer);
    cr_expect_not(w.bad);
    answer.message = zeros_of(513);
    s5a_answer_encode(&w, &answer);
    cr_expect(w.bad);
    s5a_writer_init(&w, storage, sizeof(storage));
    answer.message = SPAN("\xff");
    s5a_answer_encode(&w, &answer);
    cr_expect(w.bad);
}

/* ---- session parameters ---- */

Test(eaf_codec, of_two_limits_the_smaller_holds_and_none_is_the_largest)
{
    struct s5a_session_params wish = { .flags = 0x0e, .idle = 60, .lifetime = 0 };
    struct s5a_session_params policy = { .flags = 0x06, .idle = 300, .lifetime = 3600 };
    struct s5a_session_params met = s5a_session_params_meet(&wish, &policy);
    cr_expect_eq(met.flags, 0x06);
    cr_expect_eq(met.idle, 60);
    cr_expect_eq(met.lifetime, 3600);
    policy.lifetime = 0;
    cr_expect_eq(s5a_session_params_meet(&wish, &policy).lifetime, 0);
}

Test(eaf_codec, unknown_inner_type_is_ignored_but_once)
{
    struct s5a_session_params params;
    uint8_t value[12 + 8] = { 0 };
    value[12] = value[16] = 0x7f;
    value[14] = value[18] = 1;
    cr_expect_eq(s5a_session_params_decode(&params, (struct s5a_span){ value, 16 }, true), S5A_OK);
    cr_expect_eq(s5a_session_params_decode(&params, (struct s5a_span){ value, 20 }, true),
                 S5A_MALFORMED);
}

Test(eaf_codec, ticket_belongs_to_the_server)
{
    struct s5a_session_params params = { .ticket = SPAN("ticket") };
    struct s5a_writer w;
    s5a_writer_init(&w, storage, sizeof(storage));
    s5a_session_params_encode(&w, &params);
    struct s5a_span value = { storage, s5a_writer_len(&w) };
    cr_expect_eq(s5a_session_params_decode(&params, value, false), S5A_OK);
    cr_expect(s5a_span_equal(params.ticket, SPAN("ticket")));
    cr_expect_eq(s5a_session_params_decode(&params, value, true), S5A_MALFORMED);
    cr_expect_eq(params.ticket.len, 0);
    params.ticket = zeros_of(S5A_TICKET_MAX + 1);
    s5a_session_params_encode(&w, &params);
    cr_expect(w.bad);
}

/* ---- metadata: what belongs where ---- */

static enum s5a_status decode(struct s5a_span list, unsigned i, bool sealed)
{
    struct s5a_metadata metadata;
    return s5a_metadata_decode(&metadata, list, i, sealed);
}

Test(eaf_codec, known_types_are_malformed_elsewhere)
{
    struct s5a_span padding = SPAN("\x82\x00\x00"), next = SPAN("\x06\x00\x01\x00");
    struct s5a_span user = SPAN("\x04\x00\x02\x02u"), ticket = SPAN("\x04\x00\x02\x01t");
    struct s5a_span nested = SPAN("\x80\x00\x10"
                                  "0123456789abcdef");
    cr_expect_eq(decode(padding, 3, true), S5A_OK);
    cr_expect_eq(decode(padding, 3, false), S5A_MALFORMED);
    cr_expect_eq(decode(next, 4, true), S5A_OK);
    cr_expect_eq(decode(next, 3, true), S5A_MALFORMED, "from the client");
    cr_expect_eq(decode(next, 4, false), S5A_MALFORMED, "in clear");
    cr_expect_eq(decode(user, 3, true), S5A_OK);
    cr_expect_eq(decode(user, 3, false), S5A_MALFORMED, "in clear");
    cr_expect_eq(decode(user, 4, true), S5A_MALFORMED, "from the server");
    cr_expect_eq(decode(ticket, 3, false), S5A_MALFORMED, "after message 1");
    cr_expect_eq(decode(ticket, 1, true), S5A_MALFORMED, "sealed");
    cr_expect_eq(decode(nested, 3, false), S5A_OK);
    cr_expect_eq(decode(nested, 3, true), S5A_MALFORMED, "80 in 80");
}

Test(eaf_codec, unknown_kind_of_context_is_ignored_but_not_an_empty_one)
{
    cr_expect_eq(decode(SPAN("\x04\x00\x02\x7fx"), 3, false), S5A_OK);
    cr_expect_eq(decode(SPAN("\x04\x00\x02\x7fx"), 4, true), S5A_OK);
    cr_expect_eq(decode(SPAN("\x04\x00\x00"), 3, false), S5A_MALFORMED);
}

Test(eaf_codec, user_name_that_is_not_text_is_malformed)
{
    cr_expect_eq(decode(SPAN("\x04\x00\x03\x02\xc3\xab"), 1, true), S5A_OK);
    cr_expect_eq(decode(SPAN("\x04\x00\x02\x02\xc3"), 1, true), S5A_MALFORMED);
}
