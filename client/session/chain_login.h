/* Log-ins by EAF of a chain's sessions, and what they teach: keys of servers, tickets. For
 * client/session alone. */
#pragma once

#include "client/session/chain.h"

/* Puts the session with `c->hop`, which wants EAF, to its beginning. */
void s5a_chain_begin_login(struct s5a_chain *c, const struct s5a_ask *on);
/* After such a session, before it is wiped: keeps a fetched key and a new ticket, drops a refused
 * one. `result`, or -EAGAIN where another connection is worth it. */
S5A_MUST_USE int s5a_chain_end_login(struct s5a_chain *c, int result);
/* What helps against the failure of the session; "" where nothing is known. Cut at `cap`. */
void s5a_chain_login_hint(const struct s5a_chain *c, char *out, size_t cap);
