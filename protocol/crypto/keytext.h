/* Keys as people copy them: one line with a label in a file, bare Base64 in a configuration, a
 * fingerprint for comparing by eye. */
#pragma once

#include <stdbool.h>

#include "protocol/attributes.h"
#include "protocol/crypto/hash.h"

/* What a line of a file holds; each line is `LABEL BASE64`, 32 bytes. */
enum s5a_keytext_kind {
    S5A_KEYTEXT_PRIVATE, /* seed of a client's Ed25519 key */
    S5A_KEYTEXT_SERVER,  /* a server's static X25519 secret */
    S5A_KEYTEXT_NETWORK, /* network key */
    S5A_KEYTEXT_TICKET,  /* key of tickets; the newest line first */
};

enum {
    S5A_KEYTEXT_LINE_CAP = 72,        /* the longest line and a NUL */
    S5A_KEYTEXT_BASE64_CAP = 44 + 1,  /* 32 bytes and a NUL */
    S5A_KEYTEXT_FINGERPRINT_CAP = 51, /* "SHA256:", 43 characters and a NUL */
};

/* "socks5a-server-key-1" and its like. Static storage. */
const char *s5a_keytext_label(enum s5a_keytext_kind kind);
/* The line, without an end of line. Secret: wipe it. */
void s5a_keytext_format(char out[static S5A_KEYTEXT_LINE_CAP], enum s5a_keytext_kind kind,
                        const struct s5a_key *key);
/* A whole file: lines of `kind`; empty ones and those that begin with "#" count for nothing. The
 * number of keys, in their order; 0, and nothing in `keys`, where there are none, more than `max`,
 * or anything else in the file, a key of zeros included. */
S5A_MUST_USE size_t s5a_keytext_parse(struct s5a_key *keys, size_t max, enum s5a_keytext_kind kind,
                                      struct s5a_span file);

/* 32 bytes as bare Base64 (RFC 4648, section 4, padded): public keys, hashes. */
void s5a_base64_format(char out[static S5A_KEYTEXT_BASE64_CAP],
                       const uint8_t bytes[static S5A_KEY_LEN]);
/* Exactly `len` bytes from exactly `text`; false, and zeros, otherwise. */
S5A_MUST_USE bool s5a_base64_parse(void *out, size_t len, struct s5a_span text);
/* "SHA256:" and the unpadded Base64 of the public key's hash. */
void s5a_keytext_fingerprint(char out[static S5A_KEYTEXT_FINGERPRINT_CAP],
                             const uint8_t public[static S5A_KEY_LEN]);
