/* Time-based one-time passwords (RFC 6238 with HMAC-SHA-1; profile, section 2.4, MID 03). */
#pragma once

#include <stdbool.h>

#include "protocol/attributes.h"
#include "protocol/bytes.h"

enum { S5A_TOTP_DIGITS_MIN = 6, S5A_TOTP_DIGITS_MAX = 8, S5A_TOTP_STEP = 30 };

struct s5a_totp {
    struct s5a_span secret; /* the bytes, not their Base32 */
    uint8_t digits;         /* 6–8 */
    uint32_t step;          /* s, not 0 */
    uint64_t t0;            /* s since 1970 */
};

/* The number of the step that `now` (s since 1970) is in; 0 before T0. */
uint64_t s5a_totp_counter(const struct s5a_totp *totp, uint64_t now);
/* ASCII digits without NUL. */
void s5a_totp_code(char code[static S5A_TOTP_DIGITS_MAX], const struct s5a_totp *totp,
                   uint64_t counter);
/* True where `code` is that of the step of `now`, or of one up to `window` steps away, and the step
 * is later than `last`, the one of the code that this user took last (RFC 6238, section 5.2: each
 * code once; 0: none yet). `*counter` then has the step, to be kept as the next `last`. Takes the
 * same time for every code of this length. */
S5A_MUST_USE bool s5a_totp_verify(const struct s5a_totp *totp, struct s5a_span code, uint64_t now,
                                  unsigned window, uint64_t last, uint64_t *counter);
