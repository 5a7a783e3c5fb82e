/* Addresses: texts of people, and what the vectors leave out of the wire. */
#include "protocol/address.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/span.h"

static struct s5a_address parsed(struct s5a_span text)
{
    struct s5a_address address;
    cr_assert_eq(s5a_address_parse(&address, text), S5A_OK, "%.*s", (int)text.len, text.at);
    return address;
}

static void expect_refused(struct s5a_span text)
{
    struct s5a_address address;
    cr_expect_eq(s5a_address_parse(&address, text), S5A_MALFORMED, "%.*s", (int)text.len, text.at);
    cr_expect_eq(address.type, S5A_ATYP_NONE);
}

static void expect_format(const struct s5a_address *address, const char *expected)
{
    char out[S5A_ADDRESS_TEXT_CAP];
    size_t len = s5a_address_format(address, out, sizeof(out));
    cr_expect_str_eq(out, expected);
    cr_expect_eq(len, strlen(expected));
}

static bool is_encodable(enum s5a_atyp type, struct s5a_span text)
{
    static uint8_t out[S5A_ADDRESS_MAX];
    struct s5a_address address = { .type = type, .text = text };
    struct s5a_writer w;
    s5a_writer_init(&w, out, sizeof(out));
    s5a_address_encode(&w, &address);
    return !w.bad;
}

static uint8_t long_text[S5A_NAME_MAX + 1];

static struct s5a_span text_of(size_t len)
{
    memset(long_text, '/', sizeof(long_text));
    return (struct s5a_span){ long_text, len };
}

/* ---- parse ---- */

Test(address, dotted_quad_is_ipv4)
{
    struct s5a_address address = parsed(SPAN("192.0.2.1"));
    cr_expect_eq(address.type, S5A_ATYP_IPV4);
    cr_expect_arr_eq(address.ip, ((uint8_t[16]){ 192, 0, 2, 1 }), 16);
    cr_expect_eq(address.text.len, 0);
}

Test(address, colons_are_ipv6)
{
    struct s5a_address address = parsed(SPAN("2001:db8::1"));
    cr_expect_eq(address.type, S5A_ATYP_IPV6);
    cr_expect_arr_eq(address.ip, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16);
}

Test(address, brackets_hold_ipv6_alone)
{
    cr_expect_eq(parsed(SPAN("[::1]")).type, S5A_ATYP_IPV6);
    expect_refused(SPAN("[127.0.0.1]"));
    expect_refused(SPAN("[example.com]"));
    expect_refused(SPAN("[::1"));
    expect_refused(SPAN("[::1]x"));
    expect_refused(SPAN("[]"));
    expect_refused(SPAN("["));
}

Test(address, longest_ipv6_text_is_read)
{
    struct s5a_address address = parsed(SPAN("2001:0db8:0000:0000:0000:ffff:192.168.100.200"));
    cr_expect_eq(address.type, S5A_ATYP_IPV6);
}

Test(address, half_a_quad_is_a_name)
{
    cr_expect_eq(parsed(SPAN("192.0.2")).type, S5A_ATYP_NAME);
    cr_expect_eq(parsed(SPAN("192.0.2.256")).type, S5A_ATYP_NAME);
    cr_expect_eq(parsed(SPAN("0x7f.1")).type, S5A_ATYP_NAME);
}

Test(address, name_is_a_view_of_the_text)
{
    struct s5a_span text = SPAN("example.com");
    struct s5a_address address = parsed(text);
    cr_expect_eq(address.type, S5A_ATYP_NAME);
    cr_expect_eq(address.text.at, text.at);
    cr_expect_eq(address.text.len, text.len);
}

Test(address, unix_prefix_gives_path_or_abstract_name)
{
    struct s5a_address path = parsed(SPAN("unix:/run/x.sock"));
    struct s5a_address abstract = parsed(SPAN("unix:@x"));
    cr_expect_eq(path.type, S5A_ATYP_UNIX);
    cr_expect(s5a_span_equal(path.text, SPAN("/run/x.sock")));
    cr_expect_eq(abstract.type, S5A_ATYP_ABSTRACT);
    cr_expect(s5a_span_equal(abstract.text, SPAN("x")));
}

Test(address, text_that_cannot_be_sent_is_malformed)
{
    expect_refused(SPAN(""));
    expect_refused(SPAN("a\0b"));
    expect_refused(SPAN("127.0.0.1\0"));
    expect_refused(SPAN("unix:relative"));
    expect_refused(SPAN("unix:"));
    expect_refused(SPAN("unix:@"));
    expect_refused(text_of(256));
}

Test(address, name_of_255_bytes_is_read)
{
    cr_expect_eq(parsed(text_of(255)).text.len, 255);
}

/* ---- format ---- */

Test(address, ips_are_formatted_without_brackets)
{
    struct s5a_address v4 = s5a_address_ipv4((const uint8_t[4]){ 127, 0, 0, 1 });
    struct s5a_address v6 = s5a_address_ipv6((const uint8_t[16]){ [15] = 1 });
    expect_format(&v4, "127.0.0.1");
    expect_format(&v6, "::1");
}

Test(address, none_has_a_word)
{
    struct s5a_address none = s5a_address_none();
    expect_format(&none, "none");
}

Test(address, format_of_texts_parses_back)
{
    struct s5a_address path = parsed(SPAN("unix:/run/x.sock"));
    struct s5a_address abstract = parsed(SPAN("unix:@x"));
    struct s5a_address name = parsed(SPAN("example.com"));
    expect_format(&path, "unix:/run/x.sock");
    expect_format(&abstract, "unix:@x");
    expect_format(&name, "example.com");
}

