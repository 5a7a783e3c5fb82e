/* A key of HMAC-SHA256 that is used often: what the hash makes of it is kept, which saves half the
 * work of a short message. */
#pragma once

#include "protocol/crypto/hash.h"

enum { S5A_HMAC_STATE_LEN = 208 };

/* Secret: wipe it when done. May be moved in memory. */
struct s5a_hmac_key {
    _Alignas(uint64_t) uint8_t state[S5A_HMAC_STATE_LEN];
};

void s5a_hmac_key_init(struct s5a_hmac_key *prepared, const struct s5a_key *key);
/* As s5a_hmac under that key. */
void s5a_hmac_under(uint8_t out[static S5A_DIGEST_LEN], const struct s5a_hmac_key *prepared,
                    struct s5a_parts parts);
