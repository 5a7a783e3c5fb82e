/* A stream of random numbers from one seed: ChaCha20 over libsodium, whose key is replaced as it
 * goes, so that what was drawn cannot be found from what is left. Repeatable, hence testable. */
#pragma once

#include "protocol/crypto/hash.h"

enum { S5A_RANDOM_POOL_LEN = 64 };

/* Secret: wipe it when done. May be moved; never copied to be used twice (after fork() the child
 * wipes its own). */
struct s5a_random {
    struct s5a_key key;
    uint64_t count; /* nonces used under `key` */
    uint8_t pool[S5A_RANDOM_POOL_LEN];
    uint8_t left; /* bytes of the pool not yet given */
};

/* `seed`: 32 fresh random bytes, wiped in the caller's place. */
void s5a_random_init(struct s5a_random *random, struct s5a_key *seed);
void s5a_random_fill(struct s5a_random *random, void *out, size_t len);
uint32_t s5a_random_u32(struct s5a_random *random);
/* Uniform in 0 … n - 1; `n` is not 0. */
uint32_t s5a_random_below(struct s5a_random *random, uint32_t n);
/* Uniform in low … high, both included; `low` where they are out of order. */
uint32_t s5a_random_between(struct s5a_random *random, uint32_t low, uint32_t high);
