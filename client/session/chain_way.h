/* How the request of a chain's session goes out, and what its outcome teaches about the proxy
 * (pipeline.h). For client/session alone. */
#pragma once

#include "client/session/chain.h"

enum s5a_chain_way {
    S5A_CHAIN_WAIT,     /* behind the selection */
    S5A_CHAIN_PIPELINE, /* with the greeting, because the configuration says so */
    S5A_CHAIN_REMEMBER, /* with the greeting, because the proxy has been seen to take it */
    S5A_CHAIN_TRY,      /* with the greeting, to see */
};

/* For the session with `c->hop` that asks `ask`. */
enum s5a_chain_way s5a_chain_choose_way(const struct s5a_chain *c, const struct s5a_ask *ask);
/* After a session that has ended or stands: its 0 or -errno, or -EAGAIN where a second attempt without
 * early bytes is worth it; remembers what it has shown. */
S5A_MUST_USE int s5a_chain_learn(const struct s5a_chain *c);
