/* Verifying passwords away from the loop: Argon2id takes tenths of a second and much memory, so two
 * threads do it, started by the first log-in, and never more than that (profile, section 9). */
#pragma once

#include "protocol/secret.h"
#include "server/loop.h"
#include "server/users.h"

struct s5ad_logins;
struct s5ad_login;
/* `hash` and `password` are what was verified; they are wiped when this returns. */
typedef void s5ad_verified_fn(void *owner, bool accepted, const char *hash,
                              const struct s5a_secret *password);

enum { S5AD_LOGINS_WAITING_MAX = 256 };

/* NULL and errno. */
struct s5ad_logins *s5ad_logins_new(struct s5ad_loop *loop);
/* Waits for the verifications that run; every log-in must have been answered or cancelled. */
void s5ad_logins_free(struct s5ad_logins *logins);

/* Verifies `password` against `hash`, or against a hash that never fits where `known` is false, at
 * the same cost. `verified` is called from the loop, later. NULL when too many wait, or no thread
 * can be started. */
struct s5ad_login *s5ad_logins_start(struct s5ad_logins *logins, const char *hash, bool known,
                                     const struct s5a_secret *password, s5ad_verified_fn *verified,
                                     void *owner);
/* Forgets a log-in: `verified` is not called. NULL is fine. */
void s5ad_login_cancel(struct s5ad_login *login);
