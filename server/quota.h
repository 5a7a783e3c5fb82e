/* How much of something each principal has, and all have together: associations, pooled connections,
 * listeners, sessions that wait, sessions. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "protocol/attributes.h"

enum s5ad_quota_kind {
    S5AD_QUOTA_UDP,
    S5AD_QUOTA_BIND,
    S5AD_QUOTA_POOL,
    S5AD_QUOTA_WAITING,
    S5AD_QUOTA_SESSION,
    S5AD_QUOTA_KINDS,
};

struct s5ad_quota_limit {
    unsigned each, all;
};

struct s5ad_quota;

/* One of something, counted. Zeros: holds nothing. */
struct s5ad_share {
    struct s5ad_quota *quota;
    enum s5ad_quota_kind kind;
    uint64_t who;
};

/* NULL when out of memory. */
struct s5ad_quota *s5ad_quota_new(void);
/* NULL is fine. */
void s5ad_quota_free(struct s5ad_quota *quota);
/* Takes one more of a kind for `who`, a number that stands for a principal (s5ad_slow_id), into a share
 * that holds nothing. NULL, or why not, in static storage. */
S5A_MUST_USE const char *s5ad_share_take(struct s5ad_share *share, struct s5ad_quota *quota,
                                         enum s5ad_quota_kind kind, uint64_t who,
                                         const struct s5ad_quota_limit *limit);
/* Gives back what it holds, if anything. */
void s5ad_share_give(struct s5ad_share *share);
/* Moves what it holds to one that holds nothing. */
void s5ad_share_move(struct s5ad_share *to, struct s5ad_share *from);
/* Of all. */
unsigned s5ad_quota_total(const struct s5ad_quota *quota, enum s5ad_quota_kind kind);
