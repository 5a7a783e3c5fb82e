/* From the targets to the client. */
#include "server/udp/association_steps.h"

#include <string.h>

enum { ROUNDS = 4 }; /* an association's share of one wake-up */

static bool was_written_to(struct s5ad_association *a, const struct s5ad_sockaddr *from)
{
    const struct s5ad_udp_target *target = s5ad_udp_targets_find(a->targets, from);
    return target && !target->objection;
}

/* The header goes right before the data. */
static struct s5a_span wrap(struct s5ad_batch_slot *slot)
{
    uint8_t header[S5A_UDP_HEADER_MAX];
    struct s5a_writer w;
    struct s5a_address address = s5ad_sockaddr_address(&slot->from);
    s5a_writer_init(&w, header, sizeof header);
    s5a_udp_header_encode(&w, &address, s5ad_sockaddr_port(&slot->from));
    size_t len = s5a_writer_len(&w);
    memcpy(slot->data - len, header, len);
    return (struct s5a_span){ slot->data - len, len + slot->len };
}

static void pass(struct s5ad_association *a, struct s5ad_batch_slot *slot)
{
    if (slot->len > a->largest || !was_written_to(a, &slot->from)) {
        a->counts.dropped++;
        return;
    }
    a->counts.down++;
    a->counts.down_bytes += slot->len;
    s5ad_association_stir(a);
    struct s5a_span message = wrap(slot);
    if (a->in_stream)
        s5ad_association_stream_put(a, message);
    else
        s5ad_batch_send(a->scene->batch, a->front.fd, message, &a->client);
}

static void on_exit_ready(struct s5ad_association *a, const struct s5ad_watch *watch)
{
    struct s5ad_batch *batch = a->scene->batch;
    unsigned count = S5AD_BATCH_MAX;
    for (int round = 0; round < ROUNDS && count == S5AD_BATCH_MAX; round++) {
        if (a->in_stream && !s5ad_association_stream_has_room(a))
            break;
        count = s5ad_batch_receive(batch, watch->fd);
        for (unsigned i = 0; i < count; i++)
            pass(a, &batch->slots[i]);
        s5ad_batch_flush(batch);
    }
    if (a->in_stream)
        (void)s5ad_association_stream_flush(a);
}

void s5ad_association_on_v4(struct s5ad_watch *watch, uint32_t events)
{
    (void)events;
    on_exit_ready(S5AD_OWNER(watch, struct s5ad_association, exits[0]), watch);
}

void s5ad_association_on_v6(struct s5ad_watch *watch, uint32_t events)
{
    (void)events;
    on_exit_ready(S5AD_OWNER(watch, struct s5ad_association, exits[1]), watch);
}
