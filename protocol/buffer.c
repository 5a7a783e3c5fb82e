/* A bounded first-in first-out byte buffer. */
#include "protocol/buffer.h"

#include <string.h>

#include "protocol/secret.h"

void s5a_buffer_init(struct s5a_buffer *b, void *storage, size_t cap)
{
    *b = (struct s5a_buffer){ .storage = storage, .cap = cap };
}

static size_t waiting(const struct s5a_buffer *b)
{
    return b->to - b->from;
}

/* No arithmetic on an offset of 0: the storage may be NULL then. */
static uint8_t *at(const struct s5a_buffer *b, size_t offset)
{
    return offset > 0 ? b->storage + offset : b->storage;
}

struct s5a_span s5a_buffer_peek(const struct s5a_buffer *b)
{
    return (struct s5a_span){ at(b, b->from), waiting(b) };
}

void s5a_buffer_consume(struct s5a_buffer *b, size_t len)
{
    b->from += len < waiting(b) ? len : waiting(b);
    if (b->from == b->to)
        b->from = b->to = 0;
}

uint8_t *s5a_buffer_space(struct s5a_buffer *b, size_t *room)
{
    if (b->from > 0) {
        memmove(b->storage, at(b, b->from), waiting(b));
        b->to = waiting(b);
        b->from = 0;
    }
    *room = b->cap - b->to;
    return at(b, b->to);
}

void s5a_buffer_commit(struct s5a_buffer *b, size_t len)
{
    b->to += len < b->cap - b->to ? len : b->cap - b->to;
}

size_t s5a_buffer_append(struct s5a_buffer *b, struct s5a_span bytes)
{
    size_t room = 0;
    uint8_t *space = s5a_buffer_space(b, &room);
    size_t len = bytes.len < room ? bytes.len : room;
    if (len > 0)
        memcpy(space, bytes.at, len);
    s5a_buffer_commit(b, len);
    return len;
}

void s5a_buffer_wipe(struct s5a_buffer *b)
{
    s5a_wipe(b->storage, b->cap);
    b->from = b->to = 0;
}
