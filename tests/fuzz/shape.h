/* Any valid shape of records, read from the fuzzer's bytes. */
#pragma once

#include "protocol/bytes.h"
#include "protocol/tol/shape.h"

static inline uint16_t within(struct s5a_reader *r, unsigned low, unsigned high)
{
    return (uint16_t)(low + s5a_read_u16(r) % (high - low + 1));
}

static inline struct s5a_tol_shape read_shape(struct s5a_reader *r)
{
    struct s5a_tol_shape shape;
    s5a_tol_shape_default(&shape, s5a_read_u8(r) % 5);
    for (size_t i = 0; i < S5A_TOL_PADDING_ROWS; i++)
        shape.padding[i].total_max = within(r, 0, S5A_TOL_PADDING_MAX);
    shape.delay.min = within(r, 0, 1000);
    shape.delay.max = within(r, shape.delay.min + 1u, 2000);
    shape.delay.mode = s5a_read_u8(r) % 3;
    shape.split_min = within(r, S5A_TOL_SPLIT_MIN, S5A_TOL_PAYLOAD_MAX);
    shape.split_max = within(r, shape.split_min, S5A_TOL_PAYLOAD_MAX);
    shape.cell = within(r, S5A_TOL_CELL_MIN, S5A_TOL_CELL_MAX);
    shape.rate = within(r, 1, S5A_TOL_RATE_MAX);
    shape.decay = (uint8_t)within(r, 1, 100);
    shape.surge = s5a_read_u16(r);
    shape.fraction = within(r, 1, UINT16_MAX);
    shape.hold = s5a_read_u8(r);
    shape.budget = s5a_read_u16(r);
    shape.dummy = s5a_read_u16(r);
    return shape;
}
