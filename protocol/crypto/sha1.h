/* HMAC-SHA-1 (RFC 2104, RFC 3174), which TOTP needs and libsodium does not have. For nothing else. */
#pragma once

#include "protocol/bytes.h"

enum { S5A_SHA1_LEN = 20 };

void s5a_sha1(uint8_t out[static S5A_SHA1_LEN], struct s5a_span bytes);
void s5a_hmac_sha1(uint8_t out[static S5A_SHA1_LEN], struct s5a_span key, struct s5a_span bytes);
