/* Where the first hop of a proxy is. A name is resolved by the system's resolver and kept for a
 * while, so that a loop of connects does not look it up each time. */
#pragma once

#include "client/session/resolve.h"

/* 0 or -errno; may block on the system's resolver, with no lock held. */
int s5a_upstream_find(const struct s5a_proxy *first, struct s5a_resolved *out);
/* True where s5a_upstream_find would not ask the resolver. */
bool s5a_upstream_is_known(const struct s5a_proxy *first);
