/* The users: a file, readable by its owner alone, with a section for each (socks5ad(8)); and what is
 * remembered of them while they are loaded: passwords proven before, codes used. */
#pragma once

#include <stdbool.h>

#include "protocol/bytes.h"
#include "protocol/secret.h"
#include "server/user.h"

struct s5ad_users;

/* NULL and `problem` on failure. */
struct s5ad_users *s5ad_users_load(const char *path, struct s5ad_problem *problem);
/* Wipes; NULL is fine. */
void s5ad_users_free(struct s5ad_users *users);
/* Takes over which codes were used already, so that a reload does not make them good again. */
void s5ad_users_inherit(struct s5ad_users *users, const struct s5ad_users *before);

/* NULL where there is none. */
struct s5ad_user *s5ad_users_find(const struct s5ad_users *users, struct s5a_span name);
/* Whose public key (MID 01) or hash of a token (MID 05) these 32 bytes are, and in `expires` until
 * when; NULL: nobody's. */
struct s5ad_user *s5ad_users_find_shown(const struct s5ad_users *users, uint8_t mid,
                                        const uint8_t bytes[static 32], uint64_t *expires);
struct s5a_span s5ad_users_name(const struct s5ad_user *user);
/* The user with a SCRAM entry whose costs a stranger is shown: the same one for a `number`, and all
 * of them alike often. NULL where nobody has one. */
const struct s5ad_user *s5ad_users_any_scram(const struct s5ad_users *users, uint32_t number);

/* Copies the hash that a password for `name` is to be verified against. False where there is no such
 * user, or none who may log in at `now` by a password alone: then it is somebody's hash, so that a
 * verification costs the same, or "" where there are none at all. */
bool s5ad_users_hash(const struct s5ad_users *users, struct s5a_span name, uint64_t now,
                     char hash[static S5AD_HASH_CAP]);
/* Argon2id is too dear for each connection of a busy client. So a password that was verified once is
 * remembered, as a keyed hash whose key never leaves this process, until users are loaded anew. */
S5A_MUST_USE bool s5ad_users_is_proven(const struct s5ad_users *users, struct s5a_span name,
                                       uint64_t now, const struct s5a_secret *password);
/* `hash`: what was verified; nothing happens where the user has another by now. */
void s5ad_users_prove(struct s5ad_users *users, struct s5a_span name, const char *hash,
                      const struct s5a_secret *password);
