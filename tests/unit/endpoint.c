/* client/routes/endpoint: where a proxy is, from text. */
#include "client/routes/endpoint.h"

#include <criterion/criterion.h>
#include <string.h>

#include "client/word.h"

static struct s5a_endpoint endpoint(const char *text)
{
    struct s5a_endpoint parsed;
    cr_assert_eq(s5a_endpoint_parse(&parsed, s5a_word(text)), S5A_OK, "%s", text);
    return parsed;
}

static void expect(const char *text, enum s5a_atyp type, const char *shown, uint16_t port)
{
    char out[S5A_ADDRESS_TEXT_CAP];
    struct s5a_endpoint parsed = endpoint(text);
    s5a_address_format(&parsed.address, out, sizeof(out));
    cr_assert_eq(parsed.address.type, type, "%s", text);
    cr_assert_str_eq(out, shown);
    cr_assert_eq(parsed.port, port, "%s", text);
}

Test(endpoint, ipv4_with_port)
{
    expect("192.0.2.1:9050", S5A_ATYP_IPV4, "192.0.2.1", 9050);
}

Test(endpoint, ipv6_with_port_is_in_brackets)
{
    expect("[2001:db8::1]:9050", S5A_ATYP_IPV6, "2001:db8::1", 9050);
}

Test(endpoint, ipv6_with_a_scope_is_a_name)
{
    expect("[fe80::1%eth0]:9050", S5A_ATYP_NAME, "fe80::1%eth0", 9050);
    expect("[fe80::1%2]", S5A_ATYP_NAME, "fe80::1%2", 1080);
    static const char *const wrong[] = { "[fe80::1%]:1", "[name%eth0]:1",   "[192.0.2.1%eth0]:1",
                                         "[%eth0]:1",    "[fe80::1%eth0:1", "[fe80::1%a b]:1" };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct s5a_endpoint unused;
        cr_expect_eq(s5a_endpoint_parse(&unused, s5a_word(wrong[i])), S5A_MALFORMED, "%s",
                     wrong[i]);
    }
}

Test(endpoint, name_with_port)
{
    expect("proxy.example:9050", S5A_ATYP_NAME, "proxy.example", 9050);
}

Test(endpoint, port_is_1080_where_there_is_none)
{
    expect("192.0.2.1", S5A_ATYP_IPV4, "192.0.2.1", 1080);
    expect("[::1]", S5A_ATYP_IPV6, "::1", 1080);
    expect("proxy", S5A_ATYP_NAME, "proxy", 1080);
}

Test(endpoint, ports_at_both_ends)
{
    cr_assert_eq(endpoint("a:1").port, 1);
    cr_assert_eq(endpoint("a:65535").port, 65535);
}

Test(endpoint, unix_path_may_hold_colons)
{
    expect("unix:/run/a:b", S5A_ATYP_UNIX, "unix:/run/a:b", 0);
}

Test(endpoint, abstract_name)
{
    expect("unix:@proxy", S5A_ATYP_ABSTRACT, "unix:@proxy", 0);
}

Test(endpoint, what_is_none_of_the_forms_is_malformed_and_empty)
{
    static const char *const wrong[] = {
        "",     ":1080",        "a:",         "a:0",     "a:65536",     "a:x",
        "a:1 ", " a",           "a b:1",      "::1",     "2001:db8::1", "2001:db8::1:1080",
        "[::1", "[::1]1080",    "[::1]:",     "[::1]:0", "[a]:1",       "[192.0.2.1]:1",
        "[]:1", "[fe80::1%]:1", "unix:",      "unix:x",  "unix:@",      "1.2.3.256:1",
        "a/b",  "u:p@h:1",      "socks5://a", "a%62",    "a:1:2",
    };
    struct s5a_endpoint parsed;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        cr_assert_eq(s5a_endpoint_parse(&parsed, s5a_word(wrong[i])), S5A_MALFORMED, "%s",
                     wrong[i]);
        cr_assert_eq(parsed.address.type, S5A_ATYP_NONE, "%s", wrong[i]);
    }
}

