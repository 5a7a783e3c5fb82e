/* Slowing down those who fail: a delay before each attempt that grows with the failures of its
 * source and of the name that it claims, never a lock-out (profile, section 9). A table of fixed size
 * under a secret hash, so that nobody can fill it or aim at a place in it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "protocol/attributes.h"
#include "protocol/bytes.h"

enum {
    S5AD_SLOW_FREE = 3,         /* failures without a delay */
    S5AD_SLOW_FIRST_MS = 250,   /* then this, doubled by each */
    S5AD_SLOW_MOST_MS = 4000,   /* up to this */
    S5AD_SLOW_HALF_MS = 60000,  /* in which half of the failures are forgotten */
    S5AD_SLOW_AT_ONCE_MAX = 32, /* attempts of one source that wait */
};

enum s5ad_slow_kind { S5AD_SLOW_SOURCE, S5AD_SLOW_NAME };

struct s5ad_slow;

/* NULL when out of memory. */
struct s5ad_slow *s5ad_slow_new(void);
/* NULL is fine. */
void s5ad_slow_free(struct s5ad_slow *slow);

/* A number for a source or a name; never 0. */
uint64_t s5ad_slow_id(const struct s5ad_slow *slow, enum s5ad_slow_kind kind,
                      struct s5a_span bytes);
/* In ms; `now` is that of the loop, here and below. */
uint64_t s5ad_slow_delay(const struct s5ad_slow *slow, uint64_t id, uint64_t now);
/* The longer one of two; an id of 0 has none. */
uint64_t s5ad_slow_longer(const struct s5ad_slow *slow, uint64_t source, uint64_t name,
                          uint64_t now);
void s5ad_slow_fail(struct s5ad_slow *slow, uint64_t id, uint64_t now);
/* A handshake of a source begins; false where it has `most` already. True wants s5ad_slow_depart. */
S5A_MUST_USE bool s5ad_slow_arrive(struct s5ad_slow *slow, uint64_t source, unsigned most,
                                   uint64_t now);
void s5ad_slow_depart(struct s5ad_slow *slow, uint64_t source);
/* An attempt of a source begins to wait; false where too many do. True wants s5ad_slow_leave. */
S5A_MUST_USE bool s5ad_slow_enter(struct s5ad_slow *slow, uint64_t source, uint64_t now);
void s5ad_slow_leave(struct s5ad_slow *slow, uint64_t source);
