/* Both directions of a relay, as much as can be moved now. For the relay alone. False: the connection
 * is broken, or the other side has broken the rules. */
#pragma once

#include "shim/engine/pending.h"

/* `has_news`: records have come that the schedule of what is sent may answer. */
bool s5a_relay_flow_out(struct s5a_pending *p, uint64_t now, bool has_news);
bool s5a_relay_flow_in(struct s5a_pending *p);