/* ---- URLs ---- */

static struct s5a_proxy_url url(const char *text)
{
    struct s5a_proxy_url parsed;
    cr_assert_eq(s5a_proxy_url_parse(&parsed, s5a_word(text)), S5A_OK, "%s", text);
    return parsed;
}

Test(endpoint, url_has_three_parts)
{
    struct s5a_proxy_url parsed = url("socks5://al%20ice:se:cret@proxy.example:1081");
    cr_assert(s5a_word_is(parsed.user, "al%20ice"));
    cr_assert(s5a_word_is(parsed.password, "se:cret"));
    cr_assert(s5a_word_is(parsed.endpoint, "proxy.example:1081"));
}

Test(endpoint, url_schemes_are_four_in_any_case)
{
    static const char *const good[] = { "socks5://a", "SOCKS5H://a", "socks5a://a", "socks://a" };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        cr_assert(s5a_word_is(url(good[i]).endpoint, "a"));
}

Test(endpoint, url_without_user_info_has_no_user)
{
    cr_assert_null(url("socks5://a:1").user.at);
}

Test(endpoint, url_with_empty_user_info_has_a_user)
{
    struct s5a_proxy_url parsed = url("socks5://@a:1");
    cr_assert_not_null(parsed.user.at);
    cr_assert_eq(parsed.user.len, 0);
}

Test(endpoint, url_may_end_with_a_slash)
{
    cr_assert(s5a_word_is(url("socks5://[::1]:1/").endpoint, "[::1]:1"));
}

Test(endpoint, url_user_info_ends_at_the_last_at)
{
    struct s5a_proxy_url parsed = url("socks5://u:p@ss@host:1");
    cr_assert(s5a_word_is(parsed.password, "p@ss"));
    cr_assert(s5a_word_is(parsed.endpoint, "host:1"));
}

Test(endpoint, url_that_is_wrong_is_malformed)
{
    static const char *const wrong[] = {
        "socks4://a",
        "http://a",
        "://a",
        "socks5:/a",
        "socks5://",
        "socks5://a/path",
        "socks5://a:0",
        "socks5://a:1/@evil",
        "socks5://u@",
        "a:1",
        "socks5://a?b",
        "socks5://unix:/x",
        "socks5://u:p@unix:/x",
        "socks5://h%6Fst:1",
    };
    struct s5a_proxy_url parsed;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        cr_assert_eq(s5a_proxy_url_parse(&parsed, s5a_word(wrong[i])), S5A_MALFORMED, "%s",
                     wrong[i]);
}

Test(endpoint, is_url_wants_scheme_and_slashes)
{
    cr_assert(s5a_is_url(s5a_word("http://")));
    cr_assert_not(s5a_is_url(s5a_word("host:80")));
    cr_assert_not(s5a_is_url(s5a_word("://a")));
    cr_assert_not(s5a_is_url(s5a_word("unix:/a://b")));
}

/* ---- percent-escapes ---- */

static enum s5a_status decode(const char *text, char out[static 16])
{
    struct s5a_writer w;
    memset(out, 0, 16);
    s5a_writer_init(&w, out, 8);
    return s5a_percent_decode(&w, s5a_word(text));
}

Test(endpoint, percent_decode_undoes_escapes)
{
    char out[16];
    cr_assert_eq(decode("a%40%3A%c3%A4", out), S5A_OK);
    cr_assert_str_eq(out, "a@:\xc3\xa4");
}

Test(endpoint, percent_decode_refuses_wrong_escapes_and_nul)
{
    static const char *const wrong[] = { "%", "a%4", "%g0", "%0g", "%00", "%%41" };
    char out[16];
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        cr_assert_eq(decode(wrong[i], out), S5A_MALFORMED, "%s", wrong[i]);
}

Test(endpoint, percent_decode_stays_in_its_storage)
{
    char out[16];
    cr_assert_eq(decode("12345678", out), S5A_OK);
    cr_assert_eq(decode("123456789", out), S5A_TOO_LONG);
}
