/* client/word: short texts, ASCII rules. */
#include "client/word.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "tests/unit/span.h"

Test(word, trim_drops_blanks_at_both_ends_only)
{
    cr_assert(s5a_word_is(s5a_word_trim(SPAN(" \ta b\t ")), "a b"));
}

Test(word, trim_of_blanks_is_empty)
{
    cr_assert_eq(s5a_word_trim(SPAN("  \t")).len, 0);
}

Test(word, tail_past_the_end_is_empty)
{
    cr_assert_eq(s5a_word_tail(SPAN("ab"), 3).len, 0);
}

Test(word, split_keeps_empty_parts)
{
    struct s5a_span rest = SPAN("a,,");
    struct s5a_span part;
    cr_assert(s5a_word_split(&rest, ',', &part) && s5a_word_is(part, "a"));
    cr_assert(s5a_word_split(&rest, ',', &part) && part.len == 0);
    cr_assert(s5a_word_split(&rest, ',', &part) && part.len == 0);
    cr_assert_not(s5a_word_split(&rest, ',', &part));
}

Test(word, next_skips_runs_of_blanks)
{
    struct s5a_span rest = SPAN("  a \t b ");
    struct s5a_span part;
    cr_assert(s5a_word_next(&rest, &part) && s5a_word_is(part, "a"));
    cr_assert(s5a_word_next(&rest, &part) && s5a_word_is(part, "b"));
    cr_assert_not(s5a_word_next(&rest, &part));
}

Test(word, find_last_finds_the_last)
{
    cr_assert_eq(s5a_word_find_last(SPAN("a@b@c"), '@'), 3);
    cr_assert_eq(s5a_word_find_last(SPAN("abc"), '@'), 3);
}

Test(word, case_is_that_of_ascii_letters_alone)
{
    cr_assert(s5a_word_equal_nocase(SPAN("AbZ"), SPAN("aBz")));
    cr_assert_not(s5a_word_equal_nocase(SPAN("["), SPAN("{")));
    cr_assert_not(s5a_word_equal_nocase(SPAN("\xc4"), SPAN("\xe4")));
}

Test(word, number_takes_both_bounds)
{
    uint32_t value;
    cr_assert(s5a_word_number(SPAN("1"), 1, 9, &value) && value == 1);
    cr_assert(s5a_word_number(SPAN("9"), 1, 9, &value) && value == 9);
    cr_assert_not(s5a_word_number(SPAN("0"), 1, 9, &value));
    cr_assert_not(s5a_word_number(SPAN("10"), 1, 9, &value));
}

Test(word, number_takes_digits_alone)
{
    static const char *const wrong[] = { "", " 1", "1 ", "+1", "-1", "0x1", "1.0", "1e1" };
    uint32_t value;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        cr_assert_not(s5a_word_number(s5a_word(wrong[i]), 0, 100, &value), "%s", wrong[i]);
}

Test(word, number_does_not_wrap)
{
    uint32_t value;
    cr_assert(s5a_word_number(SPAN("4294967295"), 0, UINT32_MAX, &value) && value == UINT32_MAX);
    cr_assert_not(s5a_word_number(SPAN("4294967296"), 0, UINT32_MAX, &value));
    cr_assert_not(s5a_word_number(SPAN("18446744073709551617"), 0, UINT32_MAX, &value));
}

Test(word, hosts_are_names_with_labels)
{
    static const char *const good[] = { "a", "a.b", "a.b.", "a-b_c.1x", "1.a", "xn--a" };
    static const char *const bad[] = { "",    ".",     "a..b", ".a", "a b", "a%20",    "1.2.3.4.5",
                                       "300", "a.300", "*",    "a/", "a:b", "\xc3\xa4" };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        cr_assert(s5a_word_is_host(s5a_word(good[i])), "%s", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_assert_not(s5a_word_is_host(s5a_word(bad[i])), "%s", bad[i]);
}

Test(word, labels_have_1_to_32_bytes)
{
    cr_assert(s5a_word_is_label(SPAN("12345678901234567890123456789012")));
    cr_assert_not(s5a_word_is_label(SPAN("123456789012345678901234567890123")));
    cr_assert_not(s5a_word_is_label(SPAN("")));
    cr_assert_not(s5a_word_is_label(SPAN("a b")));
}

Test(word, copy_of_nothing_is_an_empty_string)
{
    char *copy = s5a_word_copy((struct s5a_span){ NULL, 0 });
    cr_assert_str_empty(copy);
    free(copy);
}
