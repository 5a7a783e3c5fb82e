/* TLV lists `TYPE u8 | LEN u16 | VALUE` (profile, section 2.1). */
#pragma once

#include "protocol/bytes.h"
#include "protocol/status.h"

struct s5a_tlv {
    uint8_t type;
    struct s5a_span value;
};

/* Walks one list; the types seen so far are remembered, since each may occur once. */
struct s5a_tlv_walk {
    struct s5a_reader at;
    uint8_t seen[32]; /* one bit a type */
};

void s5a_tlv_walk_init(struct s5a_tlv_walk *walk, struct s5a_span list);
/* OK and the next element; INCOMPLETE at the proper end of the list; MALFORMED where an element is
 * cut or its type occurred before (unknown types too). */
S5A_MUST_USE enum s5a_status s5a_tlv_next(struct s5a_tlv_walk *walk, struct s5a_tlv *out);
void s5a_tlv_encode(struct s5a_writer *w, uint8_t type, struct s5a_span value);
