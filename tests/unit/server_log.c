/* server/log: foreign bytes as words. */
#include "server/log.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/span.h"

Test(server_log, foreign_bytes_become_one_visible_word)
{
    char word[S5AD_LOG_WORD_CAP];
    cr_expect_str_eq(s5ad_log_word(word, sizeof word, SPAN("alice")), "alice");
    cr_expect_str_eq(s5ad_log_word(word, sizeof word, SPAN("")), "-");
    cr_expect_str_eq(s5ad_log_word(word, sizeof word, SPAN("a b\n\0\x1b\\\xff")),
                     "a\\x20b\\x0a\\x00\\x1b\\x5c\\xff");
}

Test(server_log, longest_word_fits_and_a_small_buffer_cuts)
{
    char word[S5AD_LOG_WORD_CAP];
    uint8_t bytes[255];
    memset(bytes, 1, sizeof bytes);
    s5ad_log_word(word, sizeof word, (struct s5a_span){ bytes, sizeof bytes });
    cr_expect_eq(strlen(word), 4 * 255);
    s5ad_log_word(word, 10, (struct s5a_span){ bytes, sizeof bytes });
    cr_expect_str_eq(word, "\\x01\\x01");
}
