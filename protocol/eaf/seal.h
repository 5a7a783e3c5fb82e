/* The nonces under one seal_i: AUTH and TLV 80 differ in the first byte (profile, section 2.3). */
#pragma once

#include "protocol/crypto/aead.h"

static const uint8_t s5a_nonce_auth[S5A_AEAD_NONCE_LEN] = { 0x00 };
static const uint8_t s5a_nonce_list[S5A_AEAD_NONCE_LEN] = { 0x01 };
