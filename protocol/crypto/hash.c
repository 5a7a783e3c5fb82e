/* SHA-256, HMAC-SHA256, HKDF. */
#include "protocol/crypto/hash.h"

#include <sodium/crypto_auth_hmacsha256.h>
#include <sodium/crypto_hash_sha256.h>
#include <string.h>

#include "protocol/secret.h"

_Static_assert(crypto_hash_sha256_BYTES == S5A_DIGEST_LEN, "SHA-256");
_Static_assert(crypto_auth_hmacsha256_BYTES == S5A_DIGEST_LEN, "HMAC-SHA256");

struct s5a_span s5a_key_span(const struct s5a_key *key)
{
    return (struct s5a_span){ key->bytes, sizeof(key->bytes) };
}

struct s5a_span s5a_digest_span(const struct s5a_digest *digest)
{
    return (struct s5a_span){ digest->bytes, sizeof(digest->bytes) };
}

void s5a_sha256(struct s5a_digest *out, struct s5a_parts parts)
{
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < parts.count; i++)
        crypto_hash_sha256_update(&state, parts.at[i].at, parts.at[i].len);
    crypto_hash_sha256_final(&state, out->bytes);
    s5a_wipe(&state, sizeof(state));
}

static void update(crypto_auth_hmacsha256_state *state, struct s5a_parts parts)
{
    for (size_t i = 0; i < parts.count; i++)
        crypto_auth_hmacsha256_update(state, parts.at[i].at, parts.at[i].len);
}

void s5a_hmac(uint8_t out[static S5A_DIGEST_LEN], struct s5a_span key, struct s5a_parts parts)
{
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, key.at, key.len);
    update(&state, parts);
    crypto_auth_hmacsha256_final(&state, out);
    s5a_wipe(&state, sizeof(state));
}

/* RFC 5869, section 2.2 */
void s5a_hkdf_extract(struct s5a_key *out, struct s5a_span salt, struct s5a_span ikm)
{
    s5a_hmac(out->bytes, salt, S5A_PARTS(ikm));
}

/* RFC 5869, section 2.3: T(n) = HMAC(PRK, T(n-1) | info | n) */
static void expand_block(struct s5a_key *block, size_t previous_len, const struct s5a_key *prk,
                         struct s5a_parts info, uint8_t n)
{
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, prk->bytes, sizeof(prk->bytes));
    crypto_auth_hmacsha256_update(&state, block->bytes, previous_len);
    update(&state, info);
    crypto_auth_hmacsha256_update(&state, &n, 1);
    crypto_auth_hmacsha256_final(&state, block->bytes);
    s5a_wipe(&state, sizeof(state));
}

void s5a_hkdf_expand(void *out, size_t len, const struct s5a_key *prk, struct s5a_parts info)
{
    struct s5a_writer w;
    struct s5a_key block = { { 0 } };
    s5a_writer_init(&w, out, len);
    for (uint8_t n = 1; s5a_writer_len(&w) < len && n > 0; n++) {
        size_t left = len - s5a_writer_len(&w);
        expand_block(&block, n == 1 ? 0 : sizeof(block), prk, info, n);
        s5a_write_bytes(&w, block.bytes, left < sizeof(block) ? left : sizeof(block));
    }
    s5a_wipe(&block, sizeof(block));
}
