/* The users of method 02: names and Argon2id hashes from a file, and passwords proven before.
 * Format, readable by its owner alone:
 *     [user NAME]
 *     password = $argon2id$...        as `socks5ad --hash-password` prints it */
#pragma once

#include <stdbool.h>

#include "protocol/bytes.h"
#include "protocol/secret.h"
#include "server/inifile.h"

enum { S5AD_HASH_CAP = 128 }; /* crypto_pwhash_STRBYTES, NUL included */

struct s5ad_users;

/* NULL and `problem` on failure. */
struct s5ad_users *s5ad_users_load(const char *path, struct s5ad_problem *problem);
/* Wipes; NULL is fine. */
void s5ad_users_free(struct s5ad_users *users);

/* Copies the hash that a password for `name` is to be verified against. False where there is no such
 * user: then it is somebody's hash, so that a verification costs the same, or "" where there are no
 * users at all. */
bool s5ad_users_hash(const struct s5ad_users *users, struct s5a_span name,
                     char hash[static S5AD_HASH_CAP]);
/* Argon2id is too dear for each connection of a busy client. So a password that was verified once is
 * remembered, as a keyed hash whose key never leaves this process, until users are loaded anew. */
S5A_MUST_USE bool s5ad_users_is_proven(const struct s5ad_users *users, struct s5a_span name,
                                       const struct s5a_secret *password);
/* `hash`: what was verified; nothing happens where the user has another by now. */
void s5ad_users_prove(struct s5ad_users *users, struct s5a_span name, const char *hash,
                      const struct s5a_secret *password);
