/* The users of method 02: hashes, and passwords proven before. */
#include "server/users.h"

#include <string.h>
#include <uthash.h>

#include "server/users_table.h"

static struct s5ad_users_row *find_row(const struct s5ad_users *users, struct s5a_span name)
{
    struct s5ad_user *user = s5ad_users_find(users, name);
    return user ? (void *)((char *)user - offsetof(struct s5ad_users_row, user)) : NULL;
}

/* Method 02 has but one credential. */
static bool is_enough(const struct s5ad_user *user, uint64_t now)
{
    struct s5ad_passed passed = { .set = 0 };
    uint8_t next;
    s5ad_passed_add(&passed, S5A_MID_RESPONSE);
    bool in_clear = user->tol.level == S5AD_TOL_OFF;
    return user->hash[0] && !user->disabled && in_clear && !s5ad_user_is_over(user->expires, now) &&
           s5ad_policy_check(&user->policy, &passed, &next) == S5AD_POLICY_ENOUGH;
}

static const struct s5ad_user *with_hash(const struct s5ad_users *users)
{
    for (const struct s5ad_users_row *row = users->table; row; row = row->hh.next)
        if (row->user.hash[0])
            return &row->user;
    return NULL;
}

bool s5ad_users_hash(const struct s5ad_users *users, struct s5a_span name, uint64_t now,
                     char hash[static S5AD_HASH_CAP])
{
    const struct s5ad_user *user = s5ad_users_find(users, name);
    const struct s5ad_user *shown = user && user->hash[0] ? user : with_hash(users);
    memset(hash, 0, S5AD_HASH_CAP);
    if (shown)
        memcpy(hash, shown->hash, S5AD_HASH_CAP);
    return user && is_enough(user, now);
}

static void make_proof(const struct s5ad_users *users, const struct s5a_secret *password,
                       uint8_t proof[static S5AD_USERS_PROOF_LEN])
{
    struct s5a_span bytes = s5a_secret_span(password);
    crypto_generichash(proof, S5AD_USERS_PROOF_LEN, bytes.at, bytes.len, users->key,
                       sizeof users->key);
}

bool s5ad_users_is_proven(const struct s5ad_users *users, struct s5a_span name, uint64_t now,
                          const struct s5a_secret *password)
{
    const struct s5ad_users_row *row = find_row(users, name);
    if (!row || !row->proven || !is_enough(&row->user, now))
        return false;
    uint8_t proof[S5AD_USERS_PROOF_LEN];
    make_proof(users, password, proof);
    bool equal = s5a_equal_ct(proof, row->proof, sizeof proof);
    s5a_wipe(proof, sizeof proof);
    return equal;
}

void s5ad_users_prove(struct s5ad_users *users, struct s5a_span name, const char *hash,
                      const struct s5a_secret *password)
{
    struct s5ad_users_row *row = find_row(users, name);
    if (!row || strcmp(row->user.hash, hash) != 0)
        return;
    make_proof(users, password, row->proof);
    row->proven = true;
}
