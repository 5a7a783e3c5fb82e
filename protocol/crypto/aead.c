/* ChaCha20-Poly1305-IETF. */
#include "protocol/crypto/aead.h"

#include <sodium/crypto_aead_chacha20poly1305.h>

_Static_assert(crypto_aead_chacha20poly1305_ietf_KEYBYTES == S5A_KEY_LEN, "AEAD key");
_Static_assert(crypto_aead_chacha20poly1305_ietf_ABYTES == S5A_AEAD_TAG_LEN, "AEAD tag");
_Static_assert(crypto_aead_chacha20poly1305_ietf_NPUBBYTES == S5A_AEAD_NONCE_LEN, "AEAD nonce");

void s5a_aead_seal(uint8_t *bytes, size_t len, const struct s5a_key *key,
                   const uint8_t nonce[static S5A_AEAD_NONCE_LEN], struct s5a_span ad)
{
    (void)crypto_aead_chacha20poly1305_ietf_encrypt(bytes, NULL, bytes, len, ad.at, ad.len, NULL,
                                                    nonce, key->bytes);
}

bool s5a_aead_open(uint8_t *out, struct s5a_span sealed, const struct s5a_key *key,
                   const uint8_t nonce[static S5A_AEAD_NONCE_LEN], struct s5a_span ad)
{
    return crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed.at, sealed.len, ad.at,
                                                     ad.len, nonce, key->bytes) == 0;
}
