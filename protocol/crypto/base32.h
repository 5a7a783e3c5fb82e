/* Base32 (RFC 4648, section 6), in which secrets of one-time passwords are handed around. */
#pragma once

#include <stdbool.h>

#include "protocol/attributes.h"
#include "protocol/bytes.h"

/* Characters for `len` bytes, without padding. */
#define S5A_BASE32_LEN(len) (((len)*8 + 4) / 5)

/* S5A_BASE32_LEN upper-case characters, no padding, and a NUL. */
void s5a_base32_format(char *out, struct s5a_span bytes);
/* The bytes of `text`; either case, blanks and hyphens anywhere, padding or not. False, with the
 * writer bad or in an unknown place, where it is not Base32, has bits over, or does not fit. */
S5A_MUST_USE bool s5a_base32_parse(struct s5a_writer *w, struct s5a_span text);
