/* The variables that the shim lives by, as they were when the process started: a program may
 * clear its environment, and what it executes must be socksified all the same.
 *
 * Recorded: LD_PRELOAD, SOCKS5A_*, HOME, XDG_CONFIG_HOME, XDG_STATE_HOME, ALL_PROXY, all_proxy. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "shim/variable.h"

/* Handed to executed programs by shim/programs/exec_environment, never kept from what we were given. */
#define S5A_PEERS_VARIABLE "SOCKS5A_PEERS"

/* Records the current environment where that has not happened yet. Cheap: no allocation, no lock,
 * and no system call where the library was preloaded by an absolute path. Done by a constructor
 * and by the first use, whichever is earlier; what other threads do meanwhile sees `environ`. */
void s5a_environment_save(void);
/* A variable as recorded, or as it is now where it was not there at the start; NULL: neither.
 * Right for s5a_config_load. */
const char *s5a_environment_get(const char *name);
/* The recorded "NAME=value" for re-adding: LD_PRELOAD first, with our library alone in it and
 * absent where it was not preloaded, then SOCKS5A_* but for SOCKS5A_PEERS. NULL past the last. */
const char *s5a_environment_kept(size_t index);
/* How our library is written in LD_PRELOAD, a relative path made absolute; NULL: it is not there. */
const char *s5a_environment_library(void);
/* Forgets, for tests. */
void s5a_environment_reset(void);
