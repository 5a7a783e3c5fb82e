/* What a pool knows: the sessions in waiting, and which proxies are in demand. For pool*.c alone. All of
 * it under the lock, but for what `HELD` slots hold: that is whose holds them. */
#pragma once

#include <sys/types.h>

#include "shim/sockets/pool.h"
#include "shim/sockets/pool_time.h"

enum {
    S5A_POOL_SLOTS = 16,  /* of all proxies */
    S5A_POOL_PROXIES = 4, /* that have pools at a time */
};

enum s5a_slot_state { S5A_SLOT_FREE, S5A_SLOT_HELD, S5A_SLOT_WAITING };

struct s5a_pool_slot {
    enum s5a_slot_state state;
    struct s5a_pool_times times;
    char warm[S5A_POOL_ID_CAP]; /* of a connection to the proxy's `pool_target`; empty: none */
    uint64_t cools;             /* ms: `warm` is good until then, and another is asked for */
    struct s5a_line line;
};

struct s5a_pool_demand {
    const struct s5a_config *config;
    const struct s5a_proxy *proxy; /* NULL: none */
    unsigned connects;
    uint64_t latest, retry; /* ms */
};

extern struct s5a_pool_slot s5a_pool_slots[S5A_POOL_SLOTS];
extern struct s5a_pool_demand s5a_pool_demands[S5A_POOL_PROXIES];

/* The proxy's entry, or a fresh one in the place of the oldest. */
struct s5a_pool_demand *s5a_pool_demand_of(const struct s5a_proxy *proxy);
bool s5a_pool_is_wanted(const struct s5a_pool_demand *demand, uint64_t now);
/* A proxy that wants a session more, whose demand is copied to `out`, and a slot for it, HELD; NULL. */
struct s5a_pool_slot *s5a_pool_find_gap(struct s5a_pool_demand *out, uint64_t now);
/* One whose time has come, or whose proxy has said something or gone, HELD; NULL. */
struct s5a_pool_slot *s5a_pool_find_due(bool *is_dead, uint64_t now);
/* One that waits, a warm one where that is asked for and there is one, else a cold one if there is;
 * NULL. */
struct s5a_pool_slot *s5a_pool_find_waiting(const struct s5a_proxy *proxy, bool warm, uint64_t now);
/* In the child of a fork: secrets go, descriptors are closed already. */
void s5a_pool_slots_forget(void);
