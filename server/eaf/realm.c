/* What log-ins are judged by: reading it, and reading it anew. */
#include "server/eaf/realm.h"

#include "protocol/secret.h"
#include "server/handshake.h"

static bool load(struct s5ad_realm *realm, const struct s5ad_settings *settings,
                 struct s5ad_problem *problem)
{
    struct s5ad_key_paths paths = { .network = settings->network_key,
                                    .tickets = settings->ticket_key };
    for (unsigned i = 0; i < S5A_EAF_STATICS_MAX; i++)
        paths.statics[i] = settings->server_keys[i];
    if (!s5ad_settings_check(settings, problem) ||
        !s5ad_keyring_load(&realm->keyring, &paths, problem))
        return false;
    realm->users = settings->users ? s5ad_users_load(settings->users, problem) : NULL;
    return realm->users || !settings->users;
}

bool s5ad_realm_load(struct s5ad_realm *realm, const struct s5ad_settings *settings,
                     struct s5ad_problem *problem)
{
    realm->anonymous = s5ad_settings_is_open(settings);
    realm->tol = settings->tol;
    realm->ticket_lifetime = settings->ticket_lifetime;
    realm->flags = (settings->udp ? (uint32_t)S5A_SESSION_UDP : 0) |
                   (settings->bind ? (uint32_t)S5A_SESSION_BIND : 0) |
                   (settings->pool ? (uint32_t)S5A_SESSION_POOL : 0);
    if (load(realm, settings, problem))
        return true;
    s5ad_realm_wipe(realm);
    return false;
}

void s5ad_realm_adopt(struct s5ad_realm *realm, struct s5ad_realm *fresh)
{
    if (realm->keyring.draws_tickets && fresh->keyring.draws_tickets)
        fresh->keyring.tickets = realm->keyring.tickets;
    if (fresh->users && realm->users)
        s5ad_users_inherit(fresh->users, realm->users);
    s5ad_realm_wipe(realm);
    *realm = *fresh;
    s5a_wipe(fresh, sizeof *fresh);
}

uint32_t s5ad_realm_flags(const struct s5ad_realm *realm, struct s5a_span name)
{
    if (name.len == 0)
        return realm->flags & ~(uint32_t)S5A_SESSION_POOL;
    const struct s5ad_user *user = realm->users ? s5ad_users_find(realm->users, name) : NULL;
    return user ? (realm->flags & ~user->flags_set) | user->flags : 0;
}

void s5ad_realm_wipe(struct s5ad_realm *realm)
{
    s5ad_users_free(realm->users);
    realm->users = NULL;
    s5ad_keyring_wipe(&realm->keyring);
}
