/* What a session sends: what can be sent at all, and no password left behind. */
#include "client/session/output.h"

#include "tests/unit/session_lab.h"

static enum s5a_status status_of(struct s5a_address address, enum s5a_method_policy methods,
                                 bool credentials)
{
    struct s5a_proxy proxy;
    struct s5a_session session;
    struct s5a_target target = { .address = address, .port = 80 };
    lab_set_proxy(&proxy, methods, credentials);
    s5a_session_init(&session, &proxy, &target, false, DEADLINE);
    if (s5a_session_over(&session))
        cr_assert_eq(s5a_session_output(&session).len, 0);
    return s5a_session_status(&session);
}

static struct s5a_address text_address(enum s5a_atyp type, struct s5a_span text)
{
    return (struct s5a_address){ .type = type, .text = text };
}

Test(session_output, targets_that_legacy_proxies_lack_fail_at_once)
{
    static const struct {
        enum s5a_atyp type;
        const char *text;
    } lacking[] = { { S5A_ATYP_UNIX, "/run/socket" },
                    { S5A_ATYP_ABSTRACT, "name" },
                    { S5A_ATYP_NONE, "" } };
    for (size_t i = 0; i < sizeof lacking / sizeof *lacking; i++) {
        struct s5a_address address = text_address(lacking[i].type, span(lacking[i].text));
        cr_assert_eq(status_of(address, S5A_METHODS_AUTO, false), S5A_UNSUPPORTED_ADDRESS);
    }
}

Test(session_output, url_is_asked_of_a_legacy_proxy_as_host_and_port)
{
    struct lab_replay r;
    struct s5a_target target = { text_address(S5A_ATYP_URL, span("http://192.0.2.1/index")), 0 };
    lab_set_proxy(&r.proxy, S5A_METHODS_AUTO, false);
    s5a_session_init(&r.session, &r.proxy, &target, true, DEADLINE);
    r.sent_len = 0;
    lab_drain(&r);
    static const uint8_t expected[] = { GREET_NONE, ASK4 };
    cr_assert_eq(r.sent_len, sizeof expected);
    cr_assert_arr_eq(r.sent, expected, sizeof expected);
}

Test(session_output, names_that_cannot_be_sent_fail_at_once)
{
    static const uint8_t long_name[256] = { [0 ... 255] = 'a' };
    static const uint8_t nul[] = { 'a', 0, 'b' };
    struct s5a_address too_long =
        text_address(S5A_ATYP_NAME, (struct s5a_span){ long_name, sizeof long_name });
    struct s5a_address with_nul = text_address(S5A_ATYP_NAME, (struct s5a_span){ nul, sizeof nul });
    struct s5a_address empty = text_address(S5A_ATYP_NAME, span(""));
    cr_assert_eq(status_of(too_long, S5A_METHODS_AUTO, false), S5A_TOO_LONG);
    cr_assert_eq(status_of(with_nul, S5A_METHODS_AUTO, false), S5A_MALFORMED);
    cr_assert_eq(status_of(empty, S5A_METHODS_AUTO, false), S5A_MALFORMED);
}

Test(session_output, password_method_without_credentials_fails_at_once)
{
    struct s5a_address address = lab_target_of("192.0.2.1").address;
    cr_assert_eq(status_of(address, S5A_METHODS_PASSWORD, false), S5A_NO_CREDENTIALS);
}

Test(session_output, longest_credentials_and_name_fit_in_one_output)
{
    char user[256], name[256];
    memset(user, 'u', 255);
    memset(name, 'n', 255);
    user[255] = name[255] = '\0';
    struct s5a_proxy proxy = { .name = user, .user = user, .methods = S5A_METHODS_PASSWORD };
    struct s5a_target target = lab_target_of(name);
    struct s5a_session session;
    cr_assert(s5a_secret_set(&proxy.password, span(user)));
    s5a_session_init(&session, &proxy, &target, true, DEADLINE);
    cr_assert_eq(s5a_session_output(&session).len, 3 + 513 + 4 + 1 + 255 + 2);
}

Test(session_output, user_name_too_long_for_its_field_fails_at_once)
{
    char user[257];
    memset(user, 'u', 256);
    user[256] = '\0';
    struct s5a_proxy proxy = { .name = user, .user = user };
    struct s5a_target target = lab_target_of("host");
    struct s5a_session session;
    s5a_session_init(&session, &proxy, &target, false, DEADLINE);
    cr_assert_eq(s5a_session_status(&session), S5A_TOO_LONG);
}

Test(session_output, name_that_is_an_address_is_sent_as_address)
{
    struct lab_replay r;
    struct s5a_target target = { text_address(S5A_ATYP_NAME, span("192.0.2.1")), 80 };
    lab_set_proxy(&r.proxy, S5A_METHODS_AUTO, false);
    s5a_session_init(&r.session, &r.proxy, &target, true, DEADLINE);
    r.sent_len = 0;
    lab_drain(&r);
    static const uint8_t expected[] = { GREET_NONE, ASK4 };
    cr_assert_eq(r.sent_len, sizeof expected);
    cr_assert_arr_eq(r.sent, expected, sizeof expected);
}

/* ---- the password ---- */

static bool holds_password(const struct s5a_session *session)
{
    return memmem(session, sizeof *session, PASSWORD, strlen(PASSWORD)) != NULL;
}

Test(session_output, password_is_gone_once_it_is_sent)
{
    struct lab_replay r;
    lab_begin(&r, &lab_transcripts[6]);
    cr_assert(holds_password(&r.session));
    lab_drain(&r);
    cr_assert_not(holds_password(&r.session));
    lab_begin(&r, &lab_transcripts[7]);
    lab_deliver(&r, BYTES(5, 2));
    cr_assert_not(holds_password(&r.session));
}

Test(session_output, password_is_gone_when_it_fails_unsent)
{
    struct lab_replay r;
    lab_begin(&r, &lab_transcripts[6]);
    s5a_session_expire(&r.session, DEADLINE);
    cr_assert_not(holds_password(&r.session));
}

Test(session_output, wipe_leaves_no_password_and_keeps_the_end)
{
    struct lab_replay r;
    lab_begin(&r, &lab_transcripts[5]);
    s5a_session_feed(&r.session, BYTES(5, 2));
    cr_assert(holds_password(&r.session));
    s5a_session_wipe(&r.session);
    cr_assert_not(holds_password(&r.session));
    lab_begin(&r, &lab_transcripts[18]);
    lab_deliver(&r, lab_transcripts[18].server, lab_transcripts[18].server_len);
    s5a_session_wipe(&r.session);
    cr_assert_eq(s5a_session_errno(&r.session), ECONNREFUSED);
}
