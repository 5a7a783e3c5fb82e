/* Records in records under any shapes and any order of reads, writes, waits and ends: every byte arrives
 * once, in order, in bounded memory, and no deadline that has come is without something to do. */
#include "tests/fuzz/check.h"
#include "tests/fuzz/shape.h"

#define PUMP_REQUIRE REQUIRE
#include "tests/unit/tol_layers_lab.h"

static void act(struct tower *t, uint8_t what, uint16_t much)
{
    switch (what % 7) {
    case 0:
        tower_put(t, much);
        break;
    case 1:
        tower_write(t);
        break;
    case 2:
        t->now += much;
        break;
    case 3:
        t->step = much == 0 ? SIZE_MAX : much;
        tower_read(t);
        break;
    case 4:
        tower_give(t);
        break;
    case 5:
        t->from[much % t->count].link.received += much;
        break;
    default:
        if (much % 16 == 0)
            s5a_tol_outlet_eof(&t->from[0].out, t->now);
    }
    REQUIRE(s5a_tol_layers_pending(&t->from[0]) <= t->count * (size_t)S5A_TOL_OUT_CAP);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct s5a_tol_shape shapes[TOWER_MAX];
    struct s5a_reader r;
    s5a_reader_init(&r, data, size);
    unsigned count = 1 + s5a_read_u8(&r) % TOWER_MAX;
    for (unsigned i = 0; i < count; i++)
        shapes[i] = read_shape(&r);
    struct tower *t = tower_new(count, shapes);
    while (s5a_reader_left(&r) > 0) {
        uint8_t what = s5a_read_u8(&r);
        act(t, what, s5a_read_u16(&r));
    }
    t->step = SIZE_MAX;
    tower_finish(t);
    REQUIRE(t->got == t->put);
    for (unsigned i = 0; i < count; i++)
        REQUIRE(s5a_tol_inlet_state(&t->to[i].in) == S5A_TOL_INLET_ENDED);
    tower_free(t);
    return 0;
}
