/* Sessions in waiting, as connects see them. */
#include "shim/sockets/pool.h"

#include <string.h>

#include "shim/lock.h"
#include "shim/sockets/pool_slots.h"
#include "shim/sockets/pool_thread.h"

void s5a_pool_forget(void)
{
    if (s5a_pool_thread_is_parents())
        s5a_pool_slots_forget();
}

void s5a_pool_want(const struct s5a_config *config, const struct s5a_proxy *proxy)
{
    struct s5a_locked shield;
    if (proxy->pool == 0)
        return;
    s5a_shield(&shield);
    s5a_lock_shielded();
    s5a_pool_forget();
    struct s5a_pool_demand *d = s5a_pool_demand_of(proxy);
    d->config = config;
    d->connects++;
    d->latest = s5a_now();
    if (d->retry == UINT64_MAX)
        d->retry = 0;
    bool starts = s5a_pool_is_wanted(d, d->latest) && s5a_pool_thread_claim();
    s5a_unlock_shielded();
    if (starts)
        s5a_pool_thread_start();
    s5a_unshield(&shield);
}

static bool is_warmed(const struct s5a_proxy *proxy, const struct s5a_target *target)
{
    const struct s5a_endpoint *at = &proxy->pool_target;
    if (at->port == 0 || at->port != target->port)
        return false;
    struct s5a_address warm = s5a_address_canonical(&at->address);
    struct s5a_address wanted = s5a_address_canonical(&target->address);
    return s5a_address_equal(&warm, &wanted);
}

int s5a_pool_take(const struct s5a_chain_goal *goal, struct s5a_chain *to,
                  struct s5a_login_result *login, char warm[static S5A_POOL_ID_CAP])
{
    struct s5a_locked locked;
    int fd = -1;
    uint64_t now = s5a_now();
    bool is_warm = is_warmed(goal->proxy, goal->target);
    warm[0] = '\0';
    s5a_lock(&locked);
    s5a_pool_forget();
    struct s5a_pool_slot *slot = s5a_pool_find_waiting(goal->proxy, is_warm, now);
    if (slot != NULL) {
        fd = slot->line.fd;
        *login = slot->line.report.login;
        if (is_warm && now < slot->cools)
            memcpy(warm, slot->warm, sizeof slot->warm);
        s5a_chain_move(to, &slot->line.chain, goal, fd);
        slot->line.fd = -1;
        slot->state = S5A_SLOT_FREE;
        s5a_pool_thread_wake();
    }
    s5a_unlock(&locked);
    return fd;
}

unsigned s5a_pool_count(void)
{
    struct s5a_locked locked;
    unsigned count = 0;
    s5a_lock(&locked);
    for (int i = 0; i < S5A_POOL_SLOTS; i++)
        count += s5a_pool_slots[i].state == S5A_SLOT_WAITING;
    s5a_unlock(&locked);
    return count;
}
