/* Sessions in waiting, and the demand for them. */
#include "shim/sockets/pool_slots.h"

#include <poll.h>

enum {
    DEMAND = 3, /* connects after which there is a pool */
    UNUSED_MS = 60000,
};

struct s5a_pool_slot s5a_pool_slots[S5A_POOL_SLOTS];
struct s5a_pool_demand s5a_pool_demands[S5A_POOL_PROXIES];

/* ---- demand ---- */

struct s5a_pool_demand *s5a_pool_demand_of(const struct s5a_proxy *proxy)
{
    struct s5a_pool_demand *oldest = &s5a_pool_demands[0];
    for (int i = 0; i < S5A_POOL_PROXIES; i++) {
        struct s5a_pool_demand *d = &s5a_pool_demands[i];
        if (d->proxy == proxy)
            return d;
        if (d->proxy == NULL || d->latest < oldest->latest)
            oldest = d;
    }
    *oldest = (struct s5a_pool_demand){ .proxy = proxy };
    return oldest;
}

bool s5a_pool_is_wanted(const struct s5a_pool_demand *demand, uint64_t now)
{
    return demand->proxy != NULL && demand->connects >= DEMAND && now - demand->latest < UNUSED_MS;
}

/* ---- slots ---- */

static unsigned count_of(const struct s5a_proxy *proxy)
{
    unsigned count = 0;
    for (int i = 0; i < S5A_POOL_SLOTS; i++)
        count += s5a_pool_slots[i].state != S5A_SLOT_FREE && s5a_pool_slots[i].line.proxy == proxy;
    return count;
}

static struct s5a_pool_slot *find_free(void)
{
    for (int i = 0; i < S5A_POOL_SLOTS; i++)
        if (s5a_pool_slots[i].state == S5A_SLOT_FREE)
            return &s5a_pool_slots[i];
    return NULL;
}

static bool has_gap(const struct s5a_pool_demand *d, uint64_t now)
{
    return s5a_pool_is_wanted(d, now) && now >= d->retry && count_of(d->proxy) < d->proxy->pool;
}

struct s5a_pool_slot *s5a_pool_find_gap(struct s5a_pool_demand *out, uint64_t now)
{
    struct s5a_pool_slot *slot = find_free();
    for (int i = 0; slot != NULL && i < S5A_POOL_PROXIES; i++) {
        if (!has_gap(&s5a_pool_demands[i], now))
            continue;
        *out = s5a_pool_demands[i];
        slot->state = S5A_SLOT_HELD;
        slot->warm[0] = '\0';
        slot->line.proxy = out->proxy;
        slot->line.fd = -1;
        return slot;
    }
    return NULL;
}

static bool is_due(const struct s5a_pool_slot *slot, uint64_t now)
{
    return now >= slot->times.next || now >= slot->cools;
}

struct s5a_pool_slot *s5a_pool_find_due(bool *is_dead, uint64_t now)
{
    for (int i = 0; i < S5A_POOL_SLOTS; i++) {
        struct s5a_pool_slot *slot = &s5a_pool_slots[i];
        struct pollfd one = { .fd = slot->line.fd, .events = POLLIN | POLLRDHUP };
        if (slot->state != S5A_SLOT_WAITING)
            continue;
        *is_dead = poll(&one, 1, 0) != 0 || now >= slot->times.end ||
                   !s5a_pool_is_wanted(s5a_pool_demand_of(slot->line.proxy), now);
        if (!*is_dead && !is_due(slot, now))
            continue;
        slot->state = S5A_SLOT_HELD;
        return slot;
    }
    return NULL;
}

struct s5a_pool_slot *s5a_pool_find_waiting(const struct s5a_proxy *proxy, bool warm, uint64_t now)
{
    struct s5a_pool_slot *found = NULL;
    for (int i = 0; i < S5A_POOL_SLOTS; i++) {
        struct s5a_pool_slot *slot = &s5a_pool_slots[i];
        if (slot->state != S5A_SLOT_WAITING || slot->line.proxy != proxy)
            continue;
        if ((slot->warm[0] != '\0' && now < slot->cools) == warm)
            return slot;
        found = slot;
    }
    return found;
}

void s5a_pool_slots_forget(void)
{
    for (int i = 0; i < S5A_POOL_SLOTS; i++) {
        if (s5a_pool_slots[i].state == S5A_SLOT_WAITING)
            s5a_chain_wipe(&s5a_pool_slots[i].line.chain);
        s5a_pool_slots[i].state = S5A_SLOT_FREE;
    }
    for (int i = 0; i < S5A_POOL_PROXIES; i++)
        s5a_pool_demands[i].proxy = NULL;
}
