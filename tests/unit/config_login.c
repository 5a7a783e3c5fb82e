/* What a section [proxy] says of log-ins by EAF. */
#include "protocol/crypto/keytext.h"
#include "protocol/greeting.h"
#include "tests/unit/config_lab.h"

TestSuite(config_login, .init = lab_make_dir, .fini = lab_remove_dir);

#define A "[proxy a]\naddress = a:1\n"
#define KEY "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static char text[2048];

static const char *with_file(const char *key, const char *content, mode_t mode)
{
    snprintf(text, sizeof text, A "user = alice\npassword = x\n%s = %s\n", key,
             lab_write("f", content, mode));
    return text;
}

static void expect_failure(const char *config, const char *part)
{
    cr_assert_not_null(strstr(lab_fail(config), part), "%s", lab_error);
}

Test(config_login, server_key_makes_81_the_only_offer)
{
    struct s5a_config *config = lab_load(A "server_key = " KEY "\n");
    const struct s5a_proxy *proxy = config->proxies;
    cr_assert_eq(s5a_proxy_eaf_method(proxy), S5A_METHOD_TOL);
    cr_assert(proxy->login->has_server_key);
    cr_assert_eq(proxy->login->server_key[0], 1);
    cr_assert_eq(proxy->login->known, S5A_KNOWN_STRICT);
    s5a_config_free(config);
}

Test(config_login, password_alone_stays_with_02)
{
    struct s5a_config *config = lab_load(A "user = a\npassword = b\n");
    cr_assert_eq(s5a_proxy_eaf_method(config->proxies), -1);
    s5a_config_free(config);
}

Test(config_login, methods_by_name)
{
    struct s5a_config *config = lab_load(
        A "method = chain\ntol = off\n[proxy b]\naddress = b:1\nmethod = eaf\ntol = off\n");
    cr_assert_eq(s5a_proxy_eaf_method(config->proxies), S5A_METHOD_AMC);
    cr_assert_eq(s5a_proxy_eaf_method(config->proxies->next), S5A_METHOD_EAF);
    s5a_config_free(config);
}

Test(config_login, weaker_methods_beside_keys_are_an_error)
{
    expect_failure(A "server_key = " KEY "\nmethod = none\n", "expected method = eaf or chain");
    expect_failure(A "server_key = " KEY "\nmethod = password\nuser = a\npassword = b\n",
                   "expected method = eaf or chain");
}

Test(config_login, server_key_that_is_none)
{
    expect_failure(A "server_key = abc\n", "F:3: server_key = \"abc\", expected 44 characters");
}

Test(config_login, files_are_read)
{
    char line[S5A_KEYTEXT_LINE_CAP];
    struct s5a_key seed = { { 3 } };
    s5a_keytext_format(line, S5A_KEYTEXT_PRIVATE, &seed);
    struct s5a_config *config = lab_load(with_file("key", line, 0600));
    cr_assert(config->proxies->login->has_key);
    s5a_config_free(config);
    s5a_keytext_format(line, S5A_KEYTEXT_NETWORK, &seed);
    config = lab_load(with_file("network_key", line, 0400));
    cr_assert(config->proxies->login->has_network_key);
    s5a_config_free(config);
    config = lab_load(with_file("token", "a token\n", 0600));
    cr_assert_eq(config->proxies->login->token_len, 7);
    s5a_config_free(config);
    config = lab_load(with_file("totp", "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ\n", 0600));
    cr_assert_eq(config->proxies->login->totp_len, 20);
    cr_assert_arr_eq(config->proxies->login->totp, "12345678901234567890", 20);
    s5a_config_free(config);
}

Test(config_login, files_that_others_may_read_are_refused)
{
    static const char *const keys[] = { "key", "network_key", "token", "totp" };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        expect_failure(with_file(keys[i], "x", 0640), "with mode 0600");
}

Test(config_login, files_with_something_else_are_refused)
{
    expect_failure(with_file("key", "x", 0600), "neither a line of socks5a-keygen nor");
    expect_failure(with_file("network_key", "x", 0600), "expected one line of socks5a-keygen");
    expect_failure(with_file("token", "", 0600), "expected a token of 1 to 4096 bytes");
    expect_failure(with_file("totp", "a1", 0600), "in Base32");
    expect_failure(A "key = /nonexistent/key\n", "No such file");
}

Test(config_login, factors_and_ask)
{
    snprintf(text, sizeof text, A "user = a\nask = totp password\nfactors = password totp\n");
    struct s5a_config *config = lab_load(text);
    cr_assert_eq(config->proxies->login->asked,
                 S5A_MID_BIT(S5A_MID_RESPONSE) | S5A_MID_BIT(S5A_MID_TOTP));
    cr_assert_eq(config->proxies->login->factors, config->proxies->login->asked);
    s5a_config_free(config);
    expect_failure(A "factors = key\n", "two or more of");
    expect_failure(A "factors = key key\n", "two or more of");
    expect_failure(A "factors = key totp\n", "with a word in factors");
    expect_failure(A "ask = key\n", "password, totp or both");
    expect_failure(A "ask = totp\n", "expected a user too");
}

Test(config_login, user_without_anything_is_no_anonymous_log_in)
{
    expect_failure(A "method = eaf\nuser = a\n", "with a user alone");
    expect_failure(A "server_key = " KEY "\nuser = a\n", "with a user alone");
}

Test(config_login, known_servers)
{
    struct s5a_config *config = lab_load(A "known_servers = accept-new\nsecrets_to_new = yes\n");
    cr_assert_eq(config->proxies->login->known, S5A_KNOWN_ACCEPT);
    cr_assert(config->proxies->login->secrets_to_new);
    s5a_config_free(config);
    expect_failure(A "known_servers = all\n", "strict, accept-new or ask");
}
