/* How often each principal may ask: a bucket of tokens for each, that fills at a steady rate (profile,
 * section 8, REP 0A). A table of fixed size; where it is full, who has used least is forgotten, and is
 * none the worse for it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "protocol/attributes.h"

enum { S5AD_RATE_MAX = 1000000 }; /* a minute, and at once */

struct s5ad_rate_limit {
    unsigned per_minute; /* 0: no limit */
    unsigned at_once;    /* what a full bucket holds; 0: a minute's rate */
};

struct s5ad_rate;

/* NULL when out of memory. */
struct s5ad_rate *s5ad_rate_new(const struct s5ad_rate_limit *limit);
/* NULL is fine. */
void s5ad_rate_free(struct s5ad_rate *rate);
/* Takes a token of `who`, a number that stands for a principal (s5ad_slow_id, never 0); false where there
 * is none, then nothing is taken. `now` in ms, never less than before. No `rate`: always true. */
S5A_MUST_USE bool s5ad_rate_take(struct s5ad_rate *rate, uint64_t who, uint64_t now);
