/* What a proxy is logged in to with by EAF, as configured (profile, sections 1 to 3). */
#pragma once

#include <stdbool.h>

#include "protocol/eaf/auth_publickey.h"

/* What becomes of a proxy whose key is neither configured nor known (profile, section 2.8). */
enum s5a_known_policy {
    S5A_KNOWN_STRICT, /* refused */
    S5A_KNOWN_ACCEPT, /* fetched and kept */
    S5A_KNOWN_ASK,    /* refused, but by socks5a-run --login, which asks */
};

enum { S5A_TOTP_SECRET_MAX = 64, S5A_TOTP_SECRET_MIN = 10, S5A_CODE_CAP = 9 };

/* Secret. */
struct s5a_login {
    bool has_server_key, has_network_key, has_key;
    uint8_t server_key[S5A_KEY_LEN]; /* pinned */
    struct s5a_key network_key;
    struct s5a_ed25519 key;
    uint8_t *token; /* owned; NULL: none */
    size_t token_len;
    uint8_t totp[S5A_TOTP_SECRET_MAX];
    size_t totp_len;         /* 0: none */
    char code[S5A_CODE_CAP]; /* typed in, used in place of `totp`; empty: none */
    enum s5a_known_policy known;
    unsigned factors;    /* S5A_MID_BIT of what goes out together; 0: one at a time */
    unsigned asked;      /* S5A_MID_BIT of what a person supplies: RESPONSE, TOTP */
    bool secrets_to_new; /* passwords, codes and tokens also under a key fetched in this process */
};

/* NULL where memory is out. */
struct s5a_login *s5a_login_new(void);
/* A copy, or NULL. */
struct s5a_login *s5a_login_copy(const struct s5a_login *login);
/* Wipes and frees; NULL is fine. */
void s5a_login_free(struct s5a_login *login);
