/* Keys as text: lines of files, bare Base64, fingerprints, Base32. */
#include "protocol/crypto/keytext.h"

#include <criterion/criterion.h>
#include <string.h>

#include "protocol/crypto/base32.h"
#include "tests/unit/span.h"

static struct s5a_key key_of(uint8_t first)
{
    struct s5a_key key;
    for (size_t i = 0; i < sizeof key.bytes; i++)
        key.bytes[i] = (uint8_t)(first + i);
    return key;
}

#define ONE "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=" /* bytes 0, 1, 2 … */
#define TWO "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="

static size_t parse(struct s5a_key keys[static 2], const char *file)
{
    return s5a_keytext_parse(keys, 2, S5A_KEYTEXT_TICKET, span(file));
}

Test(keytext, line_is_label_and_base64)
{
    struct s5a_key key = key_of(0);
    char line[S5A_KEYTEXT_LINE_CAP];
    s5a_keytext_format(line, S5A_KEYTEXT_SERVER, &key);
    cr_expect_str_eq(line, "socks5a-server-key-1 " ONE);
    s5a_keytext_format(line, S5A_KEYTEXT_PRIVATE, &key);
    cr_expect_str_eq(line, "socks5a-private-key-1 " ONE);
    s5a_keytext_format(line, S5A_KEYTEXT_NETWORK, &key);
    cr_expect_str_eq(line, "socks5a-network-key-1 " ONE);
}

Test(keytext, keys_are_read_in_their_order)
{
    struct s5a_key keys[2], one = key_of(0), two = key_of(1);
    cr_assert_eq(parse(keys, "# newest first\n\n socks5a-ticket-key-1  " ONE " \r\n"
                             "socks5a-ticket-key-1 " TWO),
                 2);
    cr_expect_arr_eq(&keys[0], &one, sizeof one);
    cr_expect_arr_eq(&keys[1], &two, sizeof two);
}

Test(keytext, anything_else_in_a_file_is_refused)
{
    static const char *const wrong[] = {
        "",
        "\n# nothing\n",
        ONE,
        "socks5a-server-key-1 " ONE,
        "socks5a-ticket-key-1" ONE,
        "socks5a-ticket-key-1",
        "socks5a-ticket-key-1 ",
        "socks5a-ticket-key-1 AAEC",
        "socks5a-ticket-key-1 " ONE "A",
        "socks5a-ticket-key-1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=", /* bits over */
        "socks5a-ticket-key-1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        "socks5a-ticket-key-1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "socks5a-ticket-key-1 " ONE "\nnonsense",
        "socks5a-ticket-key-1 " ONE "\nsocks5a-ticket-key-1 " TWO "\nsocks5a-ticket-key-1 " ONE,
    };
    static const struct s5a_key zeros[2];
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct s5a_key keys[2] = { key_of(7), key_of(8) };
        cr_expect_eq(parse(keys, wrong[i]), 0, "%zu", i);
        cr_expect_arr_eq(keys, zeros, sizeof zeros, "%zu: something left", i);
    }
}

Test(keytext, base64_must_have_the_length_wanted)
{
    uint8_t out[4] = { 9, 9, 9, 9 };
    static const uint8_t zeros[4];
    cr_expect(s5a_base64_parse(out, 4, span("AAECAw==")));
    cr_expect_arr_eq(out, ((uint8_t[]){ 0, 1, 2, 3 }), 4);
    static const char *const wrong[] = {
        "", "AAEC", "AAECAwQ=", "AAECAw=", "AAECAw== ", "AAECAx=="
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        memset(out, 9, sizeof out);
        cr_expect_not(s5a_base64_parse(out, 4, span(wrong[i])), "%zu", i);
        cr_expect_arr_eq(out, zeros, sizeof zeros, "%zu", i);
    }
}

/* What `openssl dgst -sha256 -binary | base64` says of the bytes 0 to 31. */
Test(keytext, fingerprint_is_the_hash_of_the_key)
{
    struct s5a_key key = key_of(0);
    char out[S5A_KEYTEXT_FINGERPRINT_CAP];
    s5a_keytext_fingerprint(out, key.bytes);
    cr_expect_str_eq(out, "SHA256:Yw3NKWbEM2aRElRIu7JbT/QSpJxzLbLIq8G4WBvXEN0");
    cr_expect_eq(strlen(out) + 1, S5A_KEYTEXT_FINGERPRINT_CAP);
}

/* RFC 4648, section 10 */
static const char *const base32[][2] = {
    { "", "" },
    { "f", "MY======" },
    { "fo", "MZXQ====" },
    { "foo", "MZXW6===" },
    { "foob", "MZXW6YQ=" },
    { "fooba", "MZXW6YTB" },
    { "foobar", "MZXW6YTBOI======" },
};

Test(keytext, base32_of_the_rfc)
{
    for (size_t i = 0; i < sizeof base32 / sizeof base32[0]; i++) {
        char text[17], bytes[8];
        struct s5a_span clear = span(base32[i][0]);
        s5a_base32_format(text, clear);
        cr_expect_eq(strlen(text), S5A_BASE32_LEN(clear.len));
        cr_expect_eq(strlen(text), strcspn(base32[i][1], "="));
        cr_expect_eq(strncmp(text, base32[i][1], strlen(text)), 0, "%s", text);
        struct s5a_writer w;
        s5a_writer_init(&w, bytes, sizeof bytes);
        cr_expect(s5a_base32_parse(&w, span(base32[i][1])), "%s", base32[i][1]);
        cr_expect(s5a_span_equal((struct s5a_span){ w.begin, s5a_writer_len(&w) }, clear));
    }
}

Test(keytext, base32_as_people_type_it)
{
    char bytes[8];
    struct s5a_writer w;
    s5a_writer_init(&w, bytes, sizeof bytes);
    cr_expect(s5a_base32_parse(&w, span("mzxw 6ytb-oi")));
    cr_expect_eq(s5a_writer_len(&w), 6);
}

Test(keytext, base32_that_is_none_is_refused)
{
    static const char *const wrong[] = {
        "M", "MZX", "MZ1Q", "MZXR", "MZXW8", "MZ=Q", "MZXW6YTBOI2"
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char bytes[8];
        struct s5a_writer w;
        s5a_writer_init(&w, bytes, sizeof bytes);
        cr_expect_not(s5a_base32_parse(&w, span(wrong[i])), "%s", wrong[i]);
    }
    char small[2];
    struct s5a_writer w;
    s5a_writer_init(&w, small, sizeof small);
    cr_expect_not(s5a_base32_parse(&w, span("MZXW6")), "no room");
}
