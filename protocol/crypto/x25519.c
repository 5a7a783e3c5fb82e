/* X25519. */
#include "protocol/crypto/x25519.h"

#include <sodium/crypto_scalarmult_curve25519.h>

#include "protocol/secret.h"

_Static_assert(crypto_scalarmult_curve25519_BYTES == S5A_KEY_LEN, "X25519");

static const uint8_t zeros[S5A_KEY_LEN];

bool s5a_x25519(struct s5a_key *out, const struct s5a_key *secret,
                const uint8_t peer[static S5A_X25519_LEN])
{
    bool good = crypto_scalarmult_curve25519(out->bytes, secret->bytes, peer) == 0 &&
                !s5a_equal_ct(out->bytes, zeros, sizeof(zeros));
    if (!good)
        s5a_wipe(out, sizeof(*out));
    return good;
}

/* Fails for no secret: the base point has a large order. */
void s5a_x25519_public(uint8_t out[static S5A_X25519_LEN], const struct s5a_key *secret)
{
    (void)crypto_scalarmult_curve25519_base(out, secret->bytes);
}
