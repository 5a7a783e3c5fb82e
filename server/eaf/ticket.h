/* Tickets: what the server would have to remember of a log-in, sealed under a key of its own
 * (profile, section 2.7), so that any instance with the key can take it up.
 *
 *     01 | nonce (24) | XChaCha20-Poly1305 of:
 *     R (32) | digest of the user's entry (32) | first log-in u64 | expiry u64 | methods u8 |
 *     NLEN u8 | name | zeros to a multiple of 64 */
#pragma once

#include "protocol/eaf/metadata.h"
#include "protocol/crypto/hash.h"

enum {
    S5AD_TICKET_CAP = 1 + 24 + 6 * 64 + 16,
    S5AD_TICKET_KEYS_MAX = 8,
};

_Static_assert((int)S5AD_TICKET_CAP <= (int)S5A_TICKET_MAX, "a ticket fits its TLV");

/* Secret. */
struct s5ad_ticket {
    struct s5a_key resumption; /* R */
    struct s5a_digest entry;   /* of the user's section, whose change ends the ticket */
    uint64_t first, expires;   /* s since 1970 */
    uint8_t methods;           /* passed, S5A_MID_BIT */
    uint8_t name_len;
    uint8_t name[S5A_USER_MAX];
};

/* The newest first. Secret. */
struct s5ad_ticket_keys {
    struct s5a_key keys[S5AD_TICKET_KEYS_MAX];
    size_t count;
};

/* Seals under the newest key; draws the nonce. The length. */
size_t s5ad_ticket_seal(uint8_t out[static S5AD_TICKET_CAP], const struct s5ad_ticket *ticket,
                        const struct s5ad_ticket_keys *keys);
/* TAKEN, UNKNOWN or EXPIRED; `out` is wiped unless it is TAKEN. */
S5A_MUST_USE enum s5a_ticket_refusal s5ad_ticket_open(struct s5ad_ticket *out,
                                                      struct s5a_span sealed,
                                                      const struct s5ad_ticket_keys *keys,
                                                      uint64_t now);
