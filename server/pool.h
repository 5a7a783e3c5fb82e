/* Connections to targets that were made before they are needed (profile, section 5, POOL_NEW and
 * POOL_GET): each for one use, by the principal that asked for it, from any of its sessions. */
#pragma once

#include "server/loop.h"
#include "server/quota.h"
#include "server/sockaddr.h"

enum { S5AD_POOL_ID_CAP = 33 }; /* 32 hex digits and NUL */

struct s5ad_pool;

/* A connected descriptor, and what it is connected to. */
struct s5ad_pooled {
    struct s5ad_watch *watch;
    struct s5ad_sockaddr *peer;
};

/* NULL when out of memory. */
struct s5ad_pool *s5ad_pool_new(struct s5ad_loop *loop);
/* Closes all; NULL is fine. */
void s5ad_pool_free(struct s5ad_pool *pool);
/* Takes the descriptor and the share for `life_ms`, and draws an id; false when out of memory: then
 * nothing is taken. One whose target closes without a word goes at once. */
S5A_MUST_USE bool s5ad_pool_put(struct s5ad_pool *pool, struct s5a_span principal,
                                struct s5ad_pooled given, struct s5ad_share *share,
                                uint64_t life_ms, char id[static S5AD_POOL_ID_CAP]);
/* Moves the descriptor out, to a watch that watches nothing. False where there is none of that id and
 * principal. */
S5A_MUST_USE bool s5ad_pool_take(struct s5ad_pool *pool, struct s5a_span id,
                                 struct s5a_span principal, struct s5ad_pooled to);
