/* Streams to port 53 that are not, or no longer, for the stub: zone transfers, updates, and what is no DNS at
 * all. They are the named server's for the rest of their life, through the proxy that the rules say. */
#pragma once

#include "client/config/config.h"

/* Does a proxy lead to the server? */
bool s5a_stub_leads(const struct s5a_config *config, const struct s5a_target *server);
/* Carries bytes between `fd` and the server, `first` before what comes by `fd`, until both have ended; closes
 * nothing. At once where there is no way to it, and a line in the log says so. In a thread of the
 * shim's own; blocks. */
void s5a_stub_carry(const struct s5a_config *config, const struct s5a_target *server, int fd,
                    struct s5a_span first);
