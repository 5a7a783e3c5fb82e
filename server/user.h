/* One user: what a section of the users' file says. */
#pragma once

#include "protocol/eaf/scram.h"
#include "server/acl.h"
#include "server/inifile.h"
#include "server/policy.h"
#include "server/tol/least.h"
#include "server/unix_list.h"

enum {
    S5AD_HASH_CAP = 128, /* crypto_pwhash_STRBYTES, NUL included */
    S5AD_TOTP_MAX = 64,
    S5AD_TOTP_MIN = 10, /* RFC 4226 wants 16; 80 bits is what many programs make */
};

/* Secret. */
struct s5ad_user {
    char hash[S5AD_HASH_CAP]; /* of method 02; "": none */
    bool has_scram;
    struct s5a_challenge scram; /* without a nonce */
    struct s5a_scram_verifier verifier;
    uint8_t totp[S5AD_TOTP_MAX], totp_len;
    uint64_t totp_last; /* step of the code taken last (RFC 6238, section 5.2) */
    bool disabled;
    uint64_t expires; /* s since 1970; 0: never */
    unsigned has;     /* methods, S5A_MID_BIT */
    struct s5ad_policy policy;
    struct s5ad_tol_least tol;     /* beside the server's */
    struct s5ad_acl acl;           /* rules beside the server's */
    struct s5ad_unix_list sockets; /* beside the server's */
    uint32_t flags_set;            /* enum s5a_session_flag that its section speaks of */
    uint32_t flags;                /* of these, those that it grants */
    struct s5a_digest digest;      /* of all that its section says: tickets hang on it */
};

/* What a user shows as it is: a public key, or the hash of a token. */
struct s5ad_shown {
    uint8_t bytes[32];
    uint64_t expires; /* s since 1970; 0: never */
};

/* "BASE64 [expires=YYYY-MM-DD]". */
S5A_MUST_USE bool s5ad_shown_parse(struct s5ad_shown *out, const char *value,
                                   struct s5ad_problem *problem);
/* "YYYY-MM-DD", 00:00 UTC of that day. */
S5A_MUST_USE bool s5ad_date_parse(uint64_t *out, const char *text);
/* A line of the section, but for public_key and token. */
S5A_MUST_USE bool s5ad_user_set(struct s5ad_user *user, const char *name, const char *value,
                                struct s5ad_problem *problem);
/* Every line of the section, in its order. */
void s5ad_user_digest(struct s5ad_user *user, const char *name, const char *value);
/* After the last line; false and `problem`. `name` is for the complaint. */
S5A_MUST_USE bool s5ad_user_finish(struct s5ad_user *user, const char *name,
                                   struct s5ad_problem *problem);
/* True from `expires` on; never where that is 0. */
bool s5ad_user_is_over(uint64_t expires, uint64_t now);
