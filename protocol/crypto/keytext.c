/* Keys as people copy them. */
#include "protocol/crypto/keytext.h"

#include <sodium.h>
#include <string.h>

#include "protocol/secret.h"

enum { BASE64_LEN = S5A_KEYTEXT_BASE64_CAP - 1 };

_Static_assert(sodium_base64_ENCODED_LEN(S5A_KEY_LEN, sodium_base64_VARIANT_ORIGINAL) ==
                   S5A_KEYTEXT_BASE64_CAP,
               "room for 32 bytes");

static const char *const labels[] = {
    [S5A_KEYTEXT_PRIVATE] = "socks5a-private-key-1",
    [S5A_KEYTEXT_SERVER] = "socks5a-server-key-1",
    [S5A_KEYTEXT_NETWORK] = "socks5a-network-key-1",
    [S5A_KEYTEXT_TICKET] = "socks5a-ticket-key-1",
};

const char *s5a_keytext_label(enum s5a_keytext_kind kind)
{
    return labels[kind];
}

/* ---- Base64 ---- */

void s5a_base64_format(char out[static S5A_KEYTEXT_BASE64_CAP],
                       const uint8_t bytes[static S5A_KEY_LEN])
{
    sodium_bin2base64(out, S5A_KEYTEXT_BASE64_CAP, bytes, S5A_KEY_LEN,
                      sodium_base64_VARIANT_ORIGINAL);
}

bool s5a_base64_parse(void *out, size_t len, struct s5a_span text)
{
    size_t found = 0;
    const char *at = (const char *)text.at;
    bool good = text.len > 0 && sodium_base642bin(out, len, at, text.len, NULL, &found, NULL,
                                                  sodium_base64_VARIANT_ORIGINAL) == 0;
    if (good && found == len)
        return true;
    s5a_wipe(out, len);
    return false;
}

void s5a_keytext_fingerprint(char out[static S5A_KEYTEXT_FINGERPRINT_CAP],
                             const uint8_t public[static S5A_KEY_LEN])
{
    static const char kind[] = "SHA256:";
    struct s5a_digest digest;
    s5a_sha256(&digest, S5A_PARTS({ public, S5A_KEY_LEN }));
    memcpy(out, kind, sizeof(kind) - 1);
    sodium_bin2base64(out + sizeof(kind) - 1, S5A_KEYTEXT_FINGERPRINT_CAP - (sizeof(kind) - 1),
                      digest.bytes, sizeof(digest.bytes),
                      sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
}

/* ---- lines ---- */

void s5a_keytext_format(char out[static S5A_KEYTEXT_LINE_CAP], enum s5a_keytext_kind kind,
                        const struct s5a_key *key)
{
    size_t len = strlen(labels[kind]);
    memcpy(out, labels[kind], len);
    out[len] = ' ';
    s5a_base64_format(out + len + 1, key->bytes);
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct s5a_span trim(struct s5a_span text)
{
    while (text.len > 0 && is_blank(text.at[0]))
        text = (struct s5a_span){ text.at + 1, text.len - 1 };
    while (text.len > 0 && is_blank(text.at[text.len - 1]))
        text.len--;
    return text;
}

/* The next line, trimmed, taken off the text. */
static struct s5a_span next_line(struct s5a_span *text)
{
    const uint8_t *end = memchr(text->at, '\n', text->len);
    size_t len = end ? (size_t)(end - text->at) : text->len, taken = end ? len + 1 : len;
    struct s5a_span line = { text->at, len };
    *text = (struct s5a_span){ text->at + taken, text->len - taken };
    return trim(line);
}

static bool parse_line(struct s5a_key *key, enum s5a_keytext_kind kind, struct s5a_span line)
{
    static const uint8_t zeros[S5A_KEY_LEN];
    size_t label = strlen(labels[kind]);
    if (line.len <= label || memcmp(line.at, labels[kind], label) != 0 || !is_blank(line.at[label]))
        return false;
    struct s5a_span text = trim((struct s5a_span){ line.at + label, line.len - label });
    return text.len == BASE64_LEN && s5a_base64_parse(key->bytes, sizeof(key->bytes), text) &&
           !s5a_equal_ct(key->bytes, zeros, sizeof(zeros));
}

size_t s5a_keytext_parse(struct s5a_key *keys, size_t max, enum s5a_keytext_kind kind,
                         struct s5a_span file)
{
    size_t count = 0;
    bool good = true;
    while (good && file.len > 0) {
        struct s5a_span line = next_line(&file);
        if (line.len == 0 || line.at[0] == '#')
            continue;
        good = count < max && parse_line(&keys[count], kind, line);
        count++;
    }
    if (good && count > 0)
        return count;
    s5a_wipe(keys, max * sizeof(*keys));
    return 0;
}
