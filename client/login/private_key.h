/* Files of Ed25519 private keys: this software's own, and OpenSSH's without a pass phrase. */
#pragma once

#include "protocol/attributes.h"
#include "protocol/eaf/auth_publickey.h"

/* The key of a whole file. NULL, or a phrase for people (static storage) that says what is wrong,
 * with `out` wiped. */
S5A_MUST_USE const char *s5a_private_key_parse(struct s5a_ed25519 *out, struct s5a_span file);
