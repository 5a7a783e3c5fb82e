/* Keys of HMAC-SHA256 that are used often. */
#include "protocol/crypto/hmac_key.h"

#include <sodium/crypto_auth_hmacsha256.h>
#include <string.h>

#include "protocol/secret.h"

_Static_assert(sizeof(crypto_auth_hmacsha256_state) == S5A_HMAC_STATE_LEN, "HMAC state");

void s5a_hmac_key_init(struct s5a_hmac_key *prepared, const struct s5a_key *key)
{
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, key->bytes, sizeof(key->bytes));
    memcpy(prepared->state, &state, sizeof(state));
    s5a_wipe(&state, sizeof(state));
}

void s5a_hmac_under(uint8_t out[static S5A_DIGEST_LEN], const struct s5a_hmac_key *prepared,
                    struct s5a_parts parts)
{
    crypto_auth_hmacsha256_state state;
    memcpy(&state, prepared->state, sizeof(state));
    for (size_t i = 0; i < parts.count; i++)
        crypto_auth_hmacsha256_update(&state, parts.at[i].at, parts.at[i].len);
    crypto_auth_hmacsha256_final(&state, out);
    s5a_wipe(&state, sizeof(state));
}
