/* Wiping, comparing and holding secrets. */
#include "protocol/secret.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/span.h"

static bool is_zero(const void *memory, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (((const uint8_t *)memory)[i] != 0)
            return false;
    return true;
}

Test(secret, wipe_overwrites_all)
{
    uint8_t bytes[4] = { 1, 2, 3, 4 };
    s5a_wipe(bytes, sizeof(bytes));
    cr_expect(is_zero(bytes, sizeof(bytes)));
}

Test(secret, wipe_of_nothing_is_fine)
{
    s5a_wipe(NULL, 0);
}

Test(secret, equal_bytes_are_equal)
{
    cr_expect(s5a_equal_ct("abcd", "abcd", 4));
    cr_expect(s5a_equal_ct("a", "b", 0));
}

Test(secret, each_single_bit_makes_a_difference)
{
    for (size_t bit = 0; bit < 32; bit++) {
        uint8_t a[4] = { 9, 9, 9, 9 }, b[4] = { 9, 9, 9, 9 };
        b[bit / 8] ^= (uint8_t)(1 << bit % 8);
        cr_expect_not(s5a_equal_ct(a, b, sizeof(a)), "bit %zu", bit);
    }
}

Test(secret, holds_what_was_set)
{
    struct s5a_secret secret = { 0 };
    cr_assert(s5a_secret_set(&secret, SPAN("correct\0horse")));
    cr_expect(s5a_span_equal(s5a_secret_span(&secret), SPAN("correct\0horse")));
}

Test(secret, shorter_one_leaves_nothing_of_the_longer)
{
    struct s5a_secret secret = { 0 };
    cr_assert(s5a_secret_set(&secret, SPAN("a long password")));
    cr_assert(s5a_secret_set(&secret, SPAN("short")));
    cr_expect(is_zero(secret.bytes + 5, sizeof(secret.bytes) - 5));
}

Test(secret, of_255_bytes_is_taken)
{
    uint8_t bytes[255];
    struct s5a_secret secret = { 0 };
    memset(bytes, 'x', sizeof(bytes));
    cr_expect(s5a_secret_set(&secret, (struct s5a_span){ bytes, sizeof(bytes) }));
    cr_expect_eq(s5a_secret_span(&secret).len, 255);
}

Test(secret, of_256_bytes_is_refused_and_the_old_one_wiped)
{
    uint8_t bytes[256] = { 'x' };
    struct s5a_secret secret = { 0 };
    cr_assert(s5a_secret_set(&secret, SPAN("old")));
    cr_expect_not(s5a_secret_set(&secret, (struct s5a_span){ bytes, sizeof(bytes) }));
    cr_expect(is_zero(&secret, sizeof(secret)));
}

Test(secret, may_be_set_from_a_part_of_itself)
{
    struct s5a_secret secret = { 0 };
    cr_assert(s5a_secret_set(&secret, SPAN("user:pass")));
    struct s5a_span own = s5a_secret_span(&secret);
    cr_assert(s5a_secret_set(&secret, (struct s5a_span){ own.at + 5, 4 }));
    cr_expect(s5a_span_equal(s5a_secret_span(&secret), SPAN("pass")));
}

Test(secret, wipe_leaves_nothing)
{
    struct s5a_secret secret = { 0 };
    cr_assert(s5a_secret_set(&secret, SPAN("abc")));
    s5a_secret_wipe(&secret);
    cr_expect(is_zero(&secret, sizeof(secret)));
}
