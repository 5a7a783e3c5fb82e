/* Capabilities of both sides, TLV 02 and 03 (profile, section 2.1). */
#pragma once

#include <stdint.h>

#define S5A_CAPABILITY(bit) (UINT32_C(1) << (bit))

/* Bit numbers, 0 the lowest. */
enum s5a_capability {
    S5A_CAP_PUBLICKEY = 0, /* 0–4: EAF methods 01–05 that a side has; they inform only */
    S5A_CAP_RESPONSE = 1,
    S5A_CAP_TOTP = 2,
    S5A_CAP_MULTI = 3,
    S5A_CAP_TOKEN = 4,
    S5A_CAP_CHAINING = 5,
    S5A_CAP_TOL = 6,
    S5A_CAP_COMMANDS = 9,   /* 04–08 */
    S5A_CAP_ADDRESSES = 10, /* 05–07 */
    S5A_CAP_DETAILS = 11,
    S5A_CAP_SEALED_TOL = 12,
    S5A_CAP_UDP_IN_STREAM = 15,
};

/* Bits that name features: used only where both sides set them. Others are ignored. */
#define S5A_CAPABILITY_FEATURES                                             \
    (S5A_CAPABILITY(S5A_CAP_CHAINING) | S5A_CAPABILITY(S5A_CAP_TOL) |       \
     S5A_CAPABILITY(S5A_CAP_COMMANDS) | S5A_CAPABILITY(S5A_CAP_ADDRESSES) | \
     S5A_CAPABILITY(S5A_CAP_DETAILS) | S5A_CAPABILITY(S5A_CAP_SEALED_TOL) | \
     S5A_CAPABILITY(S5A_CAP_UDP_IN_STREAM))
