/* An outlet, a wire and an inlet under any shape and any order of reads, writes, waits and ends: every
 * byte arrives once, in order, in bounded memory; a wire that is tampered with is noticed. */
#include "tests/fuzz/check.h"
#include "tests/fuzz/shape.h"

#define PUMP_REQUIRE REQUIRE
#include "tests/unit/tol_pump_lab.h"

struct run {
    struct pump *p;
    uint64_t at; /* plain bytes that went in */
    bool tampered;
};

/* Back and forth: what is empty may be taken away, and other memory come. */
static void swap_buffers(struct pump *p)
{
    uint8_t *out = s5a_tol_outlet_reclaim(&p->outlet, false);
    uint8_t *in = s5a_tol_inlet_reclaim(&p->inlet, false);
    if (out) {
        free(p->out);
        REQUIRE((p->out = malloc(S5A_TOL_OUT_CAP)));
        s5a_tol_outlet_lend(&p->outlet, p->out);
    }
    if (in) {
        free(p->in);
        REQUIRE((p->in = malloc(S5A_TOL_IN_CAP)));
        s5a_tol_inlet_lend(&p->inlet, p->in);
    }
}

static void tamper(struct run *run, uint16_t where)
{
    struct pump *p = run->p;
    bool shows = p->from.out.mode == S5A_TOL_SEALED; /* in plain mode one in 65,536 passes */
    if (p->wire_len == 0 || run->tampered || !shows)
        return;
    p->wire[where % p->wire_len] ^= (uint8_t)(1 + where % 255);
    run->tampered = true;
}

static void act(struct run *run, uint8_t what, uint16_t much)
{
    struct pump *p = run->p;
    switch (what % 9) {
    case 0:
        pump_read(p, &run->at, much);
        break;
    case 1:
        pump_write(p);
        break;
    case 2:
        p->now += much;
        break;
    case 3:
        p->step = much; /* and of the next ones */
        pump_arrive(p);
        break;
    case 4:
        pump_give(p, much);
        break;
    case 5:
        swap_buffers(p);
        break;
    case 6:
        p->from.received += much;
        break;
    case 7:
        if (much % 16 == 0)
            s5a_tol_outlet_eof(&p->outlet, p->now);
        break;
    default:
        tamper(run, much);
    }
    REQUIRE(s5a_tol_outlet_pending(&p->outlet) <= S5A_TOL_OUT_CAP);
    REQUIRE(s5a_tol_inlet_pending(&p->inlet) <= S5A_TOL_IN_CAP);
}

/* Until nothing is left to move, or what arrives is refused. */
static void drain(struct run *run)
{
    struct pump *p = run->p;
    p->step = 0;
    s5a_tol_outlet_eof(&p->outlet, p->now);
    do
        pump_settle(p);
    while (s5a_tol_inlet_state(&p->inlet) == S5A_TOL_INLET_OPEN && pump_wait(p, UINT64_MAX));
    REQUIRE(s5a_tol_outlet_done(&p->outlet) || run->tampered);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct s5a_reader r;
    s5a_reader_init(&r, data, size);
    uint8_t ends = s5a_read_u8(&r);
    struct s5a_tol_shape shape = read_shape(&r);
    bool sealed = (ends & 2) == 0;
    struct run run = { pump_new((enum s5a_tol_role)(ends & 1), &shape, sealed), 0, false };
    while (s5a_reader_left(&r) > 0) {
        uint8_t what = s5a_read_u8(&r);
        act(&run, what, s5a_read_u16(&r));
    }
    drain(&run);
    enum s5a_tol_inlet_state state = s5a_tol_inlet_state(&run.p->inlet);
    if (run.tampered) /* perhaps it waits for what a length that was changed announces */
        REQUIRE(state == S5A_TOL_INLET_BAD || state == S5A_TOL_INLET_OPEN);
    else
        REQUIRE(state == S5A_TOL_INLET_ENDED && run.p->got == run.at);
    pump_free(run.p);
    return 0;
}
