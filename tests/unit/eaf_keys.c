/* Key schedule and transcript: keyschedule.json, value by value; and the signatures of auth.json. */
#include "protocol/eaf/keys.h"

#include "protocol/eaf/auth_publickey.h"
#include "protocol/tol/keys.h"
#include "tests/unit/vector_file.h"

/* What one connection is given. */
struct given {
    const json_t *entry, *secrets;
    struct s5a_key network, resumption;
    bool has_network, has_ticket, fetch;
};

static struct s5a_key key_of(const json_t *entry, const char *name)
{
    struct s5a_key key;
    memcpy(key.bytes, vector_exact(entry, name, sizeof(key.bytes)), sizeof(key.bytes));
    return key;
}

static struct given given_of(const json_t *entry)
{
    struct given given = { entry, json_object_get(entry, "given"), { { 0 } }, { { 0 } } };
    given.has_network = json_object_get(given.secrets, "network key") != NULL;
    given.has_ticket = json_object_get(given.secrets, "R of the ticket") != NULL;
    given.fetch = json_object_get(entry, "CK_1") == NULL;
    if (given.has_network)
        given.network = key_of(given.secrets, "network key");
    if (given.has_ticket)
        given.resumption = key_of(given.secrets, "R of the ticket");
    return given;
}

static void expect_field(const json_t *entry, const char *name, const struct s5a_key *got)
{
    vector_expect(name, s5a_key_span(got), vector_bytes(entry, name));
}

/* PSK, CK_0, CK_1; the last of them, or CK_0 for a key fetch. */
static struct s5a_key first_keys(const struct given *given, const json_t *expected, bool ticket)
{
    struct s5a_key psk, ck, e_c = key_of(given->secrets, "e_c");
    s5a_eaf_psk(&psk, given->has_network ? &given->network : NULL,
                ticket ? &given->resumption : NULL);
    expect_field(expected, "PSK", &psk);
    s5a_eaf_ck_start(&ck, &psk);
    expect_field(expected, "CK_0", &ck);
    if (given->fetch)
        return ck;
    cr_assert(s5a_eaf_ck_mix(&ck, &e_c, vector_exact(given->secrets, "S", S5A_X25519_LEN)));
    expect_field(expected, "CK_1", &ck);
    return ck;
}

static struct s5a_key second_key(const struct given *given, struct s5a_key ck)
{
    struct s5a_key e_s = key_of(given->secrets, "e_s");
    if (given->fetch)
        return ck;
    cr_assert(s5a_eaf_ck_mix(&ck, &e_s, vector_exact(given->secrets, "E_c", S5A_X25519_LEN)));
    expect_field(given->entry, "CK_2", &ck);
    return ck;
}

static void check_publics(const struct given *given)
{
    uint8_t public[S5A_X25519_LEN];
    static const char *const pairs[][2] = { { "s", "S" }, { "e_c", "E_c" }, { "e_s", "E_s" } };
    for (size_t i = 0; i < 3; i++) {
        struct s5a_key secret = key_of(given->secrets, pairs[i][0]);
        s5a_x25519_public(public, &secret);
        vector_expect(pairs[i][1], (struct s5a_span){ public, sizeof(public) },
                      vector_bytes(given->secrets, pairs[i][1]));
    }
}

static void check_message_keys(const json_t *expected, uint8_t i, const struct s5a_key *ck,
                               const struct s5a_digest *t)
{
    struct s5a_eaf_keys keys;
    cr_assert_eq(vector_number(expected, "i"), i);
    s5a_eaf_message_keys(&keys, ck, i, t);
    expect_field(expected, "mac", &keys.mac);
    expect_field(expected, "seal", &keys.seal);
}

/* Walks T_i and the keys of all messages; `t` ends as T_f. */
static void check_messages(const struct given *given, const struct s5a_key *ck1,
                           const struct s5a_key *ck2, struct s5a_digest *t)
{
    json_t *keys = json_object_get(given->entry, "messages"), *entry, *digests;
    json_t *bodies = json_object_get(given->entry, "M");
    digests = json_object_get(given->entry, "T");
    size_t i;
    s5a_eaf_transcript_start(
        t, vector_bytes(given->entry, "greeting"), (uint8_t)vector_number(given->entry, "method"),
        given->fetch ? NULL : vector_exact(given->secrets, "S", S5A_X25519_LEN));
    json_array_foreach(keys, i, entry)
    {
        uint8_t body[1024];
        cr_assert_lt(i, json_array_size(digests));
        size_t len =
            vector_unhex(json_string_value(json_array_get(digests, i)), body, sizeof(body));
        vector_expect("T_i", s5a_digest_span(t), (struct s5a_span){ body, len });
        check_message_keys(entry, (uint8_t)(i + 1), i == 0 ? ck1 : ck2, t);
        if (i + 1 == json_array_size(digests))
            return;
        len = vector_unhex(json_string_value(json_array_get(bodies, i)), body, sizeof(body));
        s5a_eaf_transcript_add(t, (struct s5a_span){ body, len });
    }
}

