/* Which targets an association has written to, and whether it may: replies come back from these alone
 * (profile, section 6). Bounded: a target that was not written to for the longest goes first. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "protocol/attributes.h"
#include "server/sockaddr.h"

enum {
    S5AD_UDP_TARGETS_MAX = 1024,
    S5AD_UDP_TARGET_FRESH_MS = 10000, /* how long a verdict holds: the access list may change */
};

struct s5ad_udp_target {
    const char *objection; /* why it may not be written to; NULL: it may; static storage */
    uint64_t judged;       /* ms */
    bool used;             /* since it was last looked at for eviction */
};

struct s5ad_udp_targets;

/* NULL when out of memory. */
struct s5ad_udp_targets *s5ad_udp_targets_new(void);
/* NULL is fine. */
void s5ad_udp_targets_free(struct s5ad_udp_targets *targets);
/* NULL where it is not there. */
struct s5ad_udp_target *s5ad_udp_targets_find(struct s5ad_udp_targets *targets,
                                              const struct s5ad_sockaddr *at);
/* Adds one that is not there; NULL when out of memory. */
struct s5ad_udp_target *s5ad_udp_targets_add(struct s5ad_udp_targets *targets,
                                             const struct s5ad_sockaddr *at);
unsigned s5ad_udp_targets_count(const struct s5ad_udp_targets *targets);
