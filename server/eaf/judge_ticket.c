/* Tickets taken and issued. */
#include "server/eaf/judge.h"

#include <string.h>

#include "protocol/secret.h"

static struct s5a_span name_of(const struct s5ad_ticket *ticket)
{
    return (struct s5a_span){ ticket->name, ticket->name_len };
}

/* Any change of the user's section since makes the ticket one that is not known. */
static bool is_good_still(const struct s5ad_ticket *ticket, const struct s5ad_realm *realm,
                          uint64_t now)
{
    const struct s5ad_user *user =
        realm->users ? s5ad_users_find(realm->users, name_of(ticket)) : NULL;
    return user && !user->disabled && !s5ad_user_is_over(user->expires, now) &&
           s5a_equal_ct(&user->digest, &ticket->entry, sizeof user->digest);
}

static void take_up(struct s5ad_progress *progress, const struct s5ad_ticket *ticket)
{
    *progress = (struct s5ad_progress){
        .name_len = ticket->name_len,
        .entry = ticket->entry,
        .passed = { .set = ticket->methods },
        .first = ticket->first,
        .until = ticket->expires,
    };
    memcpy(progress->name, ticket->name, sizeof progress->name);
}

enum s5a_ticket_refusal s5ad_judge_ticket(struct s5ad_progress *progress,
                                          struct s5a_key *resumption,
                                          const struct s5ad_realm *realm, struct s5a_span sealed,
                                          uint64_t now)
{
    struct s5ad_ticket ticket;
    enum s5a_ticket_refusal refusal =
        s5ad_ticket_open(&ticket, sealed, &realm->keyring.tickets, now);
    if (refusal == S5A_TICKET_TAKEN && realm->ticket_lifetime > 0 &&
        is_good_still(&ticket, realm, now)) {
        take_up(progress, &ticket);
        *resumption = ticket.resumption;
    } else if (refusal == S5A_TICKET_TAKEN) {
        refusal = S5A_TICKET_UNKNOWN;
    }
    s5a_wipe(&ticket, sizeof ticket);
    return refusal;
}

/* From the first log-in on, and no longer than what was shown for it. */
static uint64_t end_of(const struct s5ad_progress *progress, uint32_t lifetime, uint64_t first)
{
    uint64_t end = first + lifetime;
    return progress->until != 0 && progress->until < end ? progress->until : end;
}

size_t s5ad_judge_issue(uint8_t out[static S5AD_TICKET_CAP], uint32_t *lifetime,
                        const struct s5ad_progress *progress, const struct s5ad_realm *realm,
                        const struct s5a_eaf_server *x, uint64_t now)
{
    struct s5ad_ticket ticket = { .first = progress->first ? progress->first : now };
    ticket.expires = end_of(progress, realm->ticket_lifetime, ticket.first);
    *lifetime = 0;
    if (progress->name_len == 0 || realm->ticket_lifetime == 0 || ticket.expires <= now)
        return 0;
    *lifetime = (uint32_t)(ticket.expires - now);
    ticket.entry = progress->entry;
    ticket.methods = progress->passed.set;
    ticket.name_len = progress->name_len;
    memcpy(ticket.name, progress->name, sizeof ticket.name);
    s5a_eaf_server_resumption(x, &ticket.resumption);
    size_t len = s5ad_ticket_seal(out, &ticket, &realm->keyring.tickets);
    s5a_wipe(&ticket, sizeof ticket);
    return len;
}
