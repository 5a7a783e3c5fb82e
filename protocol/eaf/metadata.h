/* Metadata of EAF messages: the clear list and the one sealed in TLV 80 (profile, section 2.1). */
#pragma once

#include <stdbool.h>

#include "protocol/eaf/params.h"

enum {
    S5A_EPK_LEN = 32,
    S5A_PROOF_LEN = 32,
    S5A_USER_MAX = 255,
    S5A_KEX_NO_STATIC = 1 << 0, /* FLAGS of TLV 01: a key fetch */
    S5A_NEXT_MAX = 0x05,
};

enum s5a_ticket_refusal { S5A_TICKET_TAKEN = 0, S5A_TICKET_UNKNOWN = 1, S5A_TICKET_EXPIRED = 2 };

/* Spans are views into the input; empty: absent. */
struct s5a_metadata {
    struct s5a_span epk; /* TLV 01: 32 bytes */
    struct s5a_span spk; /* 32 bytes: message 2 of a key fetch */
    uint8_t kex_flags;
    bool has_capabilities; /* TLV 02 or 03 */
    uint32_t capabilities;
    struct s5a_span ticket; /* TLV 04: 1–1024 bytes */
    uint8_t refused;        /* enum s5a_ticket_refusal */
    struct s5a_span user;   /* 1–255 bytes, UTF-8 */
    struct s5a_span proof;  /* 32 bytes */
    bool has_params;        /* TLV 05 */
    struct s5a_session_params params;
    bool has_next; /* TLV 06 */
    uint8_t next;
    struct s5a_span sealed; /* TLV 80, tag included */
};

/* Decodes a whole list of message `i`: the clear one, or the one inside TLV 80. MALFORMED for what
 * does not belong there, has a wrong length or value, or occurs twice; and where a clear list of
 * message 1 or 2 has no key exchange. What belongs to a key fetch is not told apart here. */
S5A_MUST_USE enum s5a_status s5a_metadata_decode(struct s5a_metadata *out, struct s5a_span list,
                                                 unsigned i, bool sealed);
/* The clear TLVs of message `i`, but for TLV 80. */
void s5a_metadata_encode_clear(struct s5a_writer *w, const struct s5a_metadata *metadata,
                               unsigned i);
/* The list to be sealed. */
void s5a_metadata_encode_sealed(struct s5a_writer *w, const struct s5a_metadata *metadata);
