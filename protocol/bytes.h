/* Bounded cursors: the only pointer arithmetic over wire bytes in the tree.
 *
 * A reader walks bytes that somebody else owns, a writer fills storage that somebody else owns.
 * Both are sticky: the first access past the end sets `bad`, every later one does nothing and
 * yields zeros, so a decoder reads a whole message and asks once. Integers are big-endian
 * (profile, section 0). Nothing here allocates, blocks or fails otherwise. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/attributes.h"

/* A view of bytes owned elsewhere; `at` may be NULL where `len` is 0. */
struct s5a_span {
    const uint8_t *at;
    size_t len;
};

/* The bytes of a string literal without its NUL. */
#define S5A_SPAN(literal) ((struct s5a_span){ (const uint8_t *)("" literal), sizeof(literal) - 1 })

/* True where both hold the same bytes. Not constant-time: never for secrets. */
bool s5a_span_equal(struct s5a_span a, struct s5a_span b);

struct s5a_reader {
    const uint8_t *at;
    const uint8_t *end;
    bool bad; /* an access went past the end */
};

void s5a_reader_init(struct s5a_reader *r, const void *bytes, size_t len);
size_t s5a_reader_left(const struct s5a_reader *r);
uint8_t s5a_read_u8(struct s5a_reader *r);
uint16_t s5a_read_u16(struct s5a_reader *r);
uint32_t s5a_read_u32(struct s5a_reader *r);
uint64_t s5a_read_u64(struct s5a_reader *r);
/* The next `len` bytes as a view into the reader's input; empty and bad where they are not there. */
struct s5a_span s5a_read_span(struct s5a_reader *r, size_t len);
/* A view whose length stands before it as u8 or u16. */
struct s5a_span s5a_read_vec8(struct s5a_reader *r);
struct s5a_span s5a_read_vec16(struct s5a_reader *r);
/* Copies `len` bytes to `out`; zeros there where they are not in the input. */
void s5a_read_copy(struct s5a_reader *r, void *out, size_t len);

struct s5a_writer {
    uint8_t *begin;
    uint8_t *at;
    uint8_t *end;
    bool bad; /* something did not fit, or a back-filled length did not */
};

void s5a_writer_init(struct s5a_writer *w, void *storage, size_t cap);
/* Bytes written so far; once bad, those before the write that did not fit. */
size_t s5a_writer_len(const struct s5a_writer *w);
void s5a_write_u8(struct s5a_writer *w, uint8_t v);
void s5a_write_u16(struct s5a_writer *w, uint16_t v);
void s5a_write_u32(struct s5a_writer *w, uint32_t v);
void s5a_write_u64(struct s5a_writer *w, uint64_t v);
void s5a_write_bytes(struct s5a_writer *w, const void *bytes, size_t len);
void s5a_write_span(struct s5a_writer *w, struct s5a_span bytes);
/* The bytes with their length before them; more than 255 (65535) make the writer bad. */
void s5a_write_vec8(struct s5a_writer *w, struct s5a_span bytes);
void s5a_write_vec16(struct s5a_writer *w, struct s5a_span bytes);

/* Room for `len` bytes that the caller fills; NULL and bad where they do not fit. */
S5A_MUST_USE uint8_t *s5a_write_reserve(struct s5a_writer *w, size_t len);

/* Back-filled lengths: open before the content, close behind it. A mark is an offset. */
S5A_MUST_USE size_t s5a_write_open8(struct s5a_writer *w);
S5A_MUST_USE size_t s5a_write_open16(struct s5a_writer *w);
void s5a_write_close8(struct s5a_writer *w, size_t mark);
void s5a_write_close16(struct s5a_writer *w, size_t mark);
