/* Argon2id in turn. */
#include "client/login/derive.h"

#include <sodium.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "client/clock.h"

/* The thread at work, by its process and its own number; 0: none. Not a mutex: a child of fork must
 * not wait for a thread that it does not have, nor a thread for itself (a handler that connects, or
 * one that has left by longjmp). */
static _Atomic uint64_t at_work;

static uint64_t self(void)
{
    return (uint64_t)getpid() << 32 | (uint32_t)gettid();
}

static bool is_ours(uint64_t other)
{
    return other >> 32 != (uint64_t)getpid() || other == self();
}

static bool take_turn(uint64_t deadline)
{
    static const struct timespec while_ = { 0, 5 * 1000 * 1000 };
    for (;;) {
        uint64_t found = 0;
        if (atomic_compare_exchange_strong(&at_work, &found, self()))
            return true;
        if (is_ours(found) && atomic_compare_exchange_strong(&at_work, &found, self()))
            return true;
        if (s5a_now() >= deadline)
            return false;
        nanosleep(&while_, NULL);
    }
}

enum s5a_status s5a_derive_salted(struct s5a_key *salted, const struct s5a_secret *password,
                                  const struct s5a_challenge *challenge, uint64_t deadline)
{
    if (!take_turn(deadline))
        return S5A_TIMED_OUT;
    bool derived =
        sodium_init() >= 0 && /* it picks the fast Argon2 */
        crypto_pwhash(salted->bytes, sizeof(salted->bytes), (const char *)password->bytes,
                      password->len, challenge->salt, challenge->ops,
                      (size_t)challenge->mem_kib * 1024, crypto_pwhash_ALG_ARGON2ID13) == 0;
    atomic_store(&at_work, 0);
    if (!derived)
        s5a_wipe(salted, sizeof(*salted));
    return derived ? S5A_OK : S5A_NO_MEMORY;
}
