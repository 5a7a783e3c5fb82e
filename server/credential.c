/* Deciding a log-in by user name and password. */
#include "server/credential.h"

enum { REFUSAL_MS = 200 };

/* The same bytes after the same time, whatever was wrong. */
static void refuse(struct s5ad_credential *credential, const char *why)
{
    credential->why = why;
    s5ad_timer_set(&credential->loop->timers, &credential->timer, credential->began + REFUSAL_MS);
}

static void count_failure(struct s5ad_credential *credential)
{
    struct s5ad_slow *slow = credential->realm->slow;
    s5ad_slow_fail(slow, credential->source, credential->loop->now);
    s5ad_slow_fail(slow, credential->name, credential->loop->now);
}

static void on_verified(void *owner, bool accepted, const char *hash,
                        const struct s5a_secret *password)
{
    struct s5ad_credential *credential = owner;
    struct s5ad_users *users = credential->realm->users;
    credential->login = NULL;
    if (!accepted) {
        count_failure(credential);
        refuse(credential, credential->known ? "wrong password" : "unknown user");
        return;
    }
    if (users)
        s5ad_users_prove(users, credential->user, hash, password);
    credential->decided(credential, true, NULL);
}

/* True where it is accepted at once. */
static bool start(struct s5ad_credential *credential)
{
    const struct s5ad_users *users = credential->realm->users;
    uint64_t now = credential->realm->clock();
    char hash[S5AD_HASH_CAP];
    credential->began = credential->loop->now;
    if (!users) {
        refuse(credential, "no users any more");
        return false;
    }
    if (s5ad_users_is_proven(users, credential->user, now, credential->password))
        return true;
    credential->known = s5ad_users_hash(users, credential->user, now, hash);
    credential->login = s5ad_logins_start(credential->logins, hash, credential->known,
                                          credential->password, on_verified, credential);
    s5a_wipe(hash, sizeof hash);
    if (!credential->login)
        refuse(credential, "too many log-ins at once");
    return false;
}

static void stop_holding(struct s5ad_credential *credential)
{
    if (credential->held)
        s5ad_slow_leave(credential->realm->slow, credential->source);
    credential->held = false;
}

static void on_time(struct s5ad_timer *timer)
{
    struct s5ad_credential *credential = S5AD_OWNER(timer, struct s5ad_credential, timer);
    if (!credential->held) {
        credential->decided(credential, false, credential->why);
        return;
    }
    stop_holding(credential);
    if (start(credential))
        credential->decided(credential, true, NULL);
}

void s5ad_credential_init(struct s5ad_credential *credential, struct s5ad_loop *loop,
                          struct s5ad_logins *logins, const struct s5ad_realm *realm,
                          uint64_t source, s5ad_decided_fn *decided)
{
    *credential = (struct s5ad_credential){
        .loop = loop,
        .logins = logins,
        .realm = realm,
        .source = source,
        .decided = decided,
        .timer = { .fire = on_time },
    };
}

bool s5ad_credential_check(struct s5ad_credential *credential, struct s5a_span user,
                           const struct s5a_secret *password)
{
    struct s5ad_slow *slow = credential->realm->slow;
    uint64_t now = credential->loop->now;
    credential->user = user;
    credential->password = password;
    credential->began = now;
    credential->name = s5ad_slow_id(slow, S5AD_SLOW_NAME, user);
    uint64_t delay = s5ad_slow_longer(slow, credential->source, credential->name, now);
    if (delay == 0)
        return start(credential);
    credential->held = s5ad_slow_enter(slow, credential->source, now);
    if (credential->held)
        s5ad_timer_set(&credential->loop->timers, &credential->timer, now + delay);
    else
        refuse(credential, "too many log-ins of this source wait");
    return false;
}

void s5ad_credential_cancel(struct s5ad_credential *credential)
{
    s5ad_timer_clear(&credential->loop->timers, &credential->timer);
    s5ad_login_cancel(credential->login);
    credential->login = NULL;
    stop_holding(credential);
}
