/* dns = resolve: names and addresses asked of the proxies that the rules give them to, by DNS_RESOLVE or
 * by Tor's own commands, and kept for the process (architecture, section 7). Names under a direct rule
 * are the system's resolver's. Rules with ports do not count, since none is known yet.
 *
 * All of it may block, for connect_timeout at most, with signals unblocked as in libc's own. */
#pragma once

#include "shim/names/names.h"

/* All addresses of the family (AF_UNSPEC: of both) that are plausible, unless the configuration takes
 * any. FOUND, ABSENT, NO_DATA, DENIED, AGAIN. */
enum s5a_names_outcome s5a_lookup_name(const struct s5a_config *config, const char *name,
                                       int family, struct s5a_names_answer *out);
/* Its names, the first in `canonical`, but for what cannot be a host's. FOUND, ABSENT, DENIED, AGAIN. */
enum s5a_names_outcome s5a_lookup_address(const struct s5a_config *config,
                                          const struct s5a_address *address,
                                          struct s5a_names_answer *out);
