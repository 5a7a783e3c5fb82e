/* Challenge-response: scram.json, and what is refused. */
#include "protocol/eaf/scram.h"

#include <sodium.h>

#include "protocol/eaf/answer.h"
#include "tests/unit/vector_file.h"

static const struct s5a_scram_limits defaults = { S5A_SCRAM_OPS_DEFAULT_MAX,
                                                  S5A_SCRAM_MEM_KIB_DEFAULT_MAX };

/* As the header says that callers do it. */
static struct s5a_key derive(struct s5a_span password, const struct s5a_challenge *challenge)
{
    struct s5a_key salted;
    cr_assert_eq(crypto_pwhash(salted.bytes, sizeof(salted.bytes), (const char *)password.at,
                               password.len, challenge->salt, challenge->ops,
                               (size_t)challenge->mem_kib * 1024, crypto_pwhash_ALG_ARGON2ID13),
                 0);
    return salted;
}

static struct s5a_challenge challenge_of(const json_t *entry)
{
    struct s5a_answer answer;
    cr_assert_eq(s5a_answer_decode(&answer, vector_bytes(entry, "challenge")), S5A_OK);
    cr_assert(answer.is_challenge);
    return answer.challenge;
}

static struct s5a_digest transcript_of(const json_t *entry)
{
    struct s5a_digest t;
    memcpy(t.bytes, vector_exact(entry, "T_{k-1}", sizeof(t.bytes)), sizeof(t.bytes));
    return t;
}

static void check(const json_t *entry)
{
    struct s5a_challenge challenge = challenge_of(entry);
    struct s5a_digest t = transcript_of(entry);
    struct s5a_scram_verifier verifier;
    uint8_t response[S5A_RESPONSE_LEN], proof[S5A_PROOF_LEN], shown[S5A_PROOF_LEN];
    struct s5a_span answer = { response, sizeof(response) };

    struct s5a_key salted = derive(vector_bytes(entry, "password"), &challenge);
    vector_expect("Salted", s5a_key_span(&salted), vector_bytes(entry, "salted"));
    s5a_scram_verifier(&verifier, &salted);
    vector_expect("StoredKey", s5a_key_span(&verifier.stored), vector_bytes(entry, "stored_key"));
    vector_expect("ServerKey", s5a_key_span(&verifier.server), vector_bytes(entry, "server_key"));
    s5a_scram_respond(response, proof, &salted, challenge.nonce, &t);
    vector_expect("RESPONSE", answer, vector_bytes(entry, "response"));
    vector_expect("proof", (struct s5a_span){ proof, sizeof(proof) }, vector_bytes(entry, "proof"));
    cr_expect(s5a_scram_verify(shown, &verifier, challenge.nonce, &t, answer));
    cr_expect_arr_eq(shown, proof, sizeof(proof));
}

Test(scram, derivations_of_the_vectors_are_reproduced)
{
    json_t *file = vector_file("scram"), *entry;
    size_t i;
    json_array_foreach(json_object_get(file, "derivations"), i, entry) check(entry);
    cr_expect_gt(i, 0);
    json_decref(file);
}

Test(scram, salts_of_unknown_users_are_reproduced)
{
    json_t *file = vector_file("scram"), *entry;
    size_t i;
    json_array_foreach(json_object_get(file, "salt of an unknown user"), i, entry)
    {
        uint8_t salt[S5A_SALT_LEN];
        s5a_scram_unknown_salt(salt, vector_bytes(entry, "server secret"),
                               vector_bytes(entry, "user"));
        vector_expect("salt", (struct s5a_span){ salt, sizeof(salt) }, vector_bytes(entry, "salt"));
    }
    cr_expect_gt(i, 0);
    json_decref(file);
}

Test(scram, response_with_any_bit_changed_is_refused_without_a_proof)
{
    struct s5a_key salted = { { 1, 2, 3 } };
    struct s5a_scram_verifier verifier;
    struct s5a_digest t = { { 4 } };
    uint8_t nonce[S5A_NONCE_LEN] = { 5 }, response[S5A_RESPONSE_LEN], proof[S5A_PROOF_LEN];
    static const uint8_t none[S5A_PROOF_LEN];
    s5a_scram_verifier(&verifier, &salted);
    s5a_scram_respond(response, proof, &salted, nonce, &t);
    for (size_t bit = 0; bit < 8 * sizeof(response); bit++) {
        response[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cr_expect_not(s5a_scram_verify(proof, &verifier, nonce, &t,
                                       (struct s5a_span){ response, sizeof(response) }));
        cr_expect_arr_eq(proof, none, sizeof(none));
        response[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    cr_expect_not(s5a_scram_verify(proof, &verifier, nonce, &t,
                                   (struct s5a_span){ response, sizeof(response) - 1 }));
}

Test(scram, response_counts_for_its_nonce_and_message_only)
{
    struct s5a_key salted = { { 1 } };
    struct s5a_scram_verifier verifier;
    struct s5a_digest t = { { 4 } }, later = { { 6 } };
    uint8_t nonce[S5A_NONCE_LEN] = { 5 }, other[S5A_NONCE_LEN] = { 7 };
    uint8_t response[S5A_RESPONSE_LEN], proof[S5A_PROOF_LEN];
    struct s5a_span answer = { response, sizeof(response) };
    s5a_scram_verifier(&verifier, &salted);
    s5a_scram_respond(response, proof, &salted, nonce, &t);
    cr_expect(s5a_scram_verify(proof, &verifier, nonce, &t, answer));
    cr_expect_not(s5a_scram_verify(proof, &verifier, other, &t, answer));
    cr_expect_not(s5a_scram_verify(proof, &verifier, nonce, &later, answer));
}

Test(scram, cost_outside_the_bounds_is_refused)
{
    struct s5a_challenge challenge = { .ops = 2, .mem_kib = 19456 };
    cr_expect(s5a_challenge_is_within(&challenge, &defaults));
    challenge.ops = 1;
    cr_expect_not(s5a_challenge_is_within(&challenge, &defaults));
    challenge.ops = 8;
    challenge.mem_kib = 262144;
    cr_expect(s5a_challenge_is_within(&challenge, &defaults));
    challenge.mem_kib++;
    cr_expect_not(s5a_challenge_is_within(&challenge, &defaults));
    challenge = (struct s5a_challenge){ .ops = 9, .mem_kib = 19456 };
    cr_expect_not(s5a_challenge_is_within(&challenge, &defaults));
    challenge = (struct s5a_challenge){ .ops = 2, .mem_kib = 19455 };
    cr_expect_not(s5a_challenge_is_within(&challenge, &defaults));
}
