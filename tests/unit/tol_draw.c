/* What is drawn by a shape: bounds, means and forms, from fixed seeds; and padding to the byte. */
#include "protocol/tol/draw.h"

#include "protocol/tol/burst.h"
#include <criterion/criterion.h>

#define PUMP_REQUIRE cr_assert
#include "tests/unit/tol_pump_lab.h"

enum { ROUNDS = 20000 };

static struct s5a_random random_from(uint8_t byte)
{
    struct s5a_key seed = { { byte } };
    struct s5a_random random;
    s5a_random_init(&random, &seed);
    return random;
}

struct sums {
    uint64_t least, most, sum, squares;
};

static void add(struct sums *sums, uint64_t value)
{
    if (sums->squares == 0 && sums->sum == 0 && sums->most == 0)
        sums->least = UINT64_MAX;
    if (value < sums->least)
        sums->least = value;
    if (value > sums->most)
        sums->most = value;
    sums->sum += value;
    sums->squares += value * value;
}

static uint64_t mean(const struct sums *sums)
{
    return sums->sum / ROUNDS;
}

static uint64_t variance(const struct sums *sums)
{
    return sums->squares / ROUNDS - mean(sums) * mean(sums);
}

static void expect_padding(size_t payload_len, uint32_t most)
{
    struct s5a_random random = random_from(1);
    struct s5a_tol_shape shape = pump_shape(S5A_TOL_PADDING);
    struct sums sums = { 0 };
    unsigned quarter[5] = { 0 };
    for (int i = 0; i < ROUNDS; i++) {
        uint32_t drawn = s5a_tol_draw_padding(&random, &shape, payload_len);
        add(&sums, drawn);
        quarter[drawn * 4 / (most + 1)]++;
    }
    cr_expect_eq(sums.least, 0);
    cr_expect_eq(sums.most, most, "%zu bytes: %lu", payload_len, sums.most);
    for (int i = 0; i < 4; i++) /* uniform: sd is 61 */
        cr_expect(quarter[i] > 4700 && quarter[i] < 5300, "quarter %d: %u", i, quarter[i]);
}

Test(tol_draw, padding_is_that_of_the_draft)
{
    expect_padding(1, 255);
    expect_padding(128, 255);
    expect_padding(129, 512);
    expect_padding(512, 512);
    expect_padding(513, 1024);
    expect_padding(16384, 1024);
}

static struct sums draw_delays(struct s5a_tol_delay delay)
{
    struct s5a_random random = random_from(2);
    struct sums sums = { 0 };
    for (int i = 0; i < ROUNDS; i++)
        add(&sums, s5a_tol_draw_delay(&random, &delay));
    cr_expect_geq(sums.least, delay.min * 1000u);
    cr_expect_leq(sums.most, delay.max * 1000u);
    return sums;
}

static void expect_near(uint64_t value, uint64_t wanted, unsigned percent)
{
    cr_expect(value * 100 >= wanted * (100 - percent) && value * 100 <= wanted * (100 + percent),
              "%lu is not near %lu", value, wanted);
}

Test(tol_draw, uniform_delays)
{
    struct sums sums = draw_delays((struct s5a_tol_delay){ 10, 70, S5A_TOL_UNIFORM });
    expect_near(mean(&sums), 40000, 2);
    expect_near(variance(&sums), UINT64_C(60000) * 60000 / 12, 3);
    cr_expect(sums.least < 10100 && sums.most > 69900);
}

Test(tol_draw, normal_delays_have_an_sd_of_a_sixth_of_the_range)
{
    struct sums sums = draw_delays((struct s5a_tol_delay){ 10, 70, S5A_TOL_NORMAL });
    expect_near(mean(&sums), 40000, 2);
    expect_near(variance(&sums), UINT64_C(10000) * 10000, 5);
}

Test(tol_draw, exponential_delays_have_a_mean_of_a_quarter_over_the_minimum)
{
    struct sums sums = draw_delays((struct s5a_tol_delay){ 10, 70, S5A_TOL_EXPONENTIAL });
    /* clamped at four means, a 1 - e^-4 of it is left */
    expect_near(mean(&sums) - 10000, 15000 * 982 / 1000, 2);
    cr_expect_eq(sums.most, 70000);
    cr_expect_lt(sums.least, 10100);
}

Test(tol_draw, narrowest_and_widest_ranges_are_kept)
{
    for (uint8_t mode = 0; mode <= S5A_TOL_EXPONENTIAL; mode++) {
        draw_delays((struct s5a_tol_delay){ 0, 1, mode });
        draw_delays((struct s5a_tol_delay){ 0, UINT16_MAX, mode });
        draw_delays((struct s5a_tol_delay){ UINT16_MAX - 1, UINT16_MAX, mode });
    }
}

Test(tol_draw, exponential_draws_have_their_mean_and_median)
{
    struct s5a_random random = random_from(3);
    struct sums sums = { 0 };
    unsigned below = 0;
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t drawn = s5a_tol_draw_exponential(&random, 1000000);
        cr_assert_leq(drawn, 23000000);
        below += drawn < 693147;
        add(&sums, drawn);
    }
    expect_near(mean(&sums), 1000000, 3);
    expect_near(below, ROUNDS / 2, 3);
    cr_expect_eq(s5a_tol_draw_exponential(&random, 0), 0);
}

/* ---- padding to the byte ---- */

struct opened {
    size_t records, payload, dummies;
};

