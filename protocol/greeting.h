/* Method negotiation (profile, section 1; RFC 1928, section 3). */
#pragma once

#include "protocol/bytes.h"
#include "protocol/status.h"

enum { S5A_VERSION = 0x05, S5A_GREETING_MAX = 2 + 255, S5A_SELECTION_LEN = 2 };

enum s5a_method {
    S5A_METHOD_NONE = 0x00,
    S5A_METHOD_PASSWORD = 0x02,
    S5A_METHOD_EAF = 0x80,
    S5A_METHOD_TOL = 0x81,
    S5A_METHOD_AMC = 0x82,
    S5A_METHOD_REJECTED = 0xff, /* selection only: nothing acceptable */
};

/* Both are stream decoders: the reader moves only on OK; INCOMPLETE or MALFORMED otherwise.
 * `methods` views the reader's input, 1–255 bytes, one method each. */
S5A_MUST_USE enum s5a_status s5a_greeting_decode(struct s5a_reader *r, struct s5a_span *methods);
/* A method that is not among `offered` and not FF is MALFORMED. */
S5A_MUST_USE enum s5a_status s5a_selection_decode(struct s5a_reader *r, struct s5a_span offered,
                                                  uint8_t *method);
/* The writer goes bad where `methods` is not 1–255 bytes. */
void s5a_greeting_encode(struct s5a_writer *w, struct s5a_span methods);
void s5a_selection_encode(struct s5a_writer *w, uint8_t method);
