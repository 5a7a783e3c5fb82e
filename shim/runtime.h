/* What the shim knows of its process, made on first use and never in a constructor (architecture,
 * rule 3): the configuration and the map of names. */
#pragma once

#include "client/config/config.h"
#include "client/names/fakemap.h"

/* The configuration, loaded by the first call; the log is set up with it. NULL where it has an
 * error (logged once): then everything is denied. Signals are blocked while it loads, so a
 * handler cannot leave it half done. Preserves errno. */
const struct s5a_config *s5a_runtime_config(void);
/* The same without a word about an error: for what stays on this machine in any case but one. */
const struct s5a_config *s5a_runtime_config_quietly(void);
/* The configuration where it has been loaded already, else NULL: for a vfork child, which looks and
 * does not write. */
const struct s5a_config *s5a_runtime_config_known(void);
/* The map of names; NULL where there is no configuration or no memory. Preserves errno. */
struct s5a_fakemap *s5a_runtime_fakemap(void);
