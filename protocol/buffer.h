/* A first-in first-out byte buffer over storage of its owner: what a stream has delivered and
 * nobody has taken yet. Bounded: it never grows. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "protocol/bytes.h"

struct s5a_buffer {
    uint8_t *storage;
    size_t cap;
    size_t from; /* first byte not taken */
    size_t to;   /* first free byte */
};

void s5a_buffer_init(struct s5a_buffer *b, void *storage, size_t cap);
/* What waits, in order; the view is valid until the next call that is not a peek. */
struct s5a_span s5a_buffer_peek(const struct s5a_buffer *b);
/* Drops `len` (at most what waits) bytes from the front. */
void s5a_buffer_consume(struct s5a_buffer *b, size_t len);
/* Where the next bytes go, and in `*room` how many fit there; moves waiting bytes to the front
 * where that makes room. Fill, then commit. */
uint8_t *s5a_buffer_space(struct s5a_buffer *b, size_t *room);
void s5a_buffer_commit(struct s5a_buffer *b, size_t len);
/* Copies as much of `bytes` as fits; says how much that was. */
size_t s5a_buffer_append(struct s5a_buffer *b, struct s5a_span bytes);
/* Overwrites the whole storage and empties the buffer. */
void s5a_buffer_wipe(struct s5a_buffer *b);
