/* A datagram with its header in the program's own buffers. */
#include "shim/datagrams/scatter.h"

#include <string.h>

bool s5a_scatter_init(struct s5a_scatter *s, const struct iovec *parts, size_t count,
                      size_t head_len)
{
    s->head_len = head_len;
    s->room = 0;
    s->count = 0;
    if (count > S5A_SCATTER_PARTS)
        return false;
    s->list[s->count++] = (struct iovec){ s->head, head_len };
    for (size_t i = 0; i < count; i++) {
        s->list[s->count++] = parts[i];
        s->room += parts[i].iov_len;
    }
    s->list[s->count++] = (struct iovec){ s->tail, sizeof s->tail };
    return true;
}

/* A place in the buffers taken as one. */
struct place {
    const struct s5a_scatter *s;
    size_t part;
    size_t offset;
};

/* The part that holds byte `at`; past all: none. */
static struct place place_at(const struct s5a_scatter *s, size_t at)
{
    struct place p = { s, 0, at };
    while (p.part < s->count && p.offset >= s->list[p.part].iov_len)
        p.offset -= s->list[p.part++].iov_len;
    return p;
}

static size_t run_of(const struct place *p)
{
    return p->part < p->s->count ? p->s->list[p->part].iov_len - p->offset : 0;
}

static uint8_t *bytes_of(const struct place *p)
{
    return (uint8_t *)p->s->list[p->part].iov_base + p->offset;
}

static void advance(struct place *p, size_t len)
{
    p->offset += len;
    while (p->part < p->s->count && p->offset >= p->s->list[p->part].iov_len)
        p->offset -= p->s->list[p->part++].iov_len;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

size_t s5a_scatter_peek(const struct s5a_scatter *s, size_t len, uint8_t *out, size_t cap)
{
    struct place from = place_at(s, 0);
    size_t left = len < cap ? len : cap, done = 0;
    while (left > 0 && run_of(&from) > 0) {
        size_t some = smallest(left, run_of(&from), left);
        memcpy(out + done, bytes_of(&from), some);
        advance(&from, some);
        done += some;
        left -= some;
    }
    return done;
}

/* Towards the beginning, from the front. */
static void move_down(struct s5a_scatter *s, size_t from_at, size_t to_at, size_t len)
{
    struct place from = place_at(s, from_at), to = place_at(s, to_at);
    while (len > 0) {
        size_t some = smallest(len, run_of(&from), run_of(&to));
        if (some == 0)
            return;
        memmove(bytes_of(&to), bytes_of(&from), some);
        advance(&from, some);
        advance(&to, some);
        len -= some;
    }
}

/* Towards the end, from the back. */
static void move_up(struct s5a_scatter *s, size_t from_at, size_t to_at, size_t len)
{
    while (len > 0) {
        struct place from = place_at(s, from_at + len - 1), to = place_at(s, to_at + len - 1);
        size_t some = smallest(len, from.offset + 1, to.offset + 1);
        memmove(bytes_of(&to) + 1 - some, bytes_of(&from) + 1 - some, some);
        len -= some;
    }
}

size_t s5a_scatter_settle(struct s5a_scatter *s, size_t len, size_t header)
{
    size_t data = len > header ? len - header : 0;
    size_t kept = data < s->room ? data : s->room;
    if (header > s->head_len)
        move_down(s, header, s->head_len, kept);
    else if (header < s->head_len)
        move_up(s, header, s->head_len, kept);
    return kept;
}
