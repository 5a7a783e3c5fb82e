/* AUTH from the client, before sealing (profile, section 2.4): one method a file, auth_*.c. */
#pragma once

#include <stdbool.h>

#include "protocol/bytes.h"
#include "protocol/status.h"

enum s5a_mid {
    S5A_MID_ANONYMOUS = 0x00,
    S5A_MID_PUBLICKEY = 0x01,
    S5A_MID_RESPONSE = 0x02, /* ask and answer */
    S5A_MID_TOTP = 0x03,
    S5A_MID_MULTI = 0x04,
    S5A_MID_TOKEN = 0x05, /* token and ticket */
};

#define S5A_MID_BIT(mid) (1u << (mid))

enum {
    S5A_FACTORS_MAX = 4,
    S5A_ED25519_KEY_LEN = 32,
    S5A_ED25519_SIGNATURE_LEN = 64,
    S5A_RESPONSE_LEN = 32,
    S5A_TOKEN_MAX = 4096,
};

/* One credential; spans are views of somebody else's bytes, those of the MID are used. */
struct s5a_factor {
    uint8_t mid;               /* never MULTI */
    struct s5a_span key;       /* 01: 32 bytes */
    struct s5a_span signature; /* 01: 64 bytes */
    struct s5a_span response;  /* 02: 32 bytes; empty: the ask */
    struct s5a_span user;      /* 03: 1–255 bytes, UTF-8 */
    struct s5a_span code;      /* 03: 6–8 ASCII digits */
    struct s5a_span token;     /* 05: 1–4096 bytes; empty: a ticket is in message 1 */
};

/* One factor of the same MID; 2–4 under MULTI; none where there is no AUTH. */
struct s5a_auth {
    uint8_t mid;
    uint8_t count;
    struct s5a_factor factors[S5A_FACTORS_MAX];
};

/* Decodes a whole AUTH; MALFORMED, or UNSUPPORTED_METHOD for an unknown MID. */
S5A_MUST_USE enum s5a_status s5a_auth_decode(struct s5a_auth *out, struct s5a_span auth);
/* The writer goes bad for a MID or a count that cannot be. */
void s5a_auth_encode(struct s5a_writer *w, const struct s5a_auth *auth);
/* The credential of this MID among the factors; NULL where there is none. */
const struct s5a_factor *s5a_auth_find(const struct s5a_auth *auth, enum s5a_mid mid);
/* True for the ask of MID 02. */
bool s5a_auth_is_ask(const struct s5a_auth *auth);
/* True for what may stand in message 1, which can be replayed. */
bool s5a_auth_may_be_first(const struct s5a_auth *auth);
