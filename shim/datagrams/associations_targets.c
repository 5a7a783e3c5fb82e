/* Whom UDP sockets send to through the proxy, and whose answer it is that comes. */
#include "shim/datagrams/associations.h"

#include "protocol/udp.h"
#include "shim/datagrams/slots.h"
#include "shim/runtime.h"

void s5a_association_note(const struct s5a_association *a, const struct s5a_named_target *named)
{
    struct s5a_locked locked;
    struct s5a_association *own;
    if (s5a_inet_equal(&a->latest, &named->as_given))
        return;
    own = s5a_association_begin(a, &locked);
    if (own == NULL)
        return;
    own->latest = named->as_given;
    struct s5a_address target = s5a_address_canonical(&named->target.address);
    own->latest_header = (uint16_t)s5a_udp_header_len(&target);
    own->latest_real = s5a_targets_note(s5a_slot_targets(own), named)->real;
    s5a_association_end(own, &locked);
}

/* Most answers are those of the latest target: no lock is needed for them. */
static bool is_of_latest(const struct s5a_association *a, const struct s5a_address *from,
                         uint16_t port)
{
    return from->type == a->latest_real.type && ntohs(a->latest.v4.sin_port) == port &&
           s5a_address_equal(from, &a->latest_real);
}

static void keep_latest(const struct s5a_association *a, const struct s5a_address *real)
{
    struct s5a_association *own = s5a_association_begin_locked(a);
    if (own == NULL)
        return;
    if (s5a_inet_equal(&own->latest, &a->latest))
        own->latest_real = *real;
    s5a_association_end_locked(own);
}

bool s5a_association_source(const struct s5a_association *a, const struct s5a_address *from,
                            uint16_t port, union s5a_inet *out)
{
    struct s5a_locked locked;
    if (is_of_latest(a, from, port)) {
        *out = a->latest;
        return true;
    }
    struct s5a_fakemap *map = s5a_runtime_fakemap();
    s5a_lock(&locked);
    struct s5a_targets *targets = s5a_slot_targets(a);
    struct s5a_sent_target *target =
        targets == NULL ? NULL : s5a_targets_find_name(targets, map, from, port);
    if (target != NULL)
        *out = target->given;
    if (target != NULL && s5a_inet_equal(&target->given, &a->latest))
        keep_latest(a, &target->real);
    s5a_unlock(&locked);
    return target != NULL || s5a_inet_from_address(out, a->domain, from, port);
}
