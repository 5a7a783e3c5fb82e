/* Buffers of relays over TOL. A relay has one for a direction only while bytes of it are in hand, so
 * thousands of idle relays need none, and busy ones share those that are warm. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct s5ad_tol_pool {
    struct s5ad_tol_spare *spares;
    unsigned spare_count, lent_count;
};

/* Room for either direction, aligned as malloc does; NULL when out of memory. */
uint8_t *s5ad_tol_pool_take(struct s5ad_tol_pool *pool);
/* NULL is fine. */
void s5ad_tol_pool_give(struct s5ad_tol_pool *pool, uint8_t *buffer);
/* Frees the spares; all have been given back. */
void s5ad_tol_pool_wipe(struct s5ad_tol_pool *pool);
