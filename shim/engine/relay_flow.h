/* Both directions of a relay, as much as can be moved now. For the relay alone. False: the connection
 * is broken, or the other side has broken the rules. */
#pragma once

#include "shim/engine/pending.h"

/* `has_news`: records have come that the schedule of what is sent may answer. */
bool s5a_relay_flow_out(struct s5a_pending *p, uint64_t now, bool has_news);
bool s5a_relay_flow_in(struct s5a_pending *p);
/* The program has closed it, after SO_LINGER with no time: what it has left is to be thrown away, by a
 * reset. The engine need not have been told of the close yet. */
bool s5a_relay_is_aborted(const struct s5a_pending *p);
