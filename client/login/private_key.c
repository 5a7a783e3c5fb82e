/* Ed25519 private keys from files (OpenSSH: PROTOCOL.key of its sources). */
#include "client/login/private_key.h"

#include <sodium.h>
#include <string.h>

#include "client/word.h"
#include "protocol/crypto/keytext.h"
#include "protocol/secret.h"

#define BEGIN "-----BEGIN OPENSSH PRIVATE KEY-----"
#define END "-----END OPENSSH PRIVATE KEY-----"
#define MAGIC "openssh-key-v1" /* and its NUL */

enum { OPENSSH_MAX = 2048 };

static struct s5a_span read_string(struct s5a_reader *r)
{
    uint32_t len = s5a_read_u32(r);
    return s5a_read_span(r, len);
}

/* What a cipher would have sealed, in the clear. */
static const char *read_private(struct s5a_ed25519 *out, struct s5a_span section)
{
    struct s5a_reader r;
    s5a_reader_init(&r, section.at, section.len);
    bool same = s5a_read_u32(&r) == s5a_read_u32(&r);
    struct s5a_span type = read_string(&r);
    struct s5a_span public = read_string(&r);
    struct s5a_span pair = read_string(&r);
    read_string(&r); /* comment */
    if (!s5a_word_is(type, "ssh-ed25519"))
        return "an OpenSSH key that is not Ed25519";
    if (r.bad || !same || public.len != S5A_ED25519_KEY_LEN || pair.len != sizeof(out->bytes))
        return "a damaged OpenSSH key";
    s5a_ed25519_from_seed(out, pair.at);
    return s5a_span_equal(s5a_ed25519_public(out), public) ? NULL : "a damaged OpenSSH key";
}

static const char *read_openssh(struct s5a_ed25519 *out, struct s5a_span bytes)
{
    struct s5a_reader r;
    s5a_reader_init(&r, bytes.at, bytes.len);
    bool is_key = s5a_span_equal(s5a_read_span(&r, sizeof(MAGIC)),
                                 (struct s5a_span){ (const uint8_t *)MAGIC, sizeof(MAGIC) });
    struct s5a_span cipher = read_string(&r);
    read_string(&r); /* key derivation and its options */
    read_string(&r);
    uint32_t count = s5a_read_u32(&r);
    read_string(&r); /* public key */
    struct s5a_span section = read_string(&r);
    if (!is_key || r.bad || count != 1)
        return "a damaged OpenSSH key";
    if (!s5a_word_is(cipher, "none"))
        return "an OpenSSH key with a pass phrase";
    return read_private(out, section);
}

/* Between the lines BEGIN and END. */
static const char *decode_openssh(struct s5a_ed25519 *out, struct s5a_span text)
{
    uint8_t bytes[OPENSSH_MAX];
    size_t len = 0;
    const char *end = NULL;
    const char *wrong = "a damaged OpenSSH key";
    int failed = sodium_base642bin(bytes, sizeof(bytes), (const char *)text.at, text.len, " \t\r\n",
                                   &len, &end, sodium_base64_VARIANT_ORIGINAL);
    size_t used = end != NULL ? (size_t)((const uint8_t *)end - text.at) : 0;
    if (failed == 0 && s5a_word_starts(s5a_word_tail(text, used), END))
        wrong = read_openssh(out, (struct s5a_span){ bytes, len });
    s5a_wipe(bytes, sizeof(bytes));
    return wrong;
}

static const char *read_own(struct s5a_ed25519 *out, struct s5a_span file)
{
    struct s5a_key seed;
    size_t count = s5a_keytext_parse(&seed, 1, S5A_KEYTEXT_PRIVATE, file);
    if (count == 1)
        s5a_ed25519_from_seed(out, seed.bytes);
    s5a_wipe(&seed, sizeof(seed));
    return count == 1 ? NULL : "neither a line of socks5a-keygen nor an OpenSSH private key";
}

const char *s5a_private_key_parse(struct s5a_ed25519 *out, struct s5a_span file)
{
    const char *wrong;
    if (s5a_word_starts(file, BEGIN))
        wrong = decode_openssh(out, s5a_word_tail(file, strlen(BEGIN)));
    else
        wrong = read_own(out, file);
    if (wrong != NULL)
        s5a_wipe(out, sizeof(*out));
    return wrong;
}
