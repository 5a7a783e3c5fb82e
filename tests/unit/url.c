/* URLs. */
#include "protocol/url.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/span.h"

static struct s5a_url parsed(struct s5a_span text)
{
    struct s5a_url url;
    cr_assert_eq(s5a_url_parse(&url, text), S5A_OK, "%.*s", (int)text.len, text.at);
    return url;
}

static void expect_malformed(struct s5a_span text)
{
    struct s5a_url url;
    cr_expect_eq(s5a_url_parse(&url, text), S5A_MALFORMED, "%.*s", (int)text.len, text.at);
    cr_expect_eq(url.port, 0);
    cr_expect_eq(url.host.text.len, 0);
}

/* "http://" and `len` bytes of host */
static struct s5a_span with_host_of(size_t len)
{
    static uint8_t text[S5A_URL_MAX + 1];
    memset(text, 'h', sizeof(text));
    memcpy(text, "http://", 7);
    return (struct s5a_span){ text, 7 + len };
}

Test(url, each_scheme_has_its_port)
{
    cr_expect_eq(parsed(SPAN("http://h")).port, 80);
    cr_expect_eq(parsed(SPAN("https://h")).port, 443);
    cr_expect_eq(parsed(SPAN("ws://h")).port, 80);
    cr_expect_eq(parsed(SPAN("wss://h")).port, 443);
    cr_expect_eq(parsed(SPAN("ftp://h")).port, 21);
    cr_expect_eq(parsed(SPAN("sftp://h")).port, 22);
}

Test(url, scheme_may_be_of_any_case)
{
    cr_expect(s5a_span_equal(parsed(SPAN("hTTpS://h")).scheme, SPAN("hTTpS")));
}

Test(url, other_schemes_are_malformed)
{
    expect_malformed(SPAN("gopher://h"));
    expect_malformed(SPAN("httpx://h"));
    expect_malformed(SPAN("htt://h"));
    expect_malformed(SPAN("://h"));
    expect_malformed(SPAN("h"));
    expect_malformed(SPAN(""));
}

Test(url, authority_needs_both_slashes)
{
    expect_malformed(SPAN("http:h"));
    expect_malformed(SPAN("http:/h"));
    expect_malformed(SPAN("http//h"));
}

Test(url, host_is_a_view)
{
    struct s5a_span text = SPAN("http://example.com/");
    struct s5a_url url = parsed(text);
    cr_expect_eq(url.host.type, S5A_ATYP_NAME);
    cr_expect_eq(url.host.text.at, text.at + 7);
    cr_expect_eq(url.host.text.len, 11);
}

Test(url, literals_are_addresses)
{
    cr_expect_eq(parsed(SPAN("http://192.0.2.7")).host.type, S5A_ATYP_IPV4);
    cr_expect_eq(parsed(SPAN("http://[2001:db8::7]")).host.type, S5A_ATYP_IPV6);
    cr_expect_eq(parsed(SPAN("http://[::ffff:192.0.2.7]")).host.type, S5A_ATYP_IPV6);
}

Test(url, brackets_hold_ipv6_alone)
{
    expect_malformed(SPAN("http://[192.0.2.7]/"));
    expect_malformed(SPAN("http://[v1.x]/"));
    expect_malformed(SPAN("http://[]/"));
    expect_malformed(SPAN("http://[::1"));
    expect_malformed(SPAN("http://[::1]x"));
    expect_malformed(SPAN("http://[::1%25eth0]/"));
}

Test(url, host_without_brackets_has_no_colon)
{
    expect_malformed(SPAN("http://2001:db8::7/"));
}

Test(url, empty_host_is_malformed)
{
    expect_malformed(SPAN("http://"));
    expect_malformed(SPAN("http:///x"));
    expect_malformed(SPAN("http://:80"));
    expect_malformed(SPAN("http://?q"));
}

Test(url, host_of_255_bytes_is_the_longest)
{
    cr_expect_eq(parsed(with_host_of(255)).host.text.len, 255);
    expect_malformed(with_host_of(256));
}

Test(url, user_info_is_malformed)
{
    expect_malformed(SPAN("http://u@h/"));
    expect_malformed(SPAN("http://u:p@h/"));
    expect_malformed(SPAN("http://@h/"));
    expect_malformed(SPAN("http://h:80@evil/"));
}

Test(url, percent_in_the_host_is_malformed)
{
    expect_malformed(SPAN("http://%68/"));
}

Test(url, port_of_the_url_holds)
{
    cr_expect_eq(parsed(SPAN("http://h:8080/")).port, 8080);
    cr_expect_eq(parsed(SPAN("http://[::1]:65535")).port, 65535);
    cr_expect_eq(parsed(SPAN("http://h:00081")).port, 81);
}

Test(url, empty_port_is_the_schemes)
{
    cr_expect_eq(parsed(SPAN("https://h:/")).port, 443);
    cr_expect_eq(parsed(SPAN("https://h:")).port, 443);
}

Test(url, ports_out_of_range_are_malformed)
{
    expect_malformed(SPAN("http://h:0"));
    expect_malformed(SPAN("http://h:000"));
    expect_malformed(SPAN("http://h:65536"));
    expect_malformed(SPAN("http://h:4294967376")); /* 80 in 32 bits */
    expect_malformed(SPAN("http://h:18446744073709551696"));
    expect_malformed(SPAN("http://h:+80"));
    expect_malformed(SPAN("http://h:80x"));
}

Test(url, path_query_and_fragment_follow)
{
    parsed(SPAN("http://h/a;b=1/@:!$&'()*+,/%C3%a9?q=/?:@#f/?"));
    parsed(SPAN("http://h?q"));
    parsed(SPAN("http://h#f"));
    parsed(SPAN("http://h:80?q#"));
}

Test(url, second_fragment_is_malformed)
{
    expect_malformed(SPAN("http://h/#a#b"));
}

Test(url, bytes_that_the_rfc_forbids_are_malformed)
{
    for (unsigned c = 0; c < 256; c++) {
        uint8_t text[] = "http://h/_?";
        text[9] = (uint8_t)c;
        bool is_forbidden = c <= 0x20 || c >= 0x7f || (strchr("\"<>\\^`{|}[]%", (int)c) != NULL);
        struct s5a_url url;
        enum s5a_status status = s5a_url_parse(&url, (struct s5a_span){ text, 11 });
        cr_expect_eq(status, is_forbidden ? S5A_MALFORMED : S5A_OK, "byte %02x", c);
    }
}

Test(url, percent_needs_two_hex_digits)
{
    expect_malformed(SPAN("http://h/%"));
    expect_malformed(SPAN("http://h/%4"));
    expect_malformed(SPAN("http://h/%4g"));
    expect_malformed(SPAN("http://h/?%zz"));
    parsed(SPAN("http://h/%4f"));
}

Test(url, longest_is_4096_bytes)
{
    struct s5a_span text = with_host_of(S5A_URL_MAX + 1 - 7);
    memcpy((uint8_t *)(uintptr_t)text.at + 7, "h/", 2);
    expect_malformed(text);
    text.len = S5A_URL_MAX;
    parsed(text);
}
