/* SHA-256, HMAC-SHA256 and HKDF (RFC 5869) over libsodium, whose release 1.0.18 has no HKDF, and the
 * type of a 32-byte key. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "protocol/bytes.h"

enum { S5A_KEY_LEN = 32, S5A_DIGEST_LEN = 32, S5A_EXPAND_MAX = 255 * S5A_DIGEST_LEN };

/* Secret: own type, so that no log call takes it by accident. Wipe it when done. */
struct s5a_key {
    uint8_t bytes[S5A_KEY_LEN];
};

/* Of public bytes. */
struct s5a_digest {
    uint8_t bytes[S5A_DIGEST_LEN];
};

/* Several spans that are read one after the other. */
struct s5a_parts {
    const struct s5a_span *at;
    size_t count;
};

/* Parts from spans written in place; they live as long as the block that they stand in. */
#define S5A_PARTS(...)                                                      \
    ((struct s5a_parts){ (const struct s5a_span[]){ __VA_ARGS__ },          \
                         sizeof((const struct s5a_span[]){ __VA_ARGS__ }) / \
                             sizeof(struct s5a_span) })

struct s5a_span s5a_key_span(const struct s5a_key *key);
struct s5a_span s5a_digest_span(const struct s5a_digest *digest);

void s5a_sha256(struct s5a_digest *out, struct s5a_parts parts);
/* HMAC-SHA256 under a key of any length. Compare results by s5a_equal_ct. */
void s5a_hmac(uint8_t out[static S5A_DIGEST_LEN], struct s5a_span key, struct s5a_parts parts);
/* HKDF-Extract and HKDF-Expand. `out` may be one of the inputs of extract. `len` is at most
 * S5A_EXPAND_MAX. */
void s5a_hkdf_extract(struct s5a_key *out, struct s5a_span salt, struct s5a_span ikm);
void s5a_hkdf_expand(void *out, size_t len, const struct s5a_key *prk, struct s5a_parts info);
