/* Challenge-response (profile, section 2.5): SCRAM (RFC 5802) in shape, keyed by Argon2id.
 *
 * Salted = Argon2id13(password, SALT, OPS passes, MEM_KIB, 1 lane, 32 bytes) takes memory and a
 * tenth of a second, so the caller derives it: crypto_pwhash(salted, 32, password, length, salt,
 * ops, 1024 * mem_kib, crypto_pwhash_ALG_ARGON2ID13). */
#pragma once

#include <stdbool.h>

#include "protocol/attributes.h"
#include "protocol/crypto/hash.h"
#include "protocol/eaf/auth.h"
#include "protocol/eaf/metadata.h"

enum {
    S5A_SALT_LEN = 16,
    S5A_NONCE_LEN = 32,
    S5A_CHALLENGE_LEN = 1 + 4 + 4 + S5A_SALT_LEN + S5A_NONCE_LEN,
    S5A_SCRAM_OPS_MIN = 2,
    S5A_SCRAM_MEM_KIB_MIN = 19456,
    S5A_SCRAM_OPS_DEFAULT_MAX = 8,
    S5A_SCRAM_MEM_KIB_DEFAULT_MAX = 256 * 1024,
};

struct s5a_challenge {
    uint32_t ops, mem_kib;
    uint8_t salt[S5A_SALT_LEN];
    uint8_t nonce[S5A_NONCE_LEN];
};

/* What a client spends at most. */
struct s5a_scram_limits {
    uint32_t ops, mem_kib;
};

/* What a server keeps of a password beside OPS, MEM_KIB and SALT. Secret. */
struct s5a_scram_verifier {
    struct s5a_key stored, server;
};

/* The CHALLENGE itself, behind CLEN; MALFORMED for another ALG or length. */
S5A_MUST_USE enum s5a_status s5a_challenge_decode(struct s5a_challenge *out, struct s5a_span bytes);
void s5a_challenge_encode(struct s5a_writer *w, const struct s5a_challenge *challenge);
/* False for a cost below the profile's minimum or over the client's limits. */
S5A_MUST_USE bool s5a_challenge_is_within(const struct s5a_challenge *challenge,
                                          const struct s5a_scram_limits *limits);

void s5a_scram_verifier(struct s5a_scram_verifier *out, const struct s5a_key *salted);
/* RESPONSE, and in `proof` what the server has to show; `t` is T_{k-1}, k the answering message. */
void s5a_scram_respond(uint8_t response[static S5A_RESPONSE_LEN],
                       uint8_t proof[static S5A_PROOF_LEN], const struct s5a_key *salted,
                       const uint8_t nonce[static S5A_NONCE_LEN], const struct s5a_digest *t);
/* True, and the proof, where the response is right; false and zeros otherwise. */
S5A_MUST_USE bool s5a_scram_verify(uint8_t proof[static S5A_PROOF_LEN],
                                   const struct s5a_scram_verifier *verifier,
                                   const uint8_t nonce[static S5A_NONCE_LEN],
                                   const struct s5a_digest *t, struct s5a_span response);
/* The salt of a user that does not exist, always the same. */
void s5a_scram_unknown_salt(uint8_t salt[static S5A_SALT_LEN], struct s5a_span server_secret,
                            struct s5a_span user);
