/* X25519 (RFC 7748) over libsodium. */
#pragma once

#include <stdbool.h>

#include "protocol/attributes.h"
#include "protocol/crypto/hash.h"

enum { S5A_X25519_LEN = 32 };

/* The shared secret; false, and `out` wiped, where it is all zeros (RFC 7748, section 6.1). */
S5A_MUST_USE bool s5a_x25519(struct s5a_key *out, const struct s5a_key *secret,
                             const uint8_t peer[static S5A_X25519_LEN]);
/* The public key of a secret one. */
void s5a_x25519_public(uint8_t out[static S5A_X25519_LEN], const struct s5a_key *secret);
