/* One direction of a relay: bytes from one descriptor to another, in bounded memory. Small traffic
 * is copied through the loop's scratch; bulk is spliced through a pipe once it shows. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/bytes.h"

enum s5ad_flow_state {
    S5AD_FLOW_HUNGRY,  /* wants `from` readable */
    S5AD_FLOW_BLOCKED, /* holds bytes, wants `to` writable */
    S5AD_FLOW_DONE,    /* end of file passed on */
};

struct s5ad_flow {
    int from, to; /* borrowed */
    enum s5ad_flow_state state;
    bool no_pipe; /* pipes cannot be had, or not used with these descriptors */
    int pipe[2];
    size_t in_pipe;
    uint8_t *held; /* what `to` did not take, on the heap */
    size_t held_from, held_to;
    uint64_t bytes; /* delivered */
};

void s5ad_flow_init(struct s5ad_flow *flow, int from, int to);
/* Frees what is held; the descriptors stay. */
void s5ad_flow_wipe(struct s5ad_flow *flow);
/* Puts bytes before everything that is read. 0 or -ENOMEM; once, before the first pump. */
int s5ad_flow_prime(struct s5ad_flow *flow, struct s5a_span early);
/* Moves what can be moved without blocking, up to a fair share, and sets `state`. 0, or the -errno
 * that one of the descriptors failed with; then the flow is over. `scratch`: S5AD_SCRATCH_LEN. */
int s5ad_flow_pump(struct s5ad_flow *flow, uint8_t *scratch);
