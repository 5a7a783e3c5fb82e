/* One direction of a relay: bytes from one descriptor to another, in bounded memory. What a relay knows
 * of it; flow_clear.h and tol/flows.h have the kinds. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum s5ad_flow_state {
    S5AD_FLOW_HUNGRY,  /* wants `from` readable */
    S5AD_FLOW_BLOCKED, /* holds bytes, wants `to` writable */
    S5AD_FLOW_WAITING, /* holds bytes until `deadline`, wants nothing */
    S5AD_FLOW_DONE,    /* end of file passed on */
};

#define S5AD_FLOW_NEVER UINT64_MAX

struct s5ad_flow;

struct s5ad_flow_kind {
    /* Moves what can be moved without blocking, up to a fair share, and sets `state` and `deadline`.
     * 0, or the -errno that one of the descriptors failed with; then the flow is over. `scratch`:
     * S5AD_SCRATCH_LEN. */
    int (*pump)(struct s5ad_flow *flow, uint8_t *scratch);
    /* Frees what is held; the descriptors stay. */
    void (*wipe)(struct s5ad_flow *flow);
};

struct s5ad_flow {
    const struct s5ad_flow_kind *kind;
    int from, to; /* borrowed */
    enum s5ad_flow_state state;
    uint64_t deadline; /* ms, when to pump without an event; S5AD_FLOW_NEVER */
    uint64_t bytes;    /* of the application: delivered, or taken where records delay them */
    bool is_cut;       /* `from` was reset, which was told already: no end of file is one */
};
