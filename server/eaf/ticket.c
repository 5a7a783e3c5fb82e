/* Tickets. */
#include "server/eaf/ticket.h"

#include <sodium.h>
#include <string.h>

#include "protocol/secret.h"

enum {
    VERSION = 0x01,
    NONCE_LEN = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG_LEN = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    HEAD_LEN = 1 + NONCE_LEN,
    STEP = 64, /* so that the length says little of the name */
    TEXT_CAP = S5AD_TICKET_CAP - HEAD_LEN - TAG_LEN,
};

_Static_assert(TEXT_CAP >= 32 + 32 + 8 + 8 + 1 + 1 + S5A_USER_MAX, "the longest name fits");
_Static_assert(S5A_KEY_LEN == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "keys fit the cipher");

/* The length, padded. */
static size_t encode(uint8_t text[static TEXT_CAP], const struct s5ad_ticket *ticket)
{
    struct s5a_writer w;
    memset(text, 0, TEXT_CAP);
    s5a_writer_init(&w, text, TEXT_CAP);
    s5a_write_span(&w, s5a_key_span(&ticket->resumption));
    s5a_write_span(&w, s5a_digest_span(&ticket->entry));
    s5a_write_u64(&w, ticket->first);
    s5a_write_u64(&w, ticket->expires);
    s5a_write_u8(&w, ticket->methods);
    s5a_write_vec8(&w, (struct s5a_span){ ticket->name, ticket->name_len });
    return (s5a_writer_len(&w) + STEP - 1) / STEP * STEP;
}

static bool decode(struct s5ad_ticket *out, const uint8_t *text, size_t len)
{
    struct s5a_reader r;
    s5a_reader_init(&r, text, len);
    s5a_read_copy(&r, out->resumption.bytes, sizeof out->resumption.bytes);
    s5a_read_copy(&r, out->entry.bytes, sizeof out->entry.bytes);
    out->first = s5a_read_u64(&r);
    out->expires = s5a_read_u64(&r);
    out->methods = s5a_read_u8(&r);
    struct s5a_span name = s5a_read_vec8(&r);
    out->name_len = (uint8_t)name.len;
    if (name.len > 0)
        memcpy(out->name, name.at, name.len);
    return !r.bad;
}

size_t s5ad_ticket_seal(uint8_t out[static S5AD_TICKET_CAP], const struct s5ad_ticket *ticket,
                        const struct s5ad_ticket_keys *keys)
{
    uint8_t text[TEXT_CAP];
    size_t len = encode(text, ticket);
    out[0] = VERSION;
    randombytes_buf(out + 1, NONCE_LEN);
    crypto_aead_xchacha20poly1305_ietf_encrypt(out + HEAD_LEN, NULL, text, len, out, 1, NULL,
                                               out + 1, keys->keys[0].bytes);
    s5a_wipe(text, sizeof text);
    return HEAD_LEN + len + TAG_LEN;
}

static bool open_under(uint8_t text[static TEXT_CAP], struct s5a_span sealed,
                       const struct s5a_key *key)
{
    return crypto_aead_xchacha20poly1305_ietf_decrypt(text, NULL, NULL, sealed.at + HEAD_LEN,
                                                      sealed.len - HEAD_LEN, sealed.at, 1,
                                                      sealed.at + 1, key->bytes) == 0;
}

static bool open_any(struct s5ad_ticket *out, struct s5a_span sealed,
                     const struct s5ad_ticket_keys *keys)
{
    uint8_t text[TEXT_CAP];
    bool good = false;
    if (sealed.len <= HEAD_LEN + TAG_LEN || sealed.len > S5AD_TICKET_CAP || sealed.at[0] != VERSION)
        return false;
    for (size_t i = 0; i < keys->count && !good; i++)
        good = open_under(text, sealed, &keys->keys[i]) &&
               decode(out, text, sealed.len - HEAD_LEN - TAG_LEN);
    s5a_wipe(text, sizeof text);
    return good;
}

enum s5a_ticket_refusal s5ad_ticket_open(struct s5ad_ticket *out, struct s5a_span sealed,
                                         const struct s5ad_ticket_keys *keys, uint64_t now)
{
    *out = (struct s5ad_ticket){ .name_len = 0 };
    if (!open_any(out, sealed, keys)) {
        s5a_wipe(out, sizeof *out);
        return S5A_TICKET_UNKNOWN;
    }
    if (now < out->expires)
        return S5A_TICKET_TAKEN;
    s5a_wipe(out, sizeof *out);
    return S5A_TICKET_EXPIRED;
}
