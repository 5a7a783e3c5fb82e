/* An outlet: records out. */
#include "protocol/tol/burst.h"
#include "protocol/tol/draw.h"
#include "protocol/tol/outlet.h"
#include "protocol/tol/outlet_slots.h"

static struct s5a_tol_queue queue_of(const struct s5a_tol_outlet *o)
{
    bool full = o->sealed == 0 && o->filling == o->count && !s5a_tol_slots_can_add(o);
    return (struct s5a_tol_queue){ .bytes = (size_t)o->waiting + o->behind,
                                   .records = s5a_tol_slots_waiting(o),
                                   .full = full };
}

/* ---- sealing slots, in their order ---- */

/* The slot at `sealed` holds this burst now. */
static bool seal(struct s5a_tol_outlet *o, const struct s5a_tol_burst *burst)
{
    size_t len;
    uint8_t *at = s5a_tol_burst_seal(o->link, burst, &len);
    struct s5a_tol_slot *slot = &o->slots[o->sealed];
    if (!at) {
        o->failed = true;
        return false;
    }
    slot->from = (uint32_t)(at - o->buffer);
    slot->to = slot->from + (uint32_t)len;
    o->unsent += (uint32_t)len;
    o->sealed++;
    if (o->filling < o->sealed)
        o->filling = o->sealed;
    return true;
}

/* What is missing to a cell. */
static size_t cell_fill(const struct s5a_tol_outlet *o, size_t payload_len)
{
    return o->link->shape.cell - s5a_tol_burst_least(o->link, S5A_TOL_FULL, payload_len);
}

static size_t payload_fill(struct s5a_tol_outlet *o, size_t payload_len, bool paused)
{
    const struct s5a_tol_shape *shape = &o->link->shape;
    if (shape->type == S5A_TOL_FULL)
        return cell_fill(o, payload_len);
    return paused ? 0 : s5a_tol_draw_padding(&o->link->random, shape, payload_len);
}

static bool seal_payload(struct s5a_tol_outlet *o, bool paused, uint64_t now)
{
    struct s5a_tol_slot *slot = &o->slots[o->sealed];
    size_t len = slot->len;
    struct s5a_tol_burst burst = { o->link->shape.type, o->buffer + slot->at, len,
                                   payload_fill(o, len, paused) };
    if (!seal(o, &burst))
        return false;
    o->waiting -= (uint32_t)len;
    s5a_tol_pace_sent(&o->pace, o->link, len, 0, now);
    return true;
}

/* A dummy is as long as what it stands for, within the slot. */
static size_t dummy_fill(struct s5a_tol_outlet *o, const struct s5a_tol_slot *slot)
{
    const struct s5a_tol_shape *shape = &o->link->shape;
    switch (shape->type) {
    case S5A_TOL_MASKING:
        return s5a_random_between(&o->link->random, 0, slot->cap);
    case S5A_TOL_FULL:
        return cell_fill(o, 0);
    default:
        return s5a_random_between(&o->link->random, 0, S5A_TOL_RAND_MAX);
    }
}

static bool seal_dummy(struct s5a_tol_outlet *o, uint64_t now)
{
    struct s5a_tol_slot *slot = s5a_tol_slots_empty(o);
    uint8_t type = o->link->shape.type == S5A_TOL_BARE ? S5A_TOL_PADDING : o->link->shape.type;
    if (!slot)
        return false;
    struct s5a_tol_burst burst = { type, o->buffer + slot->at, 0, dummy_fill(o, slot) };
    size_t len = s5a_tol_burst_len(o->link, &burst);
    if (!seal(o, &burst))
        return false;
    s5a_tol_pace_sent(&o->pace, o->link, 0, len, now);
    return true;
}

/* In cells, the last one too is one: a dummy goes before the end record. */
static void seal_end(struct s5a_tol_outlet *o)
{
    struct s5a_tol_slot *slot = s5a_tol_slots_empty(o);
    struct s5a_tol_burst burst = { .type = S5A_TOL_BARE };
    size_t end = s5a_tol_overhead(&o->link->out);
    if (!slot)
        return;
    burst.payload = o->buffer + slot->at;
    if (o->link->shape.type == S5A_TOL_FULL) {
        burst.type = S5A_TOL_FULL;
        burst.fill = cell_fill(o, 0) - end;
    }
    if (!seal(o, &burst))
        return;
    o->ended = true;
    if (burst.type == S5A_TOL_BARE)
        return;
    o->failed = s5a_tol_seal(&o->link->out, o->buffer + slot->to, S5A_TOL_BARE, 0, 0) == 0;
    slot->to += (uint32_t)end;
    o->unsent += (uint32_t)end;
}

/* ---- what is due ---- */

static bool seal_all(struct s5a_tol_outlet *o, bool paused, uint64_t now)
{
    bool good = true;
    for (unsigned left = s5a_tol_slots_waiting(o); good && left > 0; left--)
        good = seal_payload(o, paused, now);
    return good;
}

static bool move(struct s5a_tol_outlet *o, enum s5a_tol_move move, bool paused, uint64_t now)
{
    switch (move) {
    case S5A_TOL_SEND_ONE:
        return seal_payload(o, paused, now);
    case S5A_TOL_SEND_ALL:
        return seal_all(o, paused, now);
    case S5A_TOL_SEND_DUMMY:
        return seal_dummy(o, now);
    default:
        return false;
    }
}

static void seal_due(struct s5a_tol_outlet *o, uint64_t now)
{
    bool more = !o->ended && !o->failed;
    s5a_tol_slots_rewind(o);
    while (more && !(o->eof && o->waiting == 0)) {
        struct s5a_tol_queue queue = queue_of(o);
        bool paused = s5a_tol_pace_paused(o->link, &queue);
        more = move(o, s5a_tol_pace_next(&o->pace, o->link, &queue, now), paused, now);
    }
    if (o->eof && o->waiting == 0 && !o->ended && !o->failed)
        seal_end(o);
}

int s5a_tol_outlet_output(struct s5a_tol_outlet *o, uint64_t now, struct iovec *iov, int max)
{
    int count = 0;
    if (!o->buffer)
        return 0;
    if (o->unsent == 0)
        seal_due(o, now);
    for (unsigned at = o->first; !o->failed && at < o->sealed && count < max; at++) {
        const struct s5a_tol_slot *slot = &o->slots[at];
        iov[count++] = (struct iovec){ o->buffer + slot->from, slot->to - slot->from };
    }
    return count;
}

void s5a_tol_outlet_sent(struct s5a_tol_outlet *o, size_t len)
{
    o->unsent -= (uint32_t)len;
    while (len > 0 && o->first < o->sealed) {
        struct s5a_tol_slot *slot = &o->slots[o->first];
        uint32_t left = slot->to - slot->from, part = len < left ? (uint32_t)len : left;
        slot->from += part;
        len -= part;
        if (slot->from == slot->to)
            o->first++;
    }
}
