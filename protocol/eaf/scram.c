/* Challenge-response. */
#include "protocol/eaf/scram.h"

#include <string.h>

#include "protocol/secret.h"

enum { ALG_ARGON2ID = 0x01 };

/* ---- the challenge ---- */

enum s5a_status s5a_challenge_decode(struct s5a_challenge *out, struct s5a_span bytes)
{
    struct s5a_challenge challenge = { 0 };
    struct s5a_reader r;
    *out = challenge;
    s5a_reader_init(&r, bytes.at, bytes.len);
    uint8_t algorithm = s5a_read_u8(&r);
    challenge.ops = s5a_read_u32(&r);
    challenge.mem_kib = s5a_read_u32(&r);
    s5a_read_copy(&r, challenge.salt, sizeof(challenge.salt));
    s5a_read_copy(&r, challenge.nonce, sizeof(challenge.nonce));
    if (r.bad || s5a_reader_left(&r) > 0 || algorithm != ALG_ARGON2ID)
        return S5A_MALFORMED;
    *out = challenge;
    return S5A_OK;
}

void s5a_challenge_encode(struct s5a_writer *w, const struct s5a_challenge *challenge)
{
    s5a_write_u8(w, ALG_ARGON2ID);
    s5a_write_u32(w, challenge->ops);
    s5a_write_u32(w, challenge->mem_kib);
    s5a_write_bytes(w, challenge->salt, sizeof(challenge->salt));
    s5a_write_bytes(w, challenge->nonce, sizeof(challenge->nonce));
}

bool s5a_challenge_is_within(const struct s5a_challenge *challenge,
                             const struct s5a_scram_limits *limits)
{
    return challenge->ops >= S5A_SCRAM_OPS_MIN && challenge->ops <= limits->ops &&
           challenge->mem_kib >= S5A_SCRAM_MEM_KIB_MIN && challenge->mem_kib <= limits->mem_kib;
}

/* ---- keys ---- */

/* StoredKey = SHA-256(ClientKey) */
static void hash_key(struct s5a_key *stored, const struct s5a_key *client)
{
    struct s5a_digest digest;
    s5a_sha256(&digest, S5A_PARTS(s5a_key_span(client)));
    memcpy(stored->bytes, digest.bytes, sizeof(stored->bytes));
    s5a_wipe(&digest, sizeof(digest));
}

/* ClientKey = HMAC(Salted, "Client Key") */
static void client_key(struct s5a_key *client, const struct s5a_key *salted)
{
    s5a_hmac(client->bytes, s5a_key_span(salted), S5A_PARTS(S5A_SPAN("Client Key")));
}

/* ServerKey = HMAC(Salted, "Server Key") */
void s5a_scram_verifier(struct s5a_scram_verifier *out, const struct s5a_key *salted)
{
    struct s5a_key client;
    client_key(&client, salted);
    hash_key(&out->stored, &client);
    s5a_hmac(out->server.bytes, s5a_key_span(salted), S5A_PARTS(S5A_SPAN("Server Key")));
    s5a_wipe(&client, sizeof(client));
}

/* ---- response and proof; A = NONCE || T_{k-1} ---- */

/* ClientKey XOR HMAC(StoredKey, A): the same both ways */
static void mask(uint8_t out[static S5A_RESPONSE_LEN], const uint8_t in[static S5A_RESPONSE_LEN],
                 const struct s5a_key *stored, struct s5a_parts a)
{
    uint8_t pad[S5A_RESPONSE_LEN];
    s5a_hmac(pad, s5a_key_span(stored), a);
    for (size_t i = 0; i < sizeof(pad); i++)
        out[i] = in[i] ^ pad[i];
    s5a_wipe(pad, sizeof(pad));
}

/* proof = HMAC(ServerKey, A || RESPONSE) */
static void prove(uint8_t proof[static S5A_PROOF_LEN], const struct s5a_key *server,
                  struct s5a_parts a, struct s5a_span response)
{
    s5a_hmac(proof, s5a_key_span(server), S5A_PARTS(a.at[0], a.at[1], response));
}

void s5a_scram_respond(uint8_t response[static S5A_RESPONSE_LEN],
                       uint8_t proof[static S5A_PROOF_LEN], const struct s5a_key *salted,
                       const uint8_t nonce[static S5A_NONCE_LEN], const struct s5a_digest *t)
{
    struct s5a_parts a = S5A_PARTS({ nonce, S5A_NONCE_LEN }, s5a_digest_span(t));
    struct s5a_scram_verifier verifier;
    struct s5a_key client;
    s5a_scram_verifier(&verifier, salted);
    client_key(&client, salted);
    mask(response, client.bytes, &verifier.stored, a);
    prove(proof, &verifier.server, a, (struct s5a_span){ response, S5A_RESPONSE_LEN });
    s5a_wipe(&verifier, sizeof(verifier));
    s5a_wipe(&client, sizeof(client));
}

bool s5a_scram_verify(uint8_t proof[static S5A_PROOF_LEN],
                      const struct s5a_scram_verifier *verifier,
                      const uint8_t nonce[static S5A_NONCE_LEN], const struct s5a_digest *t,
                      struct s5a_span response)
{
    struct s5a_parts a = S5A_PARTS({ nonce, S5A_NONCE_LEN }, s5a_digest_span(t));
    struct s5a_key client, stored;
    memset(proof, 0, S5A_PROOF_LEN);
    if (response.len != S5A_RESPONSE_LEN)
        return false;
    mask(client.bytes, response.at, &verifier->stored, a);
    hash_key(&stored, &client);
    bool right = s5a_equal_ct(&stored, &verifier->stored, sizeof(stored));
    if (right)
        prove(proof, &verifier->server, a, response);
    s5a_wipe(&client, sizeof(client));
    s5a_wipe(&stored, sizeof(stored));
    return right;
}

void s5a_scram_unknown_salt(uint8_t salt[static S5A_SALT_LEN], struct s5a_span server_secret,
                            struct s5a_span user)
{
    uint8_t hmac[S5A_DIGEST_LEN];
    s5a_hmac(hmac, server_secret, S5A_PARTS(user));
    memcpy(salt, hmac, S5A_SALT_LEN);
    s5a_wipe(hmac, sizeof(hmac));
}
