/* Transcript and key schedule of an EAF exchange (profile, section 2.2; 2.7 for R). */
#pragma once

#include <stdbool.h>

#include "protocol/attributes.h"
#include "protocol/crypto/hash.h"
#include "protocol/crypto/x25519.h"

/* Of one message. Wipe them when done. */
struct s5a_eaf_keys {
    struct s5a_key mac, seal;
};

/* 32 zero bytes; the network key; R of a ticket; or both extracted. Either may be NULL. */
void s5a_eaf_psk(struct s5a_key *psk, const struct s5a_key *network,
                 const struct s5a_key *resumption);

/* T_0 of a greeting, whole, and the method selected. `server_key` NULL: a key fetch. */
void s5a_eaf_transcript_start(struct s5a_digest *t, struct s5a_span greeting, uint8_t method,
                              const uint8_t *server_key);
/* T_i from T_{i-1} and message i, HMAC included. */
void s5a_eaf_transcript_add(struct s5a_digest *t, struct s5a_span message);

/* CK_0 */
void s5a_eaf_ck_start(struct s5a_key *ck, const struct s5a_key *psk);
/* The next CK; false where the shared secret is all zeros: malformed, `ck` as before. */
S5A_MUST_USE bool s5a_eaf_ck_mix(struct s5a_key *ck, const struct s5a_key *secret,
                                 const uint8_t peer[static S5A_X25519_LEN]);

/* mac_i and seal_i; `t` is T_{i-1}. */
void s5a_eaf_message_keys(struct s5a_eaf_keys *keys, const struct s5a_key *ck, uint8_t i,
                          const struct s5a_digest *t);
/* R of the ticket that message f carries; `t` is T_{f-1}. */
void s5a_eaf_resumption(struct s5a_key *resumption, const struct s5a_key *ck2,
                        const struct s5a_digest *t);
