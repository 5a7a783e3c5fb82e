/* The variables that the shim lives by, as they were when the process started: a program may
 * clear its environment, and what it executes must be socksified all the same. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Records the current environment where that has not happened yet. Cheap, allocates nothing. */
void s5a_environment_save(void);
/* A variable as recorded, or as it is now where it was not there at the start; NULL: neither.
 * Right for s5a_config_load. */
const char *s5a_environment_get(const char *name);
/* The recorded "NAME=value" of LD_PRELOAD and SOCKS5A_*, for re-adding; NULL past the last. */
const char *s5a_environment_kept(size_t index);
