/* A flow in clear. Small traffic is copied through the loop's scratch; bulk is spliced through a pipe
 * once it shows. */
#pragma once

#include "protocol/bytes.h"
#include "server/flow.h"

struct s5ad_flow_clear {
    struct s5ad_flow flow; /* first */
    bool no_pipe;          /* pipes cannot be had, or not used with these descriptors */
    int pipe[2];
    size_t in_pipe;
    uint8_t *held; /* what `to` did not take, on the heap */
    size_t held_from, held_to;
};

void s5ad_flow_clear_init(struct s5ad_flow_clear *clear, int from, int to);
/* Puts bytes before everything that is read. 0 or -ENOMEM; once, before the first pump. */
int s5ad_flow_clear_prime(struct s5ad_flow_clear *clear, struct s5a_span early);
