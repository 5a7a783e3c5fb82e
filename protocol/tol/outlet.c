/* An outlet: plain bytes in. */
#include "protocol/tol/outlet.h"

#include "protocol/tol/outlet_slots.h"

void s5a_tol_outlet_init(struct s5a_tol_outlet *o, struct s5a_tol_link *link, uint64_t now)
{
    *o = (struct s5a_tol_outlet){ .link = link, .ended = link->out.ended };
    s5a_tol_pace_init(&o->pace, link, now);
}

bool s5a_tol_outlet_has_buffer(const struct s5a_tol_outlet *o)
{
    return o->buffer != NULL;
}

void s5a_tol_outlet_lend(struct s5a_tol_outlet *o, uint8_t *buffer)
{
    o->buffer = buffer;
}

uint8_t *s5a_tol_outlet_reclaim(struct s5a_tol_outlet *o, bool force)
{
    uint8_t *buffer = o->buffer;
    if (!force && s5a_tol_outlet_pending(o) > 0)
        return NULL;
    o->buffer = NULL;
    o->waiting = o->unsent = 0;
    s5a_tol_slots_rewind(o);
    return buffer;
}

int s5a_tol_outlet_room(struct s5a_tol_outlet *o, struct iovec *iov, int max)
{
    int count = 0;
    if (!o->buffer || o->eof || o->ended || o->failed)
        return 0;
    s5a_tol_slots_rewind(o);
    for (unsigned at = o->filling; count < max; at++) {
        if (at == o->count && !s5a_tol_slots_add(o))
            break;
        struct s5a_tol_slot *slot = &o->slots[at];
        iov[count++] =
            (struct iovec){ o->buffer + slot->at + slot->len, (size_t)(slot->cap - slot->len) };
    }
    return count;
}

void s5a_tol_outlet_took(struct s5a_tol_outlet *o, size_t len, size_t behind, uint64_t now)
{
    o->behind = behind < UINT32_MAX ? (uint32_t)behind : UINT32_MAX;
    o->waiting += (uint32_t)len;
    while (len > 0 && o->filling < o->count) {
        struct s5a_tol_slot *slot = &o->slots[o->filling];
        size_t left = (size_t)(slot->cap - slot->len), part = len < left ? len : left;
        slot->len = (uint16_t)(slot->len + part);
        len -= part;
        if (slot->len == slot->cap)
            o->filling++;
    }
    o->pace.wake = now;
}

void s5a_tol_outlet_eof(struct s5a_tol_outlet *o, uint64_t now)
{
    o->eof = true;
    o->pace.wake = now;
}

size_t s5a_tol_outlet_pending(const struct s5a_tol_outlet *o)
{
    return (size_t)o->waiting + o->unsent;
}

bool s5a_tol_outlet_done(const struct s5a_tol_outlet *o)
{
    return o->ended && o->unsent == 0;
}

bool s5a_tol_outlet_failed(const struct s5a_tol_outlet *o)
{
    return o->failed;
}

uint64_t s5a_tol_outlet_deadline(const struct s5a_tol_outlet *o)
{
    if (o->failed || o->ended || o->unsent > 0)
        return S5A_TOL_NEVER;
    return s5a_tol_pace_deadline(&o->pace, o->link, o->waiting > 0);
}
