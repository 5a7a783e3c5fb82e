/* The tables behind users.h; for users*.c only, which include <uthash.h> before. */
#pragma once

#include <sodium.h>

#include "server/users.h"

enum { S5AD_USERS_PROOF_LEN = 32 };

struct s5ad_users_row {
    UT_hash_handle hh;
    struct s5ad_user user;
    bool proven;
    uint8_t proof[S5AD_USERS_PROOF_LEN];
    size_t name_len;
    char name[]; /* and a NUL */
};

struct s5ad_users_shown_key {
    uint8_t mid, bytes[32];
};

struct s5ad_users_shown {
    UT_hash_handle hh;
    struct s5ad_users_shown_key key;
    uint64_t expires;
    struct s5ad_users_row *row;
};

struct s5ad_users {
    struct s5ad_users_row *table;
    struct s5ad_users_shown *shown;
    uint32_t scram_count;
    uint8_t key[crypto_generichash_KEYBYTES]; /* of the proofs */
};
