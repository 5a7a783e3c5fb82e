/* Whom a socket has sent datagrams to through the proxy. */
#include "shim/datagrams/targets.h"

#include <string.h>

#include "client/word.h"

static uint16_t port_of(const union s5a_inet *address)
{
    return ntohs(address->v4.sin_port); /* at the same place in both */
}

static struct s5a_sent_target *place_for(struct s5a_targets *targets, const union s5a_inet *given)
{
    struct s5a_sent_target *oldest = &targets->list[0];
    for (size_t i = 0; i < S5A_TARGETS_MAX; i++) {
        struct s5a_sent_target *at = &targets->list[i];
        if (at->given.family != 0 && s5a_inet_equal(&at->given, given))
            return at;
        if (at->used < oldest->used)
            oldest = at;
    }
    memset(oldest, 0, sizeof *oldest);
    return oldest;
}

const struct s5a_sent_target *s5a_targets_note(struct s5a_targets *targets,
                                               const struct s5a_named_target *named)
{
    struct s5a_sent_target *at = place_for(targets, &named->as_given);
    bool is_name = named->target.address.type == S5A_ATYP_NAME;
    if (at->given.family == 0 || at->is_name != is_name || at->is_direct)
        at->real = is_name ? s5a_address_none() : s5a_address_canonical(&named->target.address);
    at->given = named->as_given;
    at->is_name = is_name;
    at->is_direct = false;
    at->used = ++targets->clock;
    return at;
}

void s5a_targets_note_direct(struct s5a_targets *targets, const union s5a_inet *given,
                             const struct s5a_address *real)
{
    *place_for(targets, given) = (struct s5a_sent_target){ .given = *given,
                                                           .real = s5a_address_canonical(real),
                                                           .is_name = true,
                                                           .is_direct = true,
                                                           .used = ++targets->clock };
}

const struct s5a_sent_target *s5a_targets_find_direct(const struct s5a_targets *targets,
                                                      const struct s5a_address *from, uint16_t port)
{
    const struct s5a_sent_target *found = NULL;
    struct s5a_address plain = s5a_address_canonical(from);
    for (size_t i = 0; i < S5A_TARGETS_MAX; i++) {
        const struct s5a_sent_target *at = &targets->list[i];
        if (at->is_direct && port_of(&at->given) == port && s5a_address_equal(&at->real, &plain) &&
            (found == NULL || at->used > found->used))
            found = at;
    }
    return found;
}

/* The better of two names that an unknown address may belong to: one that nobody has answered for,
 * then the one used later. */
static bool is_better(const struct s5a_sent_target *a, const struct s5a_sent_target *b)
{
    bool a_is_open = a->real.type == S5A_ATYP_NONE, b_is_open = b->real.type == S5A_ATYP_NONE;
    return a_is_open != b_is_open ? a_is_open : a->used > b->used;
}

struct s5a_sent_target *s5a_targets_find(struct s5a_targets *targets,
                                         const struct s5a_address *from, uint16_t port)
{
    struct s5a_address plain = s5a_address_canonical(from);
    struct s5a_sent_target *name = NULL, *known = NULL;
    for (size_t i = 0; i < S5A_TARGETS_MAX; i++) {
        struct s5a_sent_target *at = &targets->list[i];
        if (at->given.family == 0 || at->is_direct || port_of(&at->given) != port)
            continue;
        if (s5a_address_equal(&at->real, &plain) && (known == NULL || at->used > known->used))
            known = at;
        if (at->is_name && (name == NULL || is_better(at, name)))
            name = at;
    }
    if (known != NULL)
        return known;
    if (name != NULL && plain.type != S5A_ATYP_NAME)
        name->real = plain;
    return name;
}

static bool is_named(const struct s5a_sent_target *at, struct s5a_fakemap *map,
                     const struct s5a_address *from)
{
    char name[S5A_NAME_MAX + 1];
    struct s5a_address fake = s5a_inet_address(&at->given);
    size_t len = s5a_fakemap_name(map, &fake, name);
    return s5a_word_equal_nocase((struct s5a_span){ (const uint8_t *)name, len }, from->text);
}

struct s5a_sent_target *s5a_targets_find_name(struct s5a_targets *targets, struct s5a_fakemap *map,
                                              const struct s5a_address *from, uint16_t port)
{
    struct s5a_address plain = s5a_address_canonical(from);
    if (plain.type != S5A_ATYP_NAME)
        return s5a_targets_find(targets, &plain, port);
    for (size_t i = 0; i < S5A_TARGETS_MAX; i++) {
        struct s5a_sent_target *at = &targets->list[i];
        if (at->given.family != 0 && at->is_name && !at->is_direct && port_of(&at->given) == port &&
            map != NULL && is_named(at, map, &plain))
            return at;
    }
    return NULL;
}