static void check_tol(const struct given *given, const struct s5a_key *ck2,
                      const struct s5a_digest *t)
{
    static const char *const names[2][3] = { { "SessionKey_0", "aead_0", "mask_0" },
                                             { "SessionKey_1", "aead_1", "mask_1" } };
    for (int x = 0; x < 2; x++) {
        struct s5a_tol_keys keys;
        s5a_tol_keys(&keys, ck2, (enum s5a_direction)x, t);
        expect_field(given->entry, names[x][0], &keys.session);
        expect_field(given->entry, names[x][1], &keys.aead);
        expect_field(given->entry, names[x][2], &keys.mask);
    }
}

static void check_hello(const struct given *given, const json_t *hello)
{
    for (int x = 0; x < 2; x++) {
        struct s5a_key session;
        s5a_tol_hello_key(&session, given->has_network ? &given->network : NULL,
                          (enum s5a_direction)x, vector_bytes(given->entry, "greeting"));
        expect_field(hello, x == 0 ? "SessionKey_0" : "SessionKey_1", &session);
    }
}

static void check(const json_t *entry)
{
    struct given given = given_of(entry);
    json_t *refused = json_object_get(entry, "for message 1 only");
    json_t *hello = json_object_get(entry, "hello");
    struct s5a_digest t;
    check_publics(&given);
    struct s5a_key ck1 = first_keys(&given, entry, given.has_ticket && !refused);
    struct s5a_key ck2 = second_key(&given, ck1);
    if (refused)
        ck1 = first_keys(&given, refused, true);
    check_messages(&given, &ck1, &ck2, &t);
    if (json_object_get(entry, "SessionKey_0"))
        check_tol(&given, &ck2, &t);
    if (hello)
        check_hello(&given, hello);
}

Test(eaf_keys, every_value_of_the_vectors_is_reproduced)
{
    json_t *file = vector_file("keyschedule"), *entry;
    size_t i;
    json_array_foreach(file, i, entry) check(entry);
    cr_expect_gt(i, 0);
    json_decref(file);
}

Test(eaf_keys, resumption_secret_of_a_session_is_reproduced)
{
    json_t *file = vector_file("session-81-ticket-pool"), *keys = json_object_get(file, "keys");
    struct s5a_key ck2 = key_of(keys, "CK_2"), resumption;
    struct s5a_digest t;
    json_t *before_final = json_array_get(json_object_get(keys, "T"), 1);
    vector_unhex(json_string_value(before_final), t.bytes, sizeof(t.bytes));
    s5a_eaf_resumption(&resumption, &ck2, &t);
    expect_field(keys, "resumption R", &resumption);
    json_decref(file);
}

Test(eaf_keys, shared_secret_of_zeros_leaves_the_key_as_it_was)
{
    static const uint8_t zero[S5A_X25519_LEN];
    struct s5a_key ck = { { 1, 2, 3 } }, before = ck, secret = { { 4 } };
    cr_expect_not(s5a_eaf_ck_mix(&ck, &secret, zero));
    cr_expect_arr_eq(ck.bytes, before.bytes, sizeof(ck.bytes));
}

/* ---- signatures ---- */

static struct s5a_auth_context context_of(const json_t *entry)
{
    struct s5a_auth_context context;
    memcpy(context.transcript.bytes, vector_exact(entry, "T_{i-1}", S5A_DIGEST_LEN),
           S5A_DIGEST_LEN);
    s5a_sha256(&context.metadata, S5A_PARTS(vector_bytes(entry, "metadata")));
    return context;
}

static void check_signature(const json_t *entry)
{
    struct s5a_auth_context context = context_of(entry), other = context;
    uint8_t text[S5A_ED25519_SIGNED_LEN], signature[S5A_ED25519_SIGNATURE_LEN];
    struct s5a_ed25519 key;
    s5a_ed25519_from_seed(&key, vector_exact(entry, "seed", S5A_ED25519_SEED_LEN));
    struct s5a_factor factor = { .mid = S5A_MID_PUBLICKEY,
                                 .key = s5a_ed25519_public(&key),
                                 .signature = { signature, sizeof(signature) } };
    vector_expect("key", factor.key, vector_bytes(entry, "key"));
    s5a_publickey_signed(text, &context, factor.key);
    vector_expect("signed", (struct s5a_span){ text, sizeof(text) }, vector_bytes(entry, "signed"));
    s5a_publickey_sign(signature, &key, &context);
    vector_expect("signature", factor.signature, vector_bytes(entry, "signature"));
    cr_expect(s5a_publickey_verify(&factor, &context));
    other.transcript.bytes[0] ^= 1;
    cr_expect_not(s5a_publickey_verify(&factor, &other));
    other = context;
    other.metadata.bytes[31] ^= 1;
    cr_expect_not(s5a_publickey_verify(&factor, &other));
}

Test(eaf_keys, signatures_of_the_vectors_are_reproduced)
{
    json_t *file = vector_file("auth"), *entry;
    size_t i;
    json_array_foreach(json_object_get(file, "publickey"), i, entry) check_signature(entry);
    cr_expect_gt(i, 0);
    json_decref(file);
}
