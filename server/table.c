/* SipHash under a key that is drawn once. */
#include "server/table.h"

#include <sodium.h>
#include <string.h>

unsigned s5ad_table_hash(const void *key, size_t len)
{
    static uint8_t secret[crypto_shorthash_KEYBYTES];
    static bool drawn;
    uint8_t hash[crypto_shorthash_BYTES];
    unsigned value;
    if (!drawn)
        crypto_shorthash_keygen(secret);
    drawn = true;
    crypto_shorthash(hash, key, len, secret);
    memcpy(&value, hash, sizeof value);
    return value;
}
