/* The environment that an executed program gets: the caller's, with what the shim needs put back
 * where the program dropped it, and the peers of inherited sockets. Runs in vfork children:
 * nothing is allocated, everything new is written to storage of the caller's stack. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* How much storage s5a_exec_environment_write needs; 0: the environment is right as it is.
 * `envp` may be NULL (empty). `peers` is a "SOCKS5A_PEERS=…" or empty. */
size_t s5a_exec_environment_size(char *const envp[], const char *peers);
/* Writes the new environment into `storage` (aligned for pointers): the caller's strings, and
 *   LD_PRELOAD          with our library put in front where it was missing,
 *   SOCKS5A_*           as recorded at the start, where the caller's have none of that name,
 *   SOCKS5A_CONF, SOCKS5A_STATE_DIR   naming what the process itself found by HOME and XDG_*,
 *                       where these are changed or gone and nothing else names it,
 *   SOCKS5A_PEERS       `peers` alone.
 * NULL where it does not fit, since another thread changed the environment in between. */
char **s5a_exec_environment_write(char *const envp[], const char *peers, void *storage,
                                  size_t size);
/* The same for the process's own `environ`, which libc hands to the children of system and popen.
 * Allocates (setenv). False where memory is out. */
bool s5a_exec_environment_own(const char *peers);
