/* HMAC, HKDF, SHA-1, X25519 and the AEAD against their RFCs. */
#include "protocol/crypto/aead.h"
#include "protocol/crypto/hash.h"
#include "protocol/crypto/sha1.h"
#include "protocol/crypto/x25519.h"

#include "tests/unit/span.h"
#include "tests/unit/vector_file.h"

static void expect_hex(struct s5a_span got, const char *text)
{
    uint8_t expected[256];
    size_t len = vector_unhex(text, expected, sizeof(expected));
    vector_expect(text, got, (struct s5a_span){ expected, len });
}

static void expect_sha1(struct s5a_span text, const char *expected)
{
    uint8_t out[S5A_SHA1_LEN];
    s5a_sha1(out, text);
    expect_hex((struct s5a_span){ out, sizeof(out) }, expected);
}

Test(hash, sha1_of_rfc_3174)
{
    expect_sha1(SPAN(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    expect_sha1(SPAN("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    expect_sha1(SPAN("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
                "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
}

Test(hash, sha1_of_a_million_letters)
{
    static uint8_t letters[1000000];
    memset(letters, 'a', sizeof(letters));
    expect_sha1((struct s5a_span){ letters, sizeof(letters) },
                "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

Test(hash, hmac_sha1_of_rfc_2202)
{
    uint8_t key[80], out[S5A_SHA1_LEN];
    struct s5a_span hmac = { out, sizeof(out) };
    s5a_hmac_sha1(out, SPAN("Jefe"), SPAN("what do ya want for nothing?"));
    expect_hex(hmac, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    memset(key, 0xaa, sizeof(key));
    s5a_hmac_sha1(out, (struct s5a_span){ key, sizeof(key) },
                  SPAN("Test Using Larger Than Block-Size Key - Hash Key First"));
    expect_hex(hmac, "aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

/* RFC 5869, appendix A.1 */
Test(hash, hkdf_of_rfc_5869)
{
    uint8_t ikm[22], out[42];
    struct s5a_key prk;
    memset(ikm, 0x0b, sizeof(ikm));
    s5a_hkdf_extract(&prk, SPAN("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c"),
                     (struct s5a_span){ ikm, sizeof(ikm) });
    expect_hex(s5a_key_span(&prk),
               "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
    s5a_hkdf_expand(out, sizeof(out), &prk,
                    S5A_PARTS(SPAN("\xf0\xf1\xf2\xf3\xf4"), SPAN("\xf5\xf6\xf7\xf8\xf9")));
    expect_hex(
        (struct s5a_span){ out, sizeof(out) },
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
}

Test(hash, hkdf_expands_to_its_limit_and_to_nothing)
{
    static uint8_t out[S5A_EXPAND_MAX];
    struct s5a_key prk = { { 1 } };
    uint8_t first[S5A_DIGEST_LEN];
    s5a_hkdf_expand(out, sizeof(out), &prk, S5A_PARTS(SPAN("x")));
    s5a_hkdf_expand(first, sizeof(first), &prk, S5A_PARTS(SPAN("x")));
    cr_expect_arr_eq(out, first, sizeof(first));
    s5a_hkdf_expand(NULL, 0, &prk, S5A_PARTS(SPAN("x")));
}

/* RFC 7748, section 5.2: one iteration; the scalar is that of the base point too */
Test(hash, x25519_of_rfc_7748)
{
    struct s5a_key nine = { { 9 } }, shared;
    uint8_t public[S5A_X25519_LEN];
    static const char expected[] =
        "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079";
    cr_assert(s5a_x25519(&shared, &nine, nine.bytes));
    expect_hex(s5a_key_span(&shared), expected);
    s5a_x25519_public(public, &nine);
    expect_hex((struct s5a_span){ public, sizeof(public) }, expected);
}

Test(hash, x25519_refuses_points_of_small_order)
{
    static const uint8_t zero[S5A_X25519_LEN], one[S5A_X25519_LEN] = { 1 };
    struct s5a_key secret = { { 7 } }, shared = { { 9 } };
    cr_expect_not(s5a_x25519(&shared, &secret, zero));
    cr_expect_arr_eq(shared.bytes, zero, sizeof(zero));
    cr_expect_not(s5a_x25519(&shared, &secret, one));
}

Test(hash, aead_opens_only_what_was_sealed)
{
    static const uint8_t nonce[S5A_AEAD_NONCE_LEN], other[S5A_AEAD_NONCE_LEN] = { 1 };
    uint8_t bytes[4 + S5A_AEAD_TAG_LEN] = "text", out[4];
    struct s5a_key key = { { 1 } }, wrong = { { 2 } };
    struct s5a_span sealed = { bytes, sizeof(bytes) };
    s5a_aead_seal(bytes, 4, &key, nonce, SPAN("ad"));
    cr_expect(s5a_aead_open(out, sealed, &key, nonce, SPAN("ad")));
    cr_expect_arr_eq(out, "text", 4);
    cr_expect_not(s5a_aead_open(out, sealed, &key, nonce, SPAN("da")));
    cr_expect_not(s5a_aead_open(out, sealed, &key, other, SPAN("ad")));
    cr_expect_not(s5a_aead_open(out, sealed, &wrong, nonce, SPAN("ad")));
    cr_expect_neq(memcmp(out, "text", 4), 0, "text stays after a failure");
    sealed.len = S5A_AEAD_TAG_LEN - 1;
    cr_expect_not(s5a_aead_open(out, sealed, &key, nonce, SPAN("ad")));
}
