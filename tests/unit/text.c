/* UTF-8 and escapes. */
#include "protocol/text.h"

#include <criterion/criterion.h>

#include "tests/unit/span.h"

static void expect_escaped(struct s5a_span text, struct s5a_span shown)
{
    uint8_t out[64];
    struct s5a_writer w;
    s5a_writer_init(&w, out, sizeof(out));
    s5a_text_escape(&w, text);
    cr_expect_not(w.bad);
    cr_expect(s5a_span_equal((struct s5a_span){ out, s5a_writer_len(&w) }, shown), "%.*s",
              (int)s5a_writer_len(&w), (const char *)out);
}

Test(text, ends_of_each_utf8_length_are_utf8)
{
    cr_expect(s5a_text_is_utf8(SPAN("\x00\x7f")));
    cr_expect(s5a_text_is_utf8(SPAN("\xc2\x80\xdf\xbf")));
    cr_expect(s5a_text_is_utf8(SPAN("\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf")));
    cr_expect(s5a_text_is_utf8(SPAN("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf")));
    cr_expect(s5a_text_is_utf8(SPAN("")));
}

Test(text, overlong_sequences_are_not_utf8)
{
    cr_expect_not(s5a_text_is_utf8(SPAN("\xc0\x80")));
    cr_expect_not(s5a_text_is_utf8(SPAN("\xc1\xbf")));
    cr_expect_not(s5a_text_is_utf8(SPAN("\xe0\x9f\xbf")));
    cr_expect_not(s5a_text_is_utf8(SPAN("\xf0\x8f\xbf\xbf")));
}

Test(text, surrogates_are_not_utf8)
{
    cr_expect_not(s5a_text_is_utf8(SPAN("\xed\xa0\x80")));
    cr_expect_not(s5a_text_is_utf8(SPAN("\xed\xbf\xbf")));
}

Test(text, beyond_10ffff_is_not_utf8)
{
    cr_expect_not(s5a_text_is_utf8(SPAN("\xf4\x90\x80\x80")));
    cr_expect_not(s5a_text_is_utf8(SPAN("\xf8\x88\x80\x80\x80")));
    cr_expect_not(s5a_text_is_utf8(SPAN("\xff")));
}

Test(text, cut_sequences_are_not_utf8)
{
    cr_expect_not(s5a_text_is_utf8(SPAN("a\xc3")));
    cr_expect_not(s5a_text_is_utf8(SPAN("\xe2\x82")));
    cr_expect_not(s5a_text_is_utf8(SPAN("\xf0\x9f\x98")));
    cr_expect_not(s5a_text_is_utf8(SPAN("\xe2\x82z")));
}

Test(text, lone_continuation_is_not_utf8)
{
    cr_expect_not(s5a_text_is_utf8(SPAN("a\x80")));
}

Test(text, printable_ascii_is_shown_as_it_is)
{
    expect_escaped(SPAN(" az~'\"%"), SPAN(" az~'\"%"));
}

Test(text, control_characters_are_escaped)
{
    expect_escaped(SPAN("a\n\x1b[2J\x7f\0z"), SPAN("a\\x0a\\x1b[2J\\x7f\\x00z"));
}

Test(text, bytes_above_ascii_are_escaped)
{
    expect_escaped(SPAN("\x80\xff"), SPAN("\\x80\\xff"));
}

Test(text, backslash_is_escaped_so_that_no_escape_can_be_forged)
{
    expect_escaped(SPAN("\\x0a"), SPAN("\\x5cx0a"));
}

Test(text, escape_is_never_cut_in_two)
{
    uint8_t out[6];
    struct s5a_writer w;
    s5a_writer_init(&w, out, sizeof(out));
    s5a_text_escape(&w, SPAN("abc\nd"));
    cr_expect(w.bad);
    cr_expect_eq(s5a_writer_len(&w), 3);
}
