/* Buffers of relays over TOL. */
#include "server/tol/pool.h"

#include <stdlib.h>

#include "protocol/tol/inlet.h"
#include "protocol/tol/outlet.h"

enum {
    LEN = (int)S5A_TOL_IN_CAP > (int)S5A_TOL_OUT_CAP ? S5A_TOL_IN_CAP : S5A_TOL_OUT_CAP,
    SPARES_MAX = 16,
};

struct s5ad_tol_spare {
    struct s5ad_tol_spare *next;
};

uint8_t *s5ad_tol_pool_take(struct s5ad_tol_pool *pool)
{
    struct s5ad_tol_spare *spare = pool->spares;
    void *buffer = spare;
    if (spare) {
        pool->spares = spare->next;
        pool->spare_count--;
    } else {
        buffer = malloc(LEN);
    }
    pool->lent_count += buffer != NULL;
    return buffer;
}

void s5ad_tol_pool_give(struct s5ad_tol_pool *pool, uint8_t *buffer)
{
    if (!buffer)
        return;
    pool->lent_count--;
    if (pool->spare_count == SPARES_MAX) {
        free(buffer);
        return;
    }
    struct s5ad_tol_spare *spare = (void *)buffer;
    spare->next = pool->spares;
    pool->spares = spare;
    pool->spare_count++;
}

void s5ad_tol_pool_wipe(struct s5ad_tol_pool *pool)
{
    while (pool->spares) {
        struct s5ad_tol_spare *spare = pool->spares;
        pool->spares = spare->next;
        free(spare);
    }
    pool->spare_count = 0;
}
