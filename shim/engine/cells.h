/* Memory for many secrets of one size: mapped chunks, since malloc's locks must not meet ours, in cells
 * that are overwritten when they are given back. Under the lock. */
#pragma once

#include <stddef.h>

struct s5a_cells {
    size_t size;      /* bytes of one */
    unsigned at_once; /* how many are mapped together; they stay */
    struct s5a_chunk *chunks;
    struct s5a_cell *free;
};

/* Of this type, `count` at once; for static storage. */
#define S5A_CELLS(type, count)            \
    {                                     \
        sizeof(type), (count), NULL, NULL \
    }

/* Zeroed, aligned for anything; NULL: memory is out. */
void *s5a_cell_take(struct s5a_cells *cells);
/* One that was taken from them. */
void s5a_cell_give(struct s5a_cells *cells, void *taken);
/* All that are taken. */
void s5a_cells_give_all(struct s5a_cells *cells);
