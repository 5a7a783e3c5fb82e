/* Secrets: wiping, comparing, and the one type that holds a password. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/attributes.h"
#include "protocol/bytes.h"

enum { S5A_SECRET_MAX = 255 }; /* RFC 1929, section 2: PLEN is one byte */

/* Own type, so that no log call takes it by accident. Wipe it when done. */
struct s5a_secret {
    uint8_t len;
    uint8_t bytes[S5A_SECRET_MAX];
};

/* Overwrites memory in a way that the compiler keeps. */
void s5a_wipe(void *memory, size_t len);
/* True where equal, in time that depends on `len` alone. */
S5A_MUST_USE bool s5a_equal_ct(const void *a, const void *b, size_t len);
/* Replaces the content; false (and wiped) where `bytes` is longer than S5A_SECRET_MAX. */
S5A_MUST_USE bool s5a_secret_set(struct s5a_secret *secret, struct s5a_span bytes);
void s5a_secret_wipe(struct s5a_secret *secret);
struct s5a_span s5a_secret_span(const struct s5a_secret *secret);
