/* ChaCha20-Poly1305-IETF (RFC 8439) over libsodium. */
#pragma once

#include <stdbool.h>

#include "protocol/attributes.h"
#include "protocol/crypto/hash.h"

enum { S5A_AEAD_TAG_LEN = 16, S5A_AEAD_NONCE_LEN = 12 };

/* Seals in place: `bytes` has `len` bytes of text and room for the tag behind them. */
void s5a_aead_seal(uint8_t *bytes, size_t len, const struct s5a_key *key,
                   const uint8_t nonce[static S5A_AEAD_NONCE_LEN], struct s5a_span ad);
/* Opens `sealed` into `out`, which has room for its text (the tag less) and may be where `sealed`
 * is. False, with nothing of the text in `out`, where it is not what was sealed. */
S5A_MUST_USE bool s5a_aead_open(uint8_t *out, struct s5a_span sealed, const struct s5a_key *key,
                                const uint8_t nonce[static S5A_AEAD_NONCE_LEN], struct s5a_span ad);
