/* Files that socks5a-keygen makes: mode 0600, and never over one that is there. */
#pragma once

#include <stdbool.h>

#include "protocol/attributes.h"
#include "protocol/crypto/keytext.h"

/* Creates `path` with this one line; false, and a line on stderr, where it exists or cannot be. */
S5A_MUST_USE bool s5ad_keygen_create(const char *path, const char *line);
/* Creates `path`, or puts the line before those that are there, of which `keep` stay; in one step, so
 * that a server never reads half a file. */
S5A_MUST_USE bool s5ad_keygen_prepend(const char *path, const char *line, unsigned keep);
/* "socks5a-keygen: ...", always false. */
bool s5ad_keygen_complain(const char *format, ...) S5A_PRINTF(1, 2);
