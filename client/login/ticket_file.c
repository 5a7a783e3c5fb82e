/* Records of tickets. */
#include "client/login/ticket_file.h"

#include <string.h>

#include "protocol/secret.h"

#define MAGIC "s5a-tickets-1\n"

static bool read_record(struct s5a_reader *r, struct s5a_ticket *out)
{
    out->expiry = s5a_read_u64(r);
    out->used = s5a_read_u8(r) != 0;
    s5a_read_copy(r, out->resumption.bytes, sizeof(out->resumption.bytes));
    struct s5a_span bytes = s5a_read_vec16(r);
    if (r->bad || bytes.len == 0 || bytes.len > sizeof(out->bytes))
        return false;
    memcpy(out->bytes, bytes.at, bytes.len);
    out->len = bytes.len;
    return true;
}

void s5a_ticket_list_decode(struct s5a_ticket_list *out, struct s5a_span file, uint64_t now)
{
    struct s5a_reader r;
    s5a_reader_init(&r, file.at, file.len);
    out->count = 0;
    if (!s5a_span_equal(s5a_read_span(&r, strlen(MAGIC)), S5A_SPAN(MAGIC)))
        return;
    while (out->count < S5A_TICKETS_KEPT && read_record(&r, &out->at[out->count]))
        if (out->at[out->count].expiry > now)
            out->count++;
}

void s5a_ticket_list_encode(struct s5a_writer *w, const struct s5a_ticket_list *list)
{
    s5a_write_span(w, S5A_SPAN(MAGIC));
    for (unsigned i = 0; i < list->count; i++) {
        const struct s5a_ticket *ticket = &list->at[i];
        s5a_write_u64(w, ticket->expiry);
        s5a_write_u8(w, ticket->used);
        s5a_write_bytes(w, ticket->resumption.bytes, sizeof(ticket->resumption.bytes));
        s5a_write_vec16(w, (struct s5a_span){ ticket->bytes, ticket->len });
    }
}

static void remove_at(struct s5a_ticket_list *list, unsigned i)
{
    list->count--;
    memmove(&list->at[i], &list->at[i + 1], (list->count - i) * sizeof(list->at[0]));
    s5a_wipe(&list->at[list->count], sizeof(list->at[0]));
}

void s5a_ticket_list_add(struct s5a_ticket_list *list, const struct s5a_ticket *ticket)
{
    unsigned oldest = 0;
    while (oldest < list->count && !list->at[oldest].used)
        oldest++;
    if (list->count == S5A_TICKETS_KEPT)
        remove_at(list, oldest < list->count ? oldest : 0);
    list->at[list->count++] = *ticket;
}

void s5a_ticket_list_remove(struct s5a_ticket_list *list, struct s5a_span bytes)
{
    for (unsigned i = list->count; i-- > 0;)
        if (s5a_span_equal((struct s5a_span){ list->at[i].bytes, list->at[i].len }, bytes))
            remove_at(list, i);
}

const struct s5a_ticket *s5a_ticket_list_take(struct s5a_ticket_list *list)
{
    for (unsigned i = list->count; i-- > 0;) {
        if (list->at[i].used)
            continue;
        list->at[i].used = true;
        return &list->at[i];
    }
    return list->count > 0 ? &list->at[list->count - 1] : NULL;
}
