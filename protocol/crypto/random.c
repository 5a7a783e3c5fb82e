/* Random numbers from a seed. */
#include "protocol/crypto/random.h"

#include <sodium/crypto_stream_chacha20.h>
#include <string.h>

#include "protocol/secret.h"

_Static_assert(crypto_stream_chacha20_ietf_KEYBYTES == S5A_KEY_LEN, "ChaCha20 key");

void s5a_random_init(struct s5a_random *random, struct s5a_key *seed)
{
    *random = (struct s5a_random){ .key = *seed };
    s5a_wipe(seed, sizeof(*seed));
}

void s5a_random_fill(struct s5a_random *random, void *out, size_t len)
{
    uint8_t nonce[crypto_stream_chacha20_ietf_NONCEBYTES] = { 0 };
    struct s5a_writer w;
    s5a_writer_init(&w, nonce, sizeof(nonce));
    s5a_write_u64(&w, random->count++);
    crypto_stream_chacha20_ietf(out, len, nonce, random->key.bytes);
}

/* The next key and the next pool come from the same stretch; the key before is gone. */
static void refill(struct s5a_random *random)
{
    uint8_t fresh[S5A_KEY_LEN + S5A_RANDOM_POOL_LEN];
    s5a_random_fill(random, fresh, sizeof(fresh));
    memcpy(random->key.bytes, fresh, S5A_KEY_LEN);
    memcpy(random->pool, fresh + S5A_KEY_LEN, S5A_RANDOM_POOL_LEN);
    s5a_wipe(fresh, sizeof(fresh));
    random->count = 0;
    random->left = S5A_RANDOM_POOL_LEN;
}

uint32_t s5a_random_u32(struct s5a_random *random)
{
    uint32_t drawn;
    if (random->left < sizeof(drawn))
        refill(random);
    random->left = (uint8_t)(random->left - sizeof(drawn));
    memcpy(&drawn, random->pool + random->left, sizeof(drawn));
    memset(random->pool + random->left, 0, sizeof(drawn));
    return drawn;
}

/* Draws that would favour the low numbers are thrown away. */
uint32_t s5a_random_below(struct s5a_random *random, uint32_t n)
{
    uint32_t drawn, unfair = UINT32_MAX - UINT32_MAX % n;
    do
        drawn = s5a_random_u32(random);
    while (drawn >= unfair);
    return drawn % n;
}

uint32_t s5a_random_between(struct s5a_random *random, uint32_t low, uint32_t high)
{
    if (low >= high)
        return low;
    return high - low == UINT32_MAX ? s5a_random_u32(random)
                                    : low + s5a_random_below(random, high - low + 1);
}
