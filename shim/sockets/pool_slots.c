/* Sessions in waiting, and the demand for them. */
#include "shim/sockets/pool_slots.h"

#include <poll.h>

enum {
    DEMAND = 3, /* connects after which there is a pool */
    UNUSED_MS = 60000,
    DUMMIES_MAX = 16 << 20, /* bytes, between two KEEP_ALIVEs */
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

/* A proxy that ends sessions at once is not pestered; and one of which it is not known how long a session
 * may wait is asked for others when they are of use: its sessions would come and go in vain. */
void s5a_pool_note_end(const struct s5a_pool_slot *slot, uint64_t now)
{
    struct s5a_pool_demand *d = s5a_pool_demand_of(slot->line.proxy);
    if (now - slot->since < S5A_POOL_RETRY_MS)
        d->retry = now + S5A_POOL_RETRY_MS;
    else if (s5a_proxy_eaf_method(d->proxy) < 0)
        d->retry = UINT64_MAX;
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

/* True where its proxy has ended it, or has said what no session at rest may hear. */
static bool has_ended(const struct s5a_pool_slot *slot, bool *is_heard)
{
    struct pollfd one = { .fd = slot->line.fd, .events = POLLIN | POLLRDHUP };
    bool shows = poll(&one, 1, 0) != 0;
    *is_heard = shows && one.revents == POLLIN && s5a_chain_has_dummies(&slot->line.chain);
    return shows && !*is_heard;
}

/* The same; dummies are taken, up to more than any shape of records wants. */
static bool hear(struct s5a_pool_slot *slot)
{
    bool is_heard;
    if (has_ended(slot, &is_heard))
        return true;
    ssize_t taken = is_heard ? s5a_chain_attend(&slot->line.chain) : 0;
    slot->heard += taken > 0 ? (size_t)taken : 0;
    return taken < 0 || slot->heard > DUMMIES_MAX;
}

static bool is_due(struct s5a_pool_slot *slot, enum s5a_pool_due *due, uint64_t now)
{
    *due = S5A_POOL_KEEP;
    if (hear(slot))
        *due = S5A_POOL_ENDED;
    else if (now >= slot->times.end ||
             !s5a_pool_is_wanted(s5a_pool_demand_of(slot->line.proxy), now))
        *due = S5A_POOL_DROP;
    return *due != S5A_POOL_KEEP || now >= slot->times.next || now >= slot->cools;
}

struct s5a_pool_slot *s5a_pool_find_due(enum s5a_pool_due *due, uint64_t now)
{
    for (int i = 0; i < S5A_POOL_SLOTS; i++) {
        struct s5a_pool_slot *slot = &s5a_pool_slots[i];
        if (slot->state != S5A_SLOT_WAITING || !is_due(slot, due, now))
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
        bool is_heard;
        if (slot->state != S5A_SLOT_WAITING || slot->line.proxy != proxy ||
            has_ended(slot, &is_heard))
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
