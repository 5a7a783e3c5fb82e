/* Bounded cursors over wire bytes. */
#include "protocol/bytes.h"

#include <string.h>

bool s5a_span_equal(struct s5a_span a, struct s5a_span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* ---- reader ---- */

/* No arithmetic where `len` is 0: the bytes may be NULL then. */
void s5a_reader_init(struct s5a_reader *r, const void *bytes, size_t len)
{
    r->at = bytes;
    r->end = len > 0 ? r->at + len : r->at;
    r->bad = false;
}

size_t s5a_reader_left(const struct s5a_reader *r)
{
    return r->bad ? 0 : (size_t)(r->end - r->at);
}

/* The one bounds check of all reads. */
static const uint8_t *take(struct s5a_reader *r, size_t len)
{
    if (r->bad || len > s5a_reader_left(r)) {
        r->bad = true;
        return NULL;
    }
    const uint8_t *from = r->at;
    if (len > 0)
        r->at += len;
    return from;
}

static uint64_t read_uint(struct s5a_reader *r, size_t width)
{
    const uint8_t *from = take(r, width);
    if (!from)
        return 0;
    uint64_t v = 0;
    for (size_t i = 0; i < width; i++)
        v = v << 8 | from[i];
    return v;
}

uint8_t s5a_read_u8(struct s5a_reader *r)
{
    return (uint8_t)read_uint(r, 1);
}

uint16_t s5a_read_u16(struct s5a_reader *r)
{
    return (uint16_t)read_uint(r, 2);
}

uint32_t s5a_read_u32(struct s5a_reader *r)
{
    return (uint32_t)read_uint(r, 4);
}

uint64_t s5a_read_u64(struct s5a_reader *r)
{
    return read_uint(r, 8);
}

struct s5a_span s5a_read_span(struct s5a_reader *r, size_t len)
{
    const uint8_t *from = take(r, len);
    return (struct s5a_span){ from, from ? len : 0 };
}

struct s5a_span s5a_read_vec8(struct s5a_reader *r)
{
    size_t len = s5a_read_u8(r);
    return s5a_read_span(r, len);
}

struct s5a_span s5a_read_vec16(struct s5a_reader *r)
{
    size_t len = s5a_read_u16(r);
    return s5a_read_span(r, len);
}

void s5a_read_copy(struct s5a_reader *r, void *out, size_t len)
{
    const uint8_t *from = take(r, len);
    if (len == 0)
        return;
    if (from)
        memcpy(out, from, len);
    else
        memset(out, 0, len);
}

/* ---- writer ---- */

void s5a_writer_init(struct s5a_writer *w, void *storage, size_t cap)
{
    w->begin = storage;
    w->at = w->begin;
    w->end = cap > 0 ? w->begin + cap : w->begin;
    w->bad = false;
}

size_t s5a_writer_len(const struct s5a_writer *w)
{
    return (size_t)(w->at - w->begin);
}

/* The one bounds check of all writes. */
uint8_t *s5a_write_reserve(struct s5a_writer *w, size_t len)
{
    if (w->bad || len > (size_t)(w->end - w->at)) {
        w->bad = true;
        return NULL;
    }
    uint8_t *to = w->at;
    if (len > 0)
        w->at += len;
    return to;
}

static void put_uint(uint8_t *to, uint64_t v, size_t width)
{
    for (size_t i = width; i > 0; i--) {
        to[i - 1] = (uint8_t)v;
        v >>= 8;
    }
}

static void write_uint(struct s5a_writer *w, uint64_t v, size_t width)
{
    uint8_t *to = s5a_write_reserve(w, width);
    if (to)
        put_uint(to, v, width);
}

void s5a_write_u8(struct s5a_writer *w, uint8_t v)
{
    write_uint(w, v, 1);
}

void s5a_write_u16(struct s5a_writer *w, uint16_t v)
{
    write_uint(w, v, 2);
}

void s5a_write_u32(struct s5a_writer *w, uint32_t v)
{
    write_uint(w, v, 4);
}

void s5a_write_u64(struct s5a_writer *w, uint64_t v)
{
    write_uint(w, v, 8);
}

void s5a_write_bytes(struct s5a_writer *w, const void *bytes, size_t len)
{
    uint8_t *to = s5a_write_reserve(w, len);
    if (to && len > 0)
        memcpy(to, bytes, len);
}

void s5a_write_span(struct s5a_writer *w, struct s5a_span bytes)
{
    s5a_write_bytes(w, bytes.at, bytes.len);
}

void s5a_write_vec8(struct s5a_writer *w, struct s5a_span bytes)
{
    size_t mark = s5a_write_open8(w);
    s5a_write_span(w, bytes);
    s5a_write_close8(w, mark);
}

void s5a_write_vec16(struct s5a_writer *w, struct s5a_span bytes)
{
    size_t mark = s5a_write_open16(w);
    s5a_write_span(w, bytes);
    s5a_write_close16(w, mark);
}

static size_t open_length(struct s5a_writer *w, size_t width)
{
    size_t mark = s5a_writer_len(w);
    write_uint(w, 0, width);
    return mark;
}

static void close_length(struct s5a_writer *w, size_t mark, size_t width, size_t max)
{
    if (w->bad)
        return;
    size_t len = s5a_writer_len(w) - mark - width;
    if (len > max)
        w->bad = true;
    else
        put_uint(w->begin + mark, len, width);
}

size_t s5a_write_open8(struct s5a_writer *w)
{
    return open_length(w, 1);
}

size_t s5a_write_open16(struct s5a_writer *w)
{
    return open_length(w, 2);
}

void s5a_write_close8(struct s5a_writer *w, size_t mark)
{
    close_length(w, mark, 1, UINT8_MAX);
}

void s5a_write_close16(struct s5a_writer *w, size_t mark)
{
    close_length(w, mark, 2, UINT16_MAX);
}
