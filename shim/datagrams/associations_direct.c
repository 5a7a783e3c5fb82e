/* Names that a UDP socket sends to directly: where they lead, and whose answers come from there. */
#include "shim/datagrams/associations.h"

#include "shim/datagrams/slots.h"

void s5a_association_note_direct(const struct s5a_association *a, const union s5a_inet *given,
                                 const union s5a_inet *at)
{
    struct s5a_locked locked;
    struct s5a_association *own;
    struct s5a_address real = s5a_inet_address(at);
    if (s5a_inet_equal(&a->latest_name, given) && s5a_inet_equal(&a->latest_at, at))
        return;
    own = s5a_association_begin(a, &locked);
    if (own == NULL)
        return;
    own->has_direct_names = true;
    own->latest_name = *given;
    own->latest_at = *at;
    s5a_targets_note_direct(s5a_slot_targets(own), given, &real);
    s5a_association_end(own, &locked);
}

void s5a_association_direct_source(const struct s5a_association *a, union s5a_inet *source)
{
    struct s5a_locked locked;
    struct s5a_address from = s5a_inet_address(source);
    if (!a->has_direct_names)
        return;
    s5a_lock(&locked);
    struct s5a_targets *targets = s5a_slot_targets(a);
    const struct s5a_sent_target *target =
        targets == NULL ? NULL
                        : s5a_targets_find_direct(targets, &from, ntohs(source->v4.sin_port));
    if (target != NULL)
        *source = target->given;
    s5a_unlock(&locked);
}
