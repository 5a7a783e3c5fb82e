/* Sessions of the process that have been asked for a name and wait for the next. */
#pragma once

#include "shim/sockets/line.h"

/* In the child of a fork, under the lock: the keys of what the parent has. */
void s5a_lookup_forget(void);
/* Asks the proxy over a session that waits, else over a fresh one; one that the proxy has closed
 * meanwhile is no failure. 0 or -errno, and the REP in `report` (-1: none came). Blocks. */
S5A_MUST_USE int s5a_lookup_ask(const struct s5a_config *config, const struct s5a_proxy *proxy,
                                const struct s5a_ask *ask, struct s5a_chain_report *report);
