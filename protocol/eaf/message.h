/* Framing of EAF messages (profile, section 2): `VER | ALEN | MLEN | AUTH | METADATA | HMAC`. */
#pragma once

#include "protocol/bytes.h"
#include "protocol/crypto/hash.h"
#include "protocol/status.h"

enum {
    S5A_EAF_VERSION = 0x01,
    S5A_EAF_VERSION_REJECTED = 0xff,
    S5A_EAF_HEAD_LEN = 5, /* VER, ALEN, MLEN */
    S5A_EAF_HMAC_LEN = S5A_DIGEST_LEN,
    S5A_EAF_PART_MAX = 16384, /* AUTH, METADATA */
    S5A_EAF_MESSAGE_MIN = S5A_EAF_HEAD_LEN + S5A_EAF_HMAC_LEN,
    S5A_EAF_MESSAGE_MAX = S5A_EAF_MESSAGE_MIN + 2 * S5A_EAF_PART_MAX,
    S5A_EAF_MESSAGES_MAX = 31, /* of one exchange, both directions */
};

/* Views into the input. Nothing of it is authentic before s5a_eaf_message_verify. */
struct s5a_eaf_message {
    struct s5a_span whole;
    struct s5a_span head;     /* VER, ALEN, MLEN */
    struct s5a_span auth;     /* sealed; empty: no AUTH */
    struct s5a_span metadata; /* a TLV list */
    struct s5a_span hmac;
};

/* Stream decoder of message `i`: the reader moves only on OK; INCOMPLETE or MALFORMED otherwise. */
S5A_MUST_USE enum s5a_status s5a_eaf_message_decode(struct s5a_reader *r, unsigned i,
                                                    struct s5a_eaf_message *out);
/* True where the HMAC is that of the message under mac_i. */
S5A_MUST_USE bool s5a_eaf_message_verify(const struct s5a_eaf_message *message,
                                         const struct s5a_key *mac);
/* Writes the HMAC of `before`, all that precedes it in the message. */
void s5a_eaf_hmac_encode(struct s5a_writer *w, const struct s5a_key *mac, struct s5a_span before);
