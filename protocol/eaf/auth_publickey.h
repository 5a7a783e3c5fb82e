/* The signature of MID 01 (profile, section 2.4): Ed25519 over what ties it to one message of one
 * connection. */
#pragma once

#include "protocol/attributes.h"
#include "protocol/crypto/hash.h"
#include "protocol/eaf/auth.h"

enum { S5A_ED25519_SEED_LEN = 32, S5A_ED25519_SIGNED_LEN = 27 + 1 + 3 * 32 };

/* Secret: seed and public key, as libsodium wants it. Wipe it when done. */
struct s5a_ed25519 {
    uint8_t bytes[S5A_ED25519_SEED_LEN + S5A_ED25519_KEY_LEN];
};

/* Where a credential stands. */
struct s5a_auth_context {
    struct s5a_digest transcript; /* T_{i-1} */
    struct s5a_digest metadata;   /* SHA-256 of METADATA_i as sent */
};

void s5a_ed25519_from_seed(struct s5a_ed25519 *key,
                           const uint8_t seed[static S5A_ED25519_SEED_LEN]);
/* The public key, a view into `key`. */
struct s5a_span s5a_ed25519_public(const struct s5a_ed25519 *key);
/* What is signed; `key` is the public one. */
void s5a_publickey_signed(uint8_t out[static S5A_ED25519_SIGNED_LEN],
                          const struct s5a_auth_context *context, struct s5a_span key);
void s5a_publickey_sign(uint8_t signature[static S5A_ED25519_SIGNATURE_LEN],
                        const struct s5a_ed25519 *key, const struct s5a_auth_context *context);
/* True where `factor`, of MID 01, holds the signature of its key. Says nothing about whose it is. */
S5A_MUST_USE bool s5a_publickey_verify(const struct s5a_factor *factor,
                                       const struct s5a_auth_context *context);
