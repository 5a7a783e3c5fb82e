/* Sessions that are logged in before a connect() wants them: `pool = N` of a proxy (profile, section 5).
 * A thread of the shim's own opens them once the process has connected through the proxy a few times,
 * keeps them alive, opens others in the place of those that are taken, and ends with all of them when
 * the proxy has not been used for a minute. Short-lived programs pay nothing for it.
 *
 * Proxies that are not logged in to by EAF do not tell how long a session may wait, and have no KEEP_ALIVE:
 * such a session waits until they end it, for a minute or so at most, and others come with the next connect.
 * A fork leaves the sessions to the parent. */
#pragma once

#include "shim/sockets/line.h"

enum { S5A_POOL_ID_CAP = 33 }; /* of a connection that the server has, and a NUL */

/* A connect through the proxy begins: what is known of the demand. May start the thread. */
void s5a_pool_want(const struct s5a_config *config, const struct s5a_proxy *proxy);
/* A session that waits, moved into `to`, which asks for nothing yet: goal->target is for
 * s5a_chain_connect. Its connection, private and not blocking; -1: none waits. `login` is what is known
 * of the log-in. `warm`: empty, or the target is the proxy's `pool_target` and it is the id of a
 * connection to it, for s5a_chain_get. Never blocks. */
int s5a_pool_take(const struct s5a_chain_goal *goal, struct s5a_chain *to,
                  struct s5a_login_result *login, char warm[static S5A_POOL_ID_CAP]);

/* In the child of a fork, under the lock: the keys of what the parent has. */
void s5a_pool_forget(void);
/* For tests: how many wait. */
unsigned s5a_pool_count(void);
