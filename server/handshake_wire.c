/* The handshake's bytes on the connection: in clear. */
#include "server/handshake_steps.h"

uint8_t *s5ad_handshake_space(struct s5ad_handshake *hs, size_t *room)
{
    return s5a_buffer_space(&hs->in, room);
}

void s5ad_handshake_commit(struct s5ad_handshake *hs, size_t len)
{
    s5a_buffer_commit(&hs->in, len);
}

size_t s5ad_handshake_room(const struct s5ad_handshake *hs)
{
    return hs->out.cap - s5a_buffer_peek(&hs->out).len;
}

void s5ad_handshake_send(struct s5ad_handshake *hs, const struct s5a_writer *w)
{
    s5a_buffer_append(&hs->out, (struct s5a_span){ w->begin, s5a_writer_len(w) });
}
