/* Records in, plain bytes out. */
#include "protocol/tol/inlet.h"

#include <string.h>

void s5a_tol_inlet_init(struct s5a_tol_inlet *i, struct s5a_tol_link *link)
{
    *i = (struct s5a_tol_inlet){ .link = link, .ended = link->in.ended };
}

bool s5a_tol_inlet_has_buffer(const struct s5a_tol_inlet *i)
{
    return i->buffer != NULL;
}

void s5a_tol_inlet_lend(struct s5a_tol_inlet *i, uint8_t *buffer)
{
    i->buffer = buffer;
    i->from = i->to = 0;
}

size_t s5a_tol_inlet_pending(const struct s5a_tol_inlet *i)
{
    size_t pending = i->to - i->from;
    for (unsigned at = i->first; at < i->count; at++)
        pending += i->spans[at].len;
    return pending;
}

uint8_t *s5a_tol_inlet_reclaim(struct s5a_tol_inlet *i, bool force)
{
    uint8_t *buffer = i->buffer;
    if (!force && s5a_tol_inlet_pending(i) > 0)
        return NULL;
    i->buffer = NULL;
    i->from = i->to = 0;
    i->first = i->count = 0;
    return buffer;
}

bool s5a_tol_inlet_prime(struct s5a_tol_inlet *i, struct s5a_span payload, struct s5a_span wire)
{
    if (payload.len > S5A_TOL_IN_CAP || wire.len > S5A_TOL_IN_CAP - payload.len)
        return false;
    if (payload.len > 0) {
        memcpy(i->buffer, payload.at, payload.len);
        i->spans[i->count++] = (struct s5a_tol_in_span){ 0, (uint32_t)payload.len };
    }
    if (wire.len > 0)
        memcpy(i->buffer + payload.len, wire.at, wire.len);
    i->from = (uint32_t)payload.len;
    i->to = (uint32_t)(payload.len + wire.len);
    return true;
}

/* Once nothing that was opened is left in the buffer, what is not opened moves to its front: mostly
 * a part of one record. */
static void make_room(struct s5a_tol_inlet *i)
{
    if (i->first < i->count || i->from == 0)
        return;
    memmove(i->buffer, i->buffer + i->from, i->to - i->from);
    i->to -= i->from;
    i->from = 0;
}

uint8_t *s5a_tol_inlet_room(struct s5a_tol_inlet *i, size_t *len)
{
    *len = 0;
    if (!i->buffer || i->fin || i->bad)
        return NULL;
    make_room(i);
    *len = S5A_TOL_IN_CAP - i->to;
    return *len > 0 ? i->buffer + i->to : NULL;
}

void s5a_tol_inlet_took(struct s5a_tol_inlet *i, size_t len)
{
    i->to += (uint32_t)len;
    i->stalled = false;
}

void s5a_tol_inlet_fin(struct s5a_tol_inlet *i)
{
    i->fin = true;
}

/* ---- opening ---- */

/* A short payload moves up behind the one before it, where its head was: fewer pieces to write. */
static bool joined(struct s5a_tol_inlet *i, const struct s5a_tol_record *record)
{
    enum { SHORT = 2048 };
    if (i->first == i->count || record->payload_len > SHORT)
        return false;
    struct s5a_tol_in_span *last = &i->spans[i->count - 1];
    memmove(i->buffer + last->at + last->len, record->payload, record->payload_len);
    last->len += (uint32_t)record->payload_len;
    return true;
}

static void add_span(struct s5a_tol_inlet *i, const struct s5a_tol_record *record)
{
    if (record->payload_len == 0 || joined(i, record))
        return;
    i->spans[i->count++] = (struct s5a_tol_in_span){ (uint32_t)(record->payload - i->buffer),
                                                     (uint32_t)record->payload_len };
}

/* The next record, if it is whole. Bytes behind the end record are refused here too. */
static bool open_next(struct s5a_tol_inlet *i)
{
    struct s5a_tol_record record;
    if (i->bad || i->from == i->to)
        return false;
    switch (s5a_tol_link_open(i->link, i->buffer + i->from, i->to - i->from, &record)) {
    case S5A_TOL_WHOLE:
        i->from += (uint32_t)record.len;
        i->ended |= record.is_end;
        add_span(i, &record);
        return true;
    case S5A_TOL_MORE:
        i->stalled = true;
        return false;
    default:
        i->bad = true;
        i->from = i->to;
        return false;
    }
}

static void open_all(struct s5a_tol_inlet *i)
{
    if (i->first == i->count)
        i->first = i->count = 0;
    while (i->count < S5A_TOL_IN_SPANS && open_next(i))
        ;
}

int s5a_tol_inlet_payload(struct s5a_tol_inlet *i, struct iovec *iov, int max)
{
    int count = 0;
    if (!i->buffer)
        return 0;
    open_all(i);
    for (unsigned at = i->first; at < i->count && count < max; at++)
        iov[count++] = (struct iovec){ i->buffer + i->spans[at].at, i->spans[at].len };
    return count;
}

void s5a_tol_inlet_gave(struct s5a_tol_inlet *i, size_t len)
{
    while (len > 0 && i->first < i->count) {
        struct s5a_tol_in_span *span = &i->spans[i->first];
        uint32_t part = len < span->len ? (uint32_t)len : span->len;
        span->at += part;
        span->len -= part;
        len -= part;
        if (span->len == 0)
            i->first++;
    }
}

enum s5a_tol_inlet_state s5a_tol_inlet_state(const struct s5a_tol_inlet *i)
{
    bool unseen = i->from < i->to && !i->stalled;
    if (i->first < i->count || unseen)
        return S5A_TOL_INLET_OPEN;
    if (i->bad)
        return S5A_TOL_INLET_BAD;
    if (i->ended)
        return S5A_TOL_INLET_ENDED;
    return i->fin ? S5A_TOL_INLET_CUT : S5A_TOL_INLET_OPEN;
}
