/* Drawing by a shape, in integers. */
#include "protocol/tol/draw.h"

enum { US = 1000 /* in a ms */ };

static const struct s5a_tol_padding *row_of(const struct s5a_tol_shape *shape, size_t payload_len)
{
    size_t i = 0;
    while (i + 1 < S5A_TOL_PADDING_ROWS && payload_len > shape->padding[i].payload_max)
        i++;
    return &shape->padding[i];
}

uint32_t s5a_tol_padding_max(const struct s5a_tol_shape *shape, size_t payload_len)
{
    return row_of(shape, payload_len)->total_max;
}

uint32_t s5a_tol_draw_padding(struct s5a_random *random, const struct s5a_tol_shape *shape,
                              size_t payload_len)
{
    return s5a_random_between(random, 0, s5a_tol_padding_max(shape, payload_len));
}

/* ---- delays ---- */

/* -log2 of (x + 1) / 2^32, in 1/65536: the leading bit, then a bit a squaring. */
static uint32_t minus_log2(uint32_t x)
{
    uint64_t m = (uint64_t)x + 1;
    uint32_t log = 0, whole = 0;
    while (m >> (whole + 1))
        whole++;
    m = whole > 31 ? m >> (whole - 31) : m << (31 - whole); /* 1.31 */
    for (int bit = 15; bit >= 0; bit--) {
        m = m * m >> 31;
        if (m >> 32) {
            m >>= 1;
            log |= 1u << bit;
        }
    }
    return (32u << 16) - (whole << 16) - log;
}

/* -mean · ln u, u uniform in (0, 1] */
uint64_t s5a_tol_draw_exponential(struct s5a_random *random, uint64_t mean)
{
    enum { LN2 = 45426 /* in 1/65536 */ };
    uint64_t ln = (uint64_t)minus_log2(s5a_random_u32(random)) * LN2 >> 16;
    return mean * ln >> 16;
}

/* The sum of twelve uniform numbers has sd 1 and lacks the far tails, which are clamped anyway. */
static uint32_t draw_normal(struct s5a_random *random, uint32_t min, uint32_t max)
{
    enum { ONE = 65536, MEAN = 6 * ONE };
    int64_t sum = -MEAN, drawn;
    for (int i = 0; i < 6; i++) {
        uint32_t two = s5a_random_u32(random);
        sum += (two & 0xffff) + (two >> 16);
    }
    drawn = ((int64_t)min + max) / 2 + sum * (int64_t)(max - min) / (6 * ONE);
    return drawn < min ? min : drawn > max ? max : (uint32_t)drawn;
}

static uint32_t draw_exponential_delay(struct s5a_random *random, uint32_t min, uint32_t max)
{
    uint64_t more = s5a_tol_draw_exponential(random, (max - min) / 4);
    return more > max - min ? max : min + (uint32_t)more;
}

uint32_t s5a_tol_draw_delay(struct s5a_random *random, const struct s5a_tol_delay *delay)
{
    uint32_t min = delay->min * (uint32_t)US, max = delay->max * (uint32_t)US;
    switch (delay->mode) {
    case S5A_TOL_NORMAL:
        return draw_normal(random, min, max);
    case S5A_TOL_EXPONENTIAL:
        return draw_exponential_delay(random, min, max);
    default:
        return s5a_random_between(random, min, max);
    }
}
