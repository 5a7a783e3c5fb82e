/* Slots. Before each payload there is room for the longest head, behind it for the tag and for the
 * padding that does not fit into the head. */
#include "protocol/tol/outlet_slots.h"

#include "protocol/tol/burst.h"
#include "protocol/tol/draw.h"

_Static_assert(4 * (S5A_TOL_RECORD_MAX + 1024) <= S5A_TOL_OUT_CAP, "four padded records fit");

/* How long the payload may be; what is split is drawn. */
static size_t draw_cap(struct s5a_tol_outlet *o)
{
    const struct s5a_tol_shape *shape = &o->link->shape;
    switch (shape->type) {
    case S5A_TOL_MASKING:
        return s5a_random_between(&o->link->random, shape->split_min, shape->split_max);
    case S5A_TOL_FULL:
        return shape->cell - s5a_tol_burst_least(o->link, S5A_TOL_FULL, 0);
    default:
        return S5A_TOL_PAYLOAD_MAX;
    }
}

static size_t least_cap(const struct s5a_tol_outlet *o)
{
    const struct s5a_tol_shape *shape = &o->link->shape;
    switch (shape->type) {
    case S5A_TOL_MASKING:
        return shape->split_min;
    case S5A_TOL_FULL:
        return shape->cell - s5a_tol_burst_least(o->link, S5A_TOL_FULL, 0);
    default:
        return S5A_TOL_PAYLOAD_MAX;
    }
}

/* What a slot takes beside its payload. A cell that lacks payload has padding in its place. */
static size_t beside(const struct s5a_tol_outlet *o)
{
    const struct s5a_tol_shape *shape = &o->link->shape;
    bool padded = shape->type == S5A_TOL_PADDING || shape->type == S5A_TOL_MASKING;
    size_t most = 0;
    for (size_t i = 0; padded && i < S5A_TOL_PADDING_ROWS; i++)
        if (shape->padding[i].total_max > most)
            most = shape->padding[i].total_max;
    return S5A_TOL_HEAD_MAX + S5A_TOL_TAIL_MAX + most;
}

bool s5a_tol_slots_can_add(const struct s5a_tol_outlet *o)
{
    return o->count < S5A_TOL_SLOTS && o->used + beside(o) + least_cap(o) <= S5A_TOL_OUT_CAP;
}

bool s5a_tol_slots_add(struct s5a_tol_outlet *o)
{
    if (!s5a_tol_slots_can_add(o))
        return false;
    size_t left = S5A_TOL_OUT_CAP - o->used - beside(o), cap = draw_cap(o);
    struct s5a_tol_slot *slot = &o->slots[o->count++];
    *slot = (struct s5a_tol_slot){ .at = o->used + S5A_TOL_HEAD_MAX,
                                   .cap = (uint16_t)(cap < left ? cap : left) };
    o->used += (uint32_t)(beside(o) + slot->cap);
    return true;
}

struct s5a_tol_slot *s5a_tol_slots_empty(struct s5a_tol_outlet *o)
{
    if (o->filling == o->count && !s5a_tol_slots_add(o))
        return NULL;
    return &o->slots[o->filling];
}

void s5a_tol_slots_rewind(struct s5a_tol_outlet *o)
{
    if (o->waiting > 0 || o->unsent > 0)
        return;
    o->first = o->sealed = o->filling = o->count = 0;
    o->used = 0;
}

unsigned s5a_tol_slots_waiting(const struct s5a_tol_outlet *o)
{
    bool begun = o->filling < o->count && o->slots[o->filling].len > 0;
    return (unsigned)(o->filling - o->sealed) + begun;
}
