/* Look-ups of names, and what is told of each. */
#include "server/names_channel.h"

#include <stdlib.h>
#include <string.h>

static uint8_t rep_of(int status)
{
    switch (status) {
    case ARES_SUCCESS:
        return S5A_REP_SUCCEEDED;
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
    case ARES_EBADNAME:
        return S5A_REP_HOST_UNREACHABLE;
    case ARES_ETIMEOUT:
        return S5A_REP_TTL_EXPIRED;
    default:
        return S5A_REP_FAILURE;
    }
}

/* ---- one look-up ---- */

static void drop(struct s5ad_lookup *lookup)
{
    free(lookup->text);
    free(lookup);
}

static void on_deliver(struct s5ad_timer *timer)
{
    struct s5ad_lookup *lookup = S5AD_OWNER(timer, struct s5ad_lookup, deliver);
    lookup->found(lookup->owner, &lookup->answer);
    drop(lookup);
}

struct s5ad_lookup *s5ad_lookup_new(struct s5ad_names *names, bool yields, s5ad_found_fn *found,
                                    void *owner)
{
    unsigned most = yields ? names->outstanding_max / 2 : names->outstanding_max;
    if (names->outstanding >= most)
        return NULL;
    struct s5ad_lookup *lookup = calloc(1, sizeof *lookup);
    if (!lookup)
        return NULL;
    lookup->names = names;
    lookup->deliver.fire = on_deliver;
    lookup->found = found;
    lookup->owner = owner;
    names->outstanding++;
    return lookup;
}

void s5ad_lookup_end(struct s5ad_lookup *lookup, int status)
{
    lookup->names->outstanding--;
    if (!lookup->found) {
        drop(lookup);
        return;
    }
    lookup->answer.rep = rep_of(status);
    lookup->answer.why = ares_strerror(status);
    s5ad_loop_after(lookup->names->loop, &lookup->deliver, 0);
}

void s5ad_lookup_cancel(struct s5ad_lookup *lookup)
{
    if (!lookup)
        return;
    lookup->found = NULL;
    if (!lookup->deliver.set)
        return; /* c-ares still holds it; s5ad_lookup_end frees it */
    s5ad_timer_clear(&lookup->names->loop->timers, &lookup->deliver);
    drop(lookup);
}

/* ---- names ---- */

static void collect(struct s5ad_lookup *lookup, const struct ares_addrinfo *info, int family)
{
    struct s5ad_found *answer = &lookup->answer;
    for (struct ares_addrinfo_node *node = info->nodes; node; node = node->ai_next) {
        if (node->ai_family != family || answer->count == S5AD_FOUND_MAX)
            continue;
        struct s5ad_sockaddr at = s5ad_sockaddr_from(node->ai_addr);
        struct s5a_address address = s5ad_sockaddr_address(&at);
        answer->at[answer->count++] = s5ad_sockaddr_of(&address, lookup->port);
    }
}

static void on_answer(void *data, int status, int timeouts, struct ares_addrinfo *info)
{
    (void)timeouts;
    struct s5ad_lookup *lookup = data;
    if (lookup->found && status == ARES_SUCCESS) {
        collect(lookup, info, AF_INET);
        collect(lookup, info, AF_INET6);
        status = lookup->answer.count ? ARES_SUCCESS : ARES_ENODATA;
    }
    if (info)
        ares_freeaddrinfo(info);
    s5ad_lookup_end(lookup, status);
}

struct s5ad_lookup *s5ad_names_find(struct s5ad_names *names, const struct s5ad_question *question,
                                    s5ad_found_fn *found, void *owner)
{
    char text[S5A_NAME_MAX + 1];
    if (question->name.len >= sizeof text)
        return NULL;
    struct s5ad_lookup *lookup = s5ad_lookup_new(names, question->yields, found, owner);
    if (!lookup)
        return NULL;
    lookup->port = question->port;
    memcpy(text, question->name.at, question->name.len);
    text[question->name.len] = '\0';
    struct ares_addrinfo_hints hints = {
        .ai_family = question->family,
        .ai_socktype = SOCK_STREAM,
        .ai_flags = names->hint_flags,
    };
    ares_getaddrinfo(names->channel, text, NULL, &hints, on_answer, lookup);
    s5ad_names_set_timer(names);
    return lookup;
}
