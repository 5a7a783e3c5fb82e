/* The handshake's bytes on the connection: in clear, or in records. */
#include "server/handshake_steps.h"

#include "protocol/secret.h"

uint8_t *s5ad_handshake_space(struct s5ad_handshake *hs, size_t *room)
{
    return s5a_buffer_space(hs->records ? &hs->records->raw : &hs->in, room);
}

void s5ad_handshake_commit(struct s5ad_handshake *hs, size_t len)
{
    s5a_buffer_commit(hs->records ? &hs->records->raw : &hs->in, len);
}

size_t s5ad_handshake_room(const struct s5ad_handshake *hs)
{
    if (hs->records)
        return s5ad_records_room(hs->records, &hs->out);
    return hs->out.cap - s5a_buffer_peek(&hs->out).len;
}

void s5ad_handshake_send(struct s5ad_handshake *hs, const struct s5a_writer *w)
{
    struct s5a_span bytes = { w->begin, s5a_writer_len(w) };
    bool is_selection = hs->step == S5AD_STEP_GREETING;
    if (!hs->records || is_selection)
        s5a_buffer_append(&hs->out, bytes);
    else if (!s5ad_records_send(hs->records, &hs->out, bytes))
        s5ad_handshake_end(hs, S5AD_STEP_CLOSED, "answer does not fit");
}

/* What waits in `from` goes to the front of a larger buffer. */
static void enlarge(struct s5a_buffer *buffer, uint8_t *storage, size_t cap)
{
    struct s5a_buffer larger;
    s5a_buffer_init(&larger, storage, cap);
    s5a_buffer_append(&larger, s5a_buffer_peek(buffer));
    s5a_buffer_wipe(buffer);
    *buffer = larger;
}

void s5ad_handshake_enlarge(struct s5ad_handshake *hs)
{
    if (hs->exchange && hs->in.storage == hs->in_storage)
        enlarge(&hs->in, hs->exchange->in, sizeof hs->exchange->in);
}

bool s5ad_handshake_start_records(struct s5ad_handshake *hs, struct s5a_span greeting)
{
    const struct s5ad_keyring *keyring = hs->keyring;
    hs->records = s5ad_records_new(keyring->has_network ? &keyring->network : NULL, greeting);
    return hs->records != NULL;
}

/* The greeting is taken: what is behind it are records. */
void s5ad_handshake_enter_records(struct s5ad_handshake *hs)
{
    struct s5a_span behind = s5a_buffer_peek(&hs->in);
    size_t kept = s5a_buffer_append(&hs->records->raw, behind);
    s5a_wipe(hs->in.storage + hs->in.from, behind.len);
    s5a_buffer_consume(&hs->in, kept);
    enlarge(&hs->out, hs->records->out, sizeof hs->records->out);
}

enum s5a_status s5ad_handshake_pull(struct s5ad_handshake *hs)
{
    switch (s5ad_records_open(hs->records, &hs->in)) {
    case S5AD_RECORDS_PAYLOAD:
        break;
    case S5AD_RECORDS_MORE:
        return S5A_INCOMPLETE;
    case S5AD_RECORDS_BAD:
        s5ad_handshake_end(hs, S5AD_STEP_CLOSED, "bad record");
        return S5A_MALFORMED;
    }
    if (hs->records->ended) {
        s5ad_handshake_leave(hs, "client ended");
    }
    return S5A_OK;
}

void s5ad_handshake_agree(struct s5ad_handshake *hs)
{
    const struct s5ad_exchange *exchange = hs->exchange;
    const struct s5a_eaf_channel *channel = &exchange->x.channel;
    struct s5a_tol_link *link = &hs->records->link;
    s5a_tol_link_agree(link, &channel->ck, &channel->t, exchange->tol.sealed);
    s5a_tol_link_switch_out(link);
    link->shape = exchange->tol.shape;
}

void s5ad_handshake_leave(struct s5ad_handshake *hs, const char *why)
{
    hs->orderly = true;
    s5ad_handshake_end(hs, S5AD_STEP_REFUSED, why);
}
