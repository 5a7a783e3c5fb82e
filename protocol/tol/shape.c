/* The numbers of a shape. */
#include "protocol/tol/shape.h"

static const struct s5a_tol_shape defaults = {
    .padding = { { 128, 255 }, { 512, 512 }, { S5A_TOL_PAYLOAD_MAX, 1024 } },
    .delay = { .min = 1, .max = 20, .mode = S5A_TOL_UNIFORM },
    .delay_max = 100,
    .pause = S5A_TOL_PAUSE,
    .split_min = 256,
    .split_max = 8192,
    .cell = 1400,
    .rate = 277,
    .decay = 94,
    .surge = 100,
    .fraction = 40,
    .hold = 20,
    .budget = 128 * 1024,
    .budget_percent = 20,
};

void s5a_tol_shape_default(struct s5a_tol_shape *shape, uint8_t type)
{
    *shape = defaults;
    shape->type = type;
}

static bool padding_is_valid(const struct s5a_tol_shape *shape)
{
    for (size_t i = 0; i < S5A_TOL_PADDING_ROWS; i++) {
        if (shape->padding[i].total_max > S5A_TOL_PADDING_MAX)
            return false;
        if (i > 0 && shape->padding[i].payload_max <= shape->padding[i - 1].payload_max)
            return false;
    }
    return true;
}

static bool sizes_are_valid(const struct s5a_tol_shape *shape)
{
    return shape->split_min >= S5A_TOL_SPLIT_MIN && shape->split_min <= shape->split_max &&
           shape->split_max <= S5A_TOL_PAYLOAD_MAX && shape->cell >= S5A_TOL_CELL_MIN &&
           shape->cell <= S5A_TOL_CELL_MAX;
}

static bool rates_are_valid(const struct s5a_tol_shape *shape)
{
    return shape->rate >= 1 && shape->rate <= S5A_TOL_RATE_MAX && shape->decay >= 1 &&
           shape->decay <= 100 && shape->fraction >= 1;
}

bool s5a_tol_shape_is_valid(const struct s5a_tol_shape *shape)
{
    return shape->type <= S5A_TOL_FULL && shape->delay.min < shape->delay.max &&
           shape->delay.mode <= S5A_TOL_EXPONENTIAL && padding_is_valid(shape) &&
           sizes_are_valid(shape) && rates_are_valid(shape);
}

void s5a_tol_shape_wish(struct s5a_tol_shape *shape, uint8_t type, uint16_t dummy,
                        uint16_t dummy_min)
{
    if (type > shape->type && type <= S5A_TOL_FULL)
        shape->type = type;
    if (dummy == 0 || dummy_min == 0)
        return;
    if (dummy < dummy_min)
        dummy = dummy_min;
    if (shape->dummy == 0 || dummy < shape->dummy)
        shape->dummy = dummy;
}
