/* How fast libsodium seals records of 16 KiB.
 *   seals
 * For each number N on standard input it seals N of them, and prints the time in ns. */
#include <sodium.h>
#include <stdio.h>

#include "endpoint.h"

enum { SIZE = 16384 };

int main(void)
{
    static unsigned char record[SIZE + crypto_aead_chacha20poly1305_ietf_ABYTES];
    static const unsigned char key[crypto_aead_chacha20poly1305_ietf_KEYBYTES];
    unsigned char nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES] = { 0 };
    unsigned count;
    if (sodium_init() < 0)
        return 1;
    while (scanf("%u", &count) == 1) {
        uint64_t start = now_ns();
        for (unsigned i = 0; i < count; i++) {
            nonce[0] = (unsigned char)i;
            crypto_aead_chacha20poly1305_ietf_encrypt(record, NULL, record, SIZE, nonce,
                                                      sizeof nonce, NULL, nonce, key);
        }
        printf("%llu\n", (unsigned long long)(now_ns() - start));
        fflush(stdout);
    }
    return 0;
}
