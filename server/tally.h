/* What a server has done since it started. */
#pragma once

#include <stdint.h>

struct s5ad_tally {
    uint64_t accepted;               /* sessions */
    uint64_t relayed, cut;           /* relays that ended; of these, those that were reset or cut */
    uint64_t associated, idle;       /* UDP associations that ended; of these, of idleness */
    uint64_t refused, failed, ended; /* by us; by their target; nobody's fault */
    uint64_t hasty;                  /* of those refused, over the rate */
    uint64_t up, down;               /* bytes of relays and datagrams that ended */
    uint64_t datagrams_up, datagrams_down, datagrams_dropped;
};
