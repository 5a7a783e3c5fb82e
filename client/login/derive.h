/* Argon2id for the challenge of a password (profile, section 2.5), one derivation at a time. */
#pragma once

#include "protocol/eaf/scram.h"
#include "protocol/secret.h"

/* Salted, in the calling thread, which it holds for as long as the challenge's cost takes: the
 * caller has bounded that. Waits for another derivation of the process until `deadline` (ms,
 * s5a_now): TIMED_OUT. NO_MEMORY where the memory cannot be had. */
S5A_MUST_USE enum s5a_status s5a_derive_salted(struct s5a_key *salted,
                                               const struct s5a_secret *password,
                                               const struct s5a_challenge *challenge,
                                               uint64_t deadline);
