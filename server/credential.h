/* Deciding a log-in by user name and password (method 02): at once where the password was proven
 * before, by a verification otherwise; who failed before waits first, and every refusal comes after
 * the same time (profile, sections 8 and 9). */
#pragma once

#include "server/eaf/realm.h"
#include "server/logins.h"
#include "server/loop.h"

struct s5ad_credential;
/* Called from the loop once; `why`, in static storage, is for the log. */
typedef void s5ad_decided_fn(struct s5ad_credential *credential, bool accepted, const char *why);

struct s5ad_credential {
    struct s5ad_loop *loop;
    struct s5ad_logins *logins;
    const struct s5ad_realm *realm;
    s5ad_decided_fn *decided;
    uint64_t source, name; /* s5ad_slow_id */

    struct s5ad_login *login; /* while it is being verified */
    struct s5ad_timer timer;
    struct s5a_span user;
    const struct s5a_secret *password;
    uint64_t began;
    bool held; /* it is verified when the time is over; else refused */
    bool known;
    const char *why;
};

void s5ad_credential_init(struct s5ad_credential *credential, struct s5ad_loop *loop,
                          struct s5ad_logins *logins, const struct s5ad_realm *realm,
                          uint64_t source, s5ad_decided_fn *decided);
/* Once; `user` and `password` live until it is decided or cancelled. True where it is accepted at
 * once: then `decided` is not called. */
S5A_MUST_USE bool s5ad_credential_check(struct s5ad_credential *credential, struct s5a_span user,
                                        const struct s5a_secret *password);
/* `decided` is not called any more. Safe at any time after init. */
void s5ad_credential_cancel(struct s5ad_credential *credential);
