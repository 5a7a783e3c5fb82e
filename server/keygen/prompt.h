/* A password: from a terminal, unseen and twice, or the first line of a file. */
#pragma once

#include <stdbool.h>

#include "protocol/attributes.h"
#include "protocol/secret.h"

/* `path` NULL: ask. False, and a line on stderr, where there is none. */
S5A_MUST_USE bool s5ad_keygen_ask(struct s5a_secret *password, const char *path);
