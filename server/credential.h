/* Deciding a log-in by user name and password: at once where the password was proven before, by a
 * verification otherwise; and every refusal after the same time (profile, section 8). */
#pragma once

#include "server/loop.h"
#include "server/logins.h"
#include "server/users.h"

struct s5ad_credential;
/* Called from the loop once; `why`, in static storage, is for the log. */
typedef void s5ad_decided_fn(struct s5ad_credential *credential, bool accepted, const char *why);

struct s5ad_credential {
    struct s5ad_loop *loop;
    struct s5ad_logins *logins;
    struct s5ad_users *const *users; /* where those of the moment are; NULL there: none */
    s5ad_decided_fn *decided;

    struct s5ad_login *login; /* while it is being verified */
    struct s5ad_timer timer;
    struct s5a_span user;
    uint64_t began;
    bool known;
    const char *why;
};

void s5ad_credential_init(struct s5ad_credential *credential, struct s5ad_loop *loop,
                          struct s5ad_logins *logins, struct s5ad_users *const *users,
                          s5ad_decided_fn *decided);
/* Once; `user` lives until it is decided or cancelled, `password` is copied. True where it is accepted
 * at once: then `decided` is not called. */
S5A_MUST_USE bool s5ad_credential_check(struct s5ad_credential *credential, struct s5a_span user,
                                        const struct s5a_secret *password);
/* `decided` is not called any more. Safe at any time after init. */
void s5ad_credential_cancel(struct s5ad_credential *credential);
