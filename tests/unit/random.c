/* Random numbers from a seed, and prepared keys of HMAC. */
#include "protocol/crypto/random.h"

#include <criterion/criterion.h>
#include <string.h>

#include "protocol/crypto/hmac_key.h"

static struct s5a_random random_from(uint8_t byte)
{
    struct s5a_key seed = { { byte } };
    struct s5a_random random;
    s5a_random_init(&random, &seed);
    return random;
}

Test(random, seed_is_wiped_where_it_came_from)
{
    static const struct s5a_key zeros;
    struct s5a_key seed = { { 1, 2, 3 } };
    struct s5a_random random;
    s5a_random_init(&random, &seed);
    cr_expect_arr_eq(seed.bytes, zeros.bytes, sizeof(zeros.bytes));
}

Test(random, same_seed_gives_the_same_and_another_seed_another)
{
    struct s5a_random a = random_from(1), b = random_from(1), c = random_from(2);
    int same = 0;
    for (int i = 0; i < 1000; i++) {
        uint32_t drawn = s5a_random_u32(&a);
        cr_expect_eq(drawn, s5a_random_u32(&b));
        same += drawn == s5a_random_u32(&c);
    }
    cr_expect_leq(same, 1);
}

Test(random, nothing_comes_twice)
{
    struct s5a_random random = random_from(1);
    uint8_t blocks[200][32];
    for (size_t i = 0; i < 200; i++) {
        if (i % 3 == 0)
            s5a_random_u32(&random);
        s5a_random_fill(&random, blocks[i], sizeof(blocks[i]));
        for (size_t j = 0; j < i; j++)
            cr_assert_neq(memcmp(blocks[i], blocks[j], sizeof(blocks[i])), 0);
    }
}

/* What is left after a number was drawn must not tell it. */
Test(random, numbers_that_were_drawn_are_not_kept)
{
    struct s5a_random random = random_from(3);
    for (int i = 0; i < 100; i++) {
        struct s5a_key before = random.key;
        uint32_t drawn = s5a_random_u32(&random);
        if (i % 16 == 0)
            cr_expect_neq(memcmp(random.key.bytes, before.bytes, sizeof(before.bytes)), 0);
        for (size_t at = 0; at + sizeof(drawn) <= sizeof(random.pool); at += sizeof(drawn))
            cr_expect_neq(memcmp(random.pool + at, &drawn, sizeof(drawn)), 0);
    }
}

Test(random, numbers_below_a_bound_are_all_drawn_alike)
{
    enum { N = 7, ROUNDS = 70000 };
    struct s5a_random random = random_from(4);
    unsigned count[N] = { 0 };
    for (int i = 0; i < ROUNDS; i++) {
        uint32_t drawn = s5a_random_below(&random, N);
        cr_assert_lt(drawn, N);
        count[drawn]++;
    }
    for (int i = 0; i < N; i++) /* sd is 93 */
        cr_expect(count[i] > 9600 && count[i] < 10400, "%d: %u", i, count[i]);
}

Test(random, numbers_of_a_range_keep_to_it)
{
    struct s5a_random random = random_from(5);
    bool low = false, high = false;
    for (int i = 0; i < 1000; i++) {
        uint32_t drawn = s5a_random_between(&random, 10, 12);
        cr_assert(drawn >= 10 && drawn <= 12);
        low |= drawn == 10;
        high |= drawn == 12;
    }
    cr_expect(low && high);
    cr_expect_eq(s5a_random_between(&random, 9, 9), 9);
    cr_expect_eq(s5a_random_between(&random, 9, 3), 9);
    cr_expect_neq(s5a_random_between(&random, 0, UINT32_MAX),
                  s5a_random_between(&random, 0, UINT32_MAX));
}

Test(random, prepared_key_gives_the_hmac_of_the_key)
{
    struct s5a_key key = { { 1, 2, 3 } };
    struct s5a_hmac_key prepared;
    uint8_t a[S5A_DIGEST_LEN], b[S5A_DIGEST_LEN], text[200] = { 5 };
    s5a_hmac_key_init(&prepared, &key);
    for (size_t len = 0; len < sizeof(text); len++) {
        struct s5a_parts parts = S5A_PARTS({ text, len / 2 }, { text + len / 2, len - len / 2 });
        s5a_hmac(a, s5a_key_span(&key), parts);
        s5a_hmac_under(b, &prepared, parts);
        cr_expect_arr_eq(a, b, sizeof(a));
    }
}
