/* SIG, nonce and mask of a record: what sealing and opening share. For protocol/tol alone. */
#pragma once

#include "protocol/tol/record.h"

enum { S5A_TOL_SIG_LEN = 2 };

/* 00000000 || n */
void s5a_tol_nonce(uint8_t nonce[static S5A_AEAD_NONCE_LEN], uint64_t n);
/* The SIG of record `d->n` at `at`, whose head of `head` bytes is not masked: in SEALED over the
 * head alone, else over all of it. */
void s5a_tol_sign(const struct s5a_tol_direction *d, const uint8_t *at, size_t head, size_t dlen,
                  uint8_t sig[static S5A_TOL_SIG_LEN]);
/* Lays the mask of record `d->n` over bytes from … to - 1 of its head, or takes it away. */
void s5a_tol_mask(const struct s5a_tol_direction *d, uint8_t *at, size_t from, size_t to);