/* What a receiver finds in the bytes: whole records, nothing left over. */
static struct opened open_all(struct s5a_tol_link *link, uint8_t *at, size_t len)
{
    struct opened opened = { 0, 0, 0 };
    struct s5a_tol_record record;
    while (len > 0) {
        cr_assert_eq(s5a_tol_link_open(link, at, len, &record), S5A_TOL_WHOLE);
        opened.records++;
        opened.payload += record.payload_len;
        opened.dummies += record.is_dummy;
        at += record.len;
        len -= record.len;
    }
    return opened;
}

static void expect_burst(struct pump *p, uint8_t type, size_t payload_len, size_t fill)
{
    static uint8_t room[32768];
    struct s5a_tol_burst burst = { type, room + 1024, payload_len, fill };
    size_t len, least = s5a_tol_burst_least(&p->from, type, payload_len);
    uint8_t *at = s5a_tol_burst_seal(&p->from, &burst, &len);
    cr_assert(at);
    cr_expect_eq(at, burst.payload - s5a_tol_burst_head(&p->from, &burst));
    cr_expect_eq(len, least + fill, "type %d, %zu bytes, fill %zu", type, payload_len, fill);
    cr_expect_eq(len, s5a_tol_burst_len(&p->from, &burst));
    cr_expect_geq(at, burst.payload - S5A_TOL_HEAD_MAX);
    struct opened opened = open_all(&p->to, at, len);
    cr_expect_eq(opened.payload, payload_len);
    cr_expect_eq(opened.dummies, opened.records - (payload_len > 0));
}

Test(tol_draw, bursts_are_padded_to_the_byte)
{
    static const uint8_t types[] = { S5A_TOL_PADDING, S5A_TOL_MASKING, S5A_TOL_FULL };
    for (int sealed = 0; sealed < 2; sealed++)
        for (size_t i = 0; i < sizeof(types); i++) {
            struct s5a_tol_shape shape = pump_shape(types[i]);
            struct pump *p = pump_new(S5A_TOL_CLIENT, &shape, sealed);
            for (size_t fill = 0; fill < 1100; fill++) {
                expect_burst(p, types[i], 0, fill);
                expect_burst(p, types[i], 3, fill);
            }
            expect_burst(p, types[i], 16384, 4096);
            pump_free(p);
        }
}

Test(tol_draw, types_whose_rand_is_not_free_are_not_padded)
{
    static const uint8_t types[] = { S5A_TOL_BARE, S5A_TOL_JITTER };
    for (size_t i = 0; i < 2; i++) {
        struct s5a_tol_shape shape = pump_shape(types[i]);
        struct pump *p = pump_new(S5A_TOL_CLIENT, &shape, true);
        uint8_t room[1024];
        struct s5a_tol_burst burst = { types[i], room + 512, 5, 100 };
        size_t len;
        cr_assert(s5a_tol_burst_seal(&p->from, &burst, &len));
        cr_expect_eq(len, s5a_tol_burst_least(&p->from, types[i], 5));
        pump_free(p);
    }
}

/* ---- shapes ---- */

Test(tol_draw, default_shapes_are_valid_and_bad_numbers_are_not)
{
    for (uint8_t type = 0; type <= S5A_TOL_FULL; type++) {
        struct s5a_tol_shape shape = pump_shape(type);
        cr_expect(s5a_tol_shape_is_valid(&shape));
    }
#define EXPECT_BAD(field, value)                                      \
    do {                                                              \
        struct s5a_tol_shape shape = pump_shape(S5A_TOL_FULL);        \
        shape.field = (value);                                        \
        cr_expect_not(s5a_tol_shape_is_valid(&shape), #field #value); \
    } while (0)
    EXPECT_BAD(type, 5);
    EXPECT_BAD(delay.min, 20);
    EXPECT_BAD(delay.mode, 3);
    EXPECT_BAD(padding[0].payload_max, 512);
    EXPECT_BAD(padding[2].total_max, 4097);
    EXPECT_BAD(split_min, 0);
    EXPECT_BAD(split_max, 16385);
    EXPECT_BAD(split_max, 255);
    EXPECT_BAD(cell, 319);
    EXPECT_BAD(cell, 16385);
    EXPECT_BAD(rate, 0);
    EXPECT_BAD(decay, 0);
    EXPECT_BAD(decay, 101);
    EXPECT_BAD(fraction, 0);
#undef EXPECT_BAD
}

Test(tol_draw, other_sides_wish_makes_a_shape_stronger_only)
{
    struct s5a_tol_shape shape = pump_shape(S5A_TOL_JITTER);
    s5a_tol_shape_wish(&shape, S5A_TOL_BARE, 0, 100);
    cr_expect_eq(shape.type, S5A_TOL_JITTER);
    s5a_tol_shape_wish(&shape, S5A_TOL_FULL, 0, 100);
    cr_expect_eq(shape.type, S5A_TOL_FULL);
    s5a_tol_shape_wish(&shape, 9, 0, 100);
    cr_expect_eq(shape.type, S5A_TOL_FULL);
    cr_expect_eq(shape.dummy, 0);
    s5a_tol_shape_wish(&shape, 0, 500, 100);
    cr_expect_eq(shape.dummy, 500);
    s5a_tol_shape_wish(&shape, 0, 20, 100);
    cr_expect_eq(shape.dummy, 100);
    s5a_tol_shape_wish(&shape, 0, 3000, 100);
    cr_expect_eq(shape.dummy, 100);
    s5a_tol_shape_wish(&shape, 0, 30, 0);
    cr_expect_eq(shape.dummy, 100);
}
