/* One TOL record on the wire, sealed and opened where it lies (profile, sections 4.1, 4.3, 4.4).
 *
 *     SIG u16 | TYPE u8 | RAND_LEN u8 | RAND | DLEN u16 | PAYLOAD [tag, sealed mode]
 *
 * Nothing here copies a payload: who sends reads it to its place in the record, who receives gets a
 * view of it. */
#pragma once

#include <stdbool.h>

#include "protocol/attributes.h"
#include "protocol/crypto/aead.h"
#include "protocol/crypto/hmac_key.h"
#include "protocol/tol/keys.h"

enum {
    S5A_TOL_PAYLOAD_MAX = 16384,
    S5A_TOL_RAND_MAX = 255,
    S5A_TOL_DELAY_LEN = 8, /* of the RAND of types 02 and 04 that holds MIN, MAX, MODE */
    S5A_TOL_HEAD_MIN = 6,  /* SIG … DLEN without RAND */
    S5A_TOL_HEAD_MAX = S5A_TOL_HEAD_MIN + S5A_TOL_RAND_MAX,
    S5A_TOL_TAIL_MAX = S5A_AEAD_TAG_LEN, /* behind the payload */
    S5A_TOL_RECORD_MAX = S5A_TOL_HEAD_MAX + S5A_TOL_PAYLOAD_MAX + S5A_TOL_TAIL_MAX,
};

enum s5a_tol_type {
    S5A_TOL_BARE = 0,
    S5A_TOL_PADDING = 1,
    S5A_TOL_JITTER = 2,
    S5A_TOL_MASKING = 3,
    S5A_TOL_FULL = 4,
};

enum s5a_tol_mode {
    S5A_TOL_HELLO, /* plain, types 00 and 01 with a payload only: records of the EAF exchange */
    S5A_TOL_PLAIN,
    S5A_TOL_SEALED,
};

enum s5a_tol_delay_mode { S5A_TOL_UNIFORM = 0, S5A_TOL_NORMAL = 1, S5A_TOL_EXPONENTIAL = 2 };

/* What the RAND of types 02 and 04 says, ms. */
struct s5a_tol_delay {
    uint16_t min, max; /* min < max */
    uint8_t mode;      /* enum s5a_tol_delay_mode */
};

/* One direction of a connection, at one end: either seals or opens. Secret: wipe it. May be moved in
 * memory; exactly one process uses it (profile, section 4.3). Read `mode`, `n`, `ended`, `broken`. */
struct s5a_tol_direction {
    enum s5a_tol_mode mode;
    bool ended;  /* the end record was sealed or opened */
    bool broken; /* refused something; refuses all that follows */
    uint64_t n;  /* of the next record; never wraps: the record before that is refused */
    struct s5a_hmac_key session;
    struct s5a_key aead, mask; /* SEALED */
    uint16_t unmasked, dlen;   /* opening: of the record that is only partly there */
};

/* Before 4.4's switch, and from it on: `n` is 0. */
void s5a_tol_direction_hello(struct s5a_tol_direction *d, const struct s5a_key *session);
void s5a_tol_direction_start(struct s5a_tol_direction *d, const struct s5a_tol_keys *keys,
                             bool sealed);
void s5a_tol_direction_wipe(struct s5a_tol_direction *d);
/* Bytes of a record beside RAND and payload: 6 or 22. */
size_t s5a_tol_overhead(const struct s5a_tol_direction *d);

/* Seals a record at `at`: RAND (rand_len bytes) stands at at + 4, the payload at at + 6 + rand_len,
 * and S5A_TOL_TAIL_MAX bytes behind it may be written. Type 00 without payload is the end record.
 * The record's length; 0, `broken` set, where it must not be sent: RAND that does not fit the type, a
 * payload over the limit, after the end record, n used up, or what HELLO does not allow. */
S5A_MUST_USE size_t s5a_tol_seal(struct s5a_tol_direction *d, uint8_t *at, uint8_t type,
                                 size_t rand_len, size_t payload_len);

enum s5a_tol_result {
    S5A_TOL_WHOLE,
    S5A_TOL_MORE, /* the record is not all there */
    S5A_TOL_BAD,  /* close without a byte; so is every call that follows */
};

struct s5a_tol_record {
    uint8_t type;
    bool is_dummy, is_end; /* without payload */
    bool has_delay;        /* types 02 and 04 */
    struct s5a_tol_delay delay;
    struct s5a_span rand;
    uint8_t *payload; /* in `bytes`, and RAND too */
    size_t payload_len;
    size_t len;     /* WHOLE: on the wire; the next record is behind */
    size_t missing; /* MORE: so many bytes surely belong to the record yet, at least 1 */
};

/* Opens the first record of `bytes` in place, which may hold a part of it, or more than it. After
 * MORE the next call gets the same bytes (they may have moved, and have been changed: the head is
 * unmasked) and more behind them. A head that cannot be is BAD as soon as it is there, so at most
 * S5A_TOL_RECORD_MAX bytes are ever needed. After the end record every byte is BAD. */
S5A_MUST_USE enum s5a_tol_result s5a_tol_open(struct s5a_tol_direction *d, uint8_t *bytes,
                                              size_t len, struct s5a_tol_record *out);

/* Writes MIN, MAX, MODE and three zeros. */
void s5a_tol_delay_encode(uint8_t out[static S5A_TOL_DELAY_LEN], const struct s5a_tol_delay *delay);
/* False where RAND does not fit the type; `delay` (types 02 and 04) as it says. */
S5A_MUST_USE bool s5a_tol_rand_fits(uint8_t type, struct s5a_span rand,
                                    struct s5a_tol_delay *delay);
