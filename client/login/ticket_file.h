/* The content of a file of tickets: "s5a-tickets-1\n", then one record a ticket, the newest last. */
#pragma once

#include <stdbool.h>

#include "protocol/crypto/hash.h"
#include "protocol/eaf/params.h"

enum {
    S5A_TICKETS_KEPT = 8,
    S5A_TICKET_RECORD_MAX = 8 + 1 + S5A_KEY_LEN + 2 + S5A_TICKET_MAX,
    S5A_TICKET_FILE_MAX = 14 + S5A_TICKETS_KEPT * S5A_TICKET_RECORD_MAX,
};

/* Secret. */
struct s5a_ticket {
    uint64_t expiry; /* s since 1970 */
    bool used;
    struct s5a_key resumption; /* R */
    size_t len;                /* 0: none */
    uint8_t bytes[S5A_TICKET_MAX];
};

/* Secret, and some KiB. */
struct s5a_ticket_list {
    unsigned count;
    struct s5a_ticket at[S5A_TICKETS_KEPT];
};

/* What of the file is whole and not over at `now`; anything else counts as nothing. */
void s5a_ticket_list_decode(struct s5a_ticket_list *out, struct s5a_span file, uint64_t now);
void s5a_ticket_list_encode(struct s5a_writer *w, const struct s5a_ticket_list *list);
/* Makes room by forgetting a used one, else the oldest. */
void s5a_ticket_list_add(struct s5a_ticket_list *list, const struct s5a_ticket *ticket);
void s5a_ticket_list_remove(struct s5a_ticket_list *list, struct s5a_span bytes);
/* The newest that was not used, marked as used now; else the newest; else NULL. */
const struct s5a_ticket *s5a_ticket_list_take(struct s5a_ticket_list *list);
