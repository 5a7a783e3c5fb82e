/* MID 01: an Ed25519 key and its signature. */
#include "protocol/eaf/auth_publickey.h"

#include <sodium/crypto_sign_ed25519.h>

#include "protocol/eaf/auth_methods.h"
#include "protocol/secret.h"

_Static_assert(crypto_sign_ed25519_SECRETKEYBYTES == sizeof(struct s5a_ed25519), "Ed25519 key");
_Static_assert(crypto_sign_ed25519_BYTES == S5A_ED25519_SIGNATURE_LEN, "Ed25519 signature");

static enum s5a_status decode(struct s5a_reader *r, struct s5a_auth *out)
{
    struct s5a_factor *factor = s5a_auth_append(out, S5A_MID_PUBLICKEY);
    uint16_t key = s5a_read_u16(r), signature = s5a_read_u16(r);
    if (!factor || key != S5A_ED25519_KEY_LEN || signature != S5A_ED25519_SIGNATURE_LEN)
        return S5A_MALFORMED;
    factor->key = s5a_read_span(r, key);
    factor->signature = s5a_read_span(r, signature);
    return S5A_OK;
}

static void encode(struct s5a_writer *w, const struct s5a_auth *auth,
                   const struct s5a_factor *factor)
{
    (void)auth;
    s5a_write_u16(w, S5A_ED25519_KEY_LEN);
    s5a_write_u16(w, S5A_ED25519_SIGNATURE_LEN);
    s5a_write_span(w, factor->key);
    s5a_write_span(w, factor->signature);
    if (factor->key.len != S5A_ED25519_KEY_LEN ||
        factor->signature.len != S5A_ED25519_SIGNATURE_LEN)
        w->bad = true;
}

const struct s5a_auth_method s5a_auth_publickey = { decode, encode, s5a_factor_always,
                                                    s5a_factor_always };

void s5a_ed25519_from_seed(struct s5a_ed25519 *key, const uint8_t seed[static S5A_ED25519_SEED_LEN])
{
    uint8_t public[S5A_ED25519_KEY_LEN];
    (void)crypto_sign_ed25519_seed_keypair(public, key->bytes, seed);
}

struct s5a_span s5a_ed25519_public(const struct s5a_ed25519 *key)
{
    struct s5a_reader r;
    s5a_reader_init(&r, key->bytes, sizeof(key->bytes));
    s5a_read_span(&r, S5A_ED25519_SEED_LEN);
    return s5a_read_span(&r, S5A_ED25519_KEY_LEN);
}

/* label || 00 || T_{i-1} || SHA-256(METADATA_i as sent) || KEY */
void s5a_publickey_signed(uint8_t out[static S5A_ED25519_SIGNED_LEN],
                          const struct s5a_auth_context *context, struct s5a_span key)
{
    struct s5a_writer w;
    s5a_writer_init(&w, out, S5A_ED25519_SIGNED_LEN);
    s5a_write_span(&w, S5A_SPAN("SOCKS5a profile 1 publickey\0"));
    s5a_write_span(&w, s5a_digest_span(&context->transcript));
    s5a_write_span(&w, s5a_digest_span(&context->metadata));
    s5a_write_span(&w, key);
}

void s5a_publickey_sign(uint8_t signature[static S5A_ED25519_SIGNATURE_LEN],
                        const struct s5a_ed25519 *key, const struct s5a_auth_context *context)
{
    uint8_t text[S5A_ED25519_SIGNED_LEN];
    s5a_publickey_signed(text, context, s5a_ed25519_public(key));
    (void)crypto_sign_ed25519_detached(signature, NULL, text, sizeof(text), key->bytes);
}

bool s5a_publickey_verify(const struct s5a_factor *factor, const struct s5a_auth_context *context)
{
    uint8_t text[S5A_ED25519_SIGNED_LEN];
    if (factor->key.len != S5A_ED25519_KEY_LEN ||
        factor->signature.len != S5A_ED25519_SIGNATURE_LEN)
        return false;
    s5a_publickey_signed(text, context, factor->key);
    return crypto_sign_ed25519_verify_detached(factor->signature.at, text, sizeof(text),
                                               factor->key.at) == 0;
}
