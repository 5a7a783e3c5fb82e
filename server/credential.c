/* Deciding a log-in. */
#include "server/credential.h"

#include <time.h>

enum { REFUSAL_MS = 200 };

static void on_refusal(struct s5ad_timer *timer)
{
    struct s5ad_credential *credential = S5AD_OWNER(timer, struct s5ad_credential, timer);
    credential->decided(credential, false, credential->why);
}

/* The same bytes after the same time, whatever was wrong. */
static void refuse(struct s5ad_credential *credential, const char *why)
{
    credential->why = why;
    s5ad_timer_set(&credential->loop->timers, &credential->timer, credential->began + REFUSAL_MS);
}

static void on_verified(void *owner, bool accepted, const char *hash,
                        const struct s5a_secret *password)
{
    struct s5ad_credential *credential = owner;
    struct s5ad_users *users = *credential->users;
    credential->login = NULL;
    if (!accepted) {
        refuse(credential, credential->known ? "wrong password" : "unknown user");
        return;
    }
    if (users)
        s5ad_users_prove(users, credential->user, hash, password);
    credential->decided(credential, true, NULL);
}

void s5ad_credential_init(struct s5ad_credential *credential, struct s5ad_loop *loop,
                          struct s5ad_logins *logins, struct s5ad_users *const *users,
                          s5ad_decided_fn *decided)
{
    *credential = (struct s5ad_credential){
        .loop = loop,
        .logins = logins,
        .users = users,
        .decided = decided,
        .timer = { .fire = on_refusal },
    };
}

bool s5ad_credential_check(struct s5ad_credential *credential, struct s5a_span user,
                           const struct s5a_secret *password)
{
    const struct s5ad_users *users = *credential->users;
    char hash[S5AD_HASH_CAP];
    credential->user = user;
    credential->began = credential->loop->now;
    if (!users) {
        refuse(credential, "no users any more");
        return false;
    }
    uint64_t now = (uint64_t)time(NULL);
    if (s5ad_users_is_proven(users, user, now, password))
        return true;
    credential->known = s5ad_users_hash(users, user, now, hash);
    credential->login = s5ad_logins_start(credential->logins, hash, credential->known, password,
                                          on_verified, credential);
    s5a_wipe(hash, sizeof hash);
    if (!credential->login)
        refuse(credential, "too many log-ins at once");
    return false;
}

void s5ad_credential_cancel(struct s5ad_credential *credential)
{
    s5ad_timer_clear(&credential->loop->timers, &credential->timer);
    s5ad_login_cancel(credential->login);
    credential->login = NULL;
}
