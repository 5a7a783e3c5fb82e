/* What a pool knows: the sessions in waiting, and which proxies are in demand. For pool*.c alone. All of
 * it under the lock, but for what `HELD` slots hold: that is whose holds them. */
#pragma once

#include <sys/types.h>

#include "shim/sockets/pool.h"
#include "shim/sockets/pool_time.h"

enum {
    S5A_POOL_SLOTS = 16,      /* of all proxies */
    S5A_POOL_PROXIES = 4,     /* that have pools at a time */
    S5A_POOL_RETRY_MS = 5000, /* after a log-in that has failed, a target that did not answer */
};

enum s5a_slot_state { S5A_SLOT_FREE, S5A_SLOT_HELD, S5A_SLOT_WAITING };

/* What a session in waiting wants of the thread. */
enum s5a_pool_due {
    S5A_POOL_KEEP,  /* its time has come */
    S5A_POOL_DROP,  /* its time is over, or nobody wants it */
    S5A_POOL_ENDED, /* the proxy has ended it */
};

struct s5a_pool_slot {
    enum s5a_slot_state state;
    uint64_t since; /* ms: when it began to wait */
    size_t heard;   /* bytes of dummies since the last KEEP_ALIVE */
    struct s5a_pool_times times;
    char warm[S5A_POOL_ID_CAP]; /* of a connection to the proxy's `pool_target`; empty: none */
    uint64_t cools;             /* ms: `warm` is good until then, and another is asked for */
    struct s5a_line line;
};

struct s5a_pool_demand {
    const struct s5a_config *config;
    const struct s5a_proxy *proxy; /* NULL: none */
    unsigned connects;
    uint64_t latest;
    uint64_t retry; /* ms: no session is opened before; UINT64_MAX: before the next connect */
};

extern struct s5a_pool_slot s5a_pool_slots[S5A_POOL_SLOTS];
extern struct s5a_pool_demand s5a_pool_demands[S5A_POOL_PROXIES];

/* The proxy's entry, or a fresh one in the place of the oldest. */
struct s5a_pool_demand *s5a_pool_demand_of(const struct s5a_proxy *proxy);
bool s5a_pool_is_wanted(const struct s5a_pool_demand *demand, uint64_t now);
/* A session in waiting was ended by its proxy, or could not be had. */
void s5a_pool_note_end(const struct s5a_pool_slot *slot, uint64_t now);
/* A proxy that wants a session more, whose demand is copied to `out`, and a slot for it, HELD; NULL. */
struct s5a_pool_slot *s5a_pool_find_gap(struct s5a_pool_demand *out, uint64_t now);
/* One that wants something, HELD; NULL. */
struct s5a_pool_slot *s5a_pool_find_due(enum s5a_pool_due *due, uint64_t now);
/* One that waits, a warm one where that is asked for and there is one, else a cold one if there is;
 * NULL. */
struct s5a_pool_slot *s5a_pool_find_waiting(const struct s5a_proxy *proxy, bool warm, uint64_t now);
/* In the child of a fork: secrets go, descriptors are closed already. */
void s5a_pool_slots_forget(void);