Test(address, hostile_name_is_escaped)
{
    struct s5a_address name = { .type = S5A_ATYP_NAME, .text = SPAN("a\x1b[2J\n\xc3\xa9\\") };
    expect_format(&name, "a\\x1b[2J\\x0a\\xc3\\xa9\\x5c");
}

Test(address, longest_hostile_text_fits_the_capacity)
{
    uint8_t text[S5A_NAME_MAX];
    char out[S5A_ADDRESS_TEXT_CAP];
    memset(text, 0xff, sizeof(text));
    struct s5a_address abstract = { .type = S5A_ATYP_ABSTRACT, .text = { text, sizeof(text) } };
    cr_expect_eq(s5a_address_format(&abstract, out, sizeof(out)), 6 + 4 * S5A_NAME_MAX);
}

Test(address, format_is_cut_to_the_capacity)
{
    struct s5a_address name = { .type = S5A_ATYP_NAME, .text = SPAN("abc\ndef") };
    char out[8];
    memset(out, 'z', sizeof(out));
    cr_expect_eq(s5a_address_format(&name, out, 7), 3); /* no half of an escape */
    cr_expect_str_eq(out, "abc");
    cr_expect_eq(s5a_address_format(&name, out, 3), 2);
    cr_expect_str_eq(out, "ab");
    cr_expect_eq(s5a_address_format(&name, out, 1), 0);
    cr_expect_str_eq(out, "");
    cr_expect_eq(out[7], 'z');
}

Test(address, format_without_capacity_writes_nothing)
{
    struct s5a_address none = s5a_address_none();
    char out = 'z';
    cr_expect_eq(s5a_address_format(&none, &out, 0), 0);
    cr_expect_eq(out, 'z');
}

/* ---- literals and equality ---- */

Test(address, literal_in_a_name_becomes_the_address)
{
    struct s5a_address v4 = { .type = S5A_ATYP_NAME, .text = SPAN("127.0.0.1") };
    struct s5a_address v6 = { .type = S5A_ATYP_NAME, .text = SPAN("::1") };
    s5a_address_resolve_literal(&v4);
    s5a_address_resolve_literal(&v6);
    cr_expect_eq(v4.type, S5A_ATYP_IPV4);
    cr_expect_eq(v4.text.len, 0);
    cr_expect_eq(v6.type, S5A_ATYP_IPV6);
}

Test(address, other_names_and_paths_stay)
{
    struct s5a_address name = { .type = S5A_ATYP_NAME, .text = SPAN("127.0.0.1.example") };
    struct s5a_address abstract = { .type = S5A_ATYP_ABSTRACT, .text = SPAN("127.0.0.1") };
    s5a_address_resolve_literal(&name);
    s5a_address_resolve_literal(&abstract);
    cr_expect_eq(name.type, S5A_ATYP_NAME);
    cr_expect_eq(abstract.type, S5A_ATYP_ABSTRACT);
}

Test(address, equality_looks_at_type_and_bytes)
{
    struct s5a_address a = parsed(SPAN("192.0.2.1")), b = parsed(SPAN("192.0.2.1"));
    struct s5a_address c = parsed(SPAN("192.0.2.2")), d = parsed(SPAN("h")), e = parsed(SPAN("i"));
    struct s5a_address f = parsed(SPAN("unix:@h"));
    cr_expect(s5a_address_equal(&a, &b));
    cr_expect_not(s5a_address_equal(&a, &c));
    cr_expect_not(s5a_address_equal(&d, &e));
    cr_expect_not(s5a_address_equal(&d, &f));
}

/* ---- wire; the vectors have the rest ---- */

Test(address, type_that_is_not_allowed_is_unsupported_before_more_is_there)
{
    struct s5a_address address;
    struct s5a_reader r;
    s5a_reader_init(&r, "\x04", 1);
    cr_expect_eq(s5a_address_decode(&r, S5A_ATYP_BIT(S5A_ATYP_IPV4), &address),
                 S5A_UNSUPPORTED_ADDRESS);
}

Test(address, type_bytes_without_a_meaning_are_unsupported_even_where_all_are_allowed)
{
    for (unsigned type = 2; type < 256; type = type == 2 ? 8 : type + 1) {
        uint8_t byte = (uint8_t)type;
        struct s5a_address address;
        struct s5a_reader r;
        s5a_reader_init(&r, &byte, 1);
        cr_expect_eq(s5a_address_decode(&r, ~0u, &address), S5A_UNSUPPORTED_ADDRESS, "%u", type);
    }
}

Test(address, texts_that_no_peer_would_take_are_not_encodable)
{
    cr_expect_not(is_encodable(S5A_ATYP_NAME, SPAN("")));
    cr_expect_not(is_encodable(S5A_ATYP_NAME, SPAN("a\0b")));
    cr_expect_not(is_encodable(S5A_ATYP_NAME, text_of(256)));
    cr_expect_not(is_encodable(S5A_ATYP_UNIX, SPAN("relative")));
    cr_expect_not(is_encodable(S5A_ATYP_ABSTRACT, SPAN("\0a")));
    cr_expect_not(is_encodable(S5A_ATYP_URL, SPAN("gopher://h")));
    cr_expect_not(is_encodable((enum s5a_atyp)2, SPAN("a")));
}

Test(address, longest_texts_are_encodable)
{
    static uint8_t url[S5A_URL_MAX];
    memset(url, 'x', sizeof(url));
    memcpy(url, "http://h/", 9);
    cr_expect(is_encodable(S5A_ATYP_NAME, text_of(255)));
    cr_expect(is_encodable(S5A_ATYP_UNIX, text_of(255)));
    cr_expect(is_encodable(S5A_ATYP_URL, (struct s5a_span){ url, sizeof(url) }));
}
