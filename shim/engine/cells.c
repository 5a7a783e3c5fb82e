/* Chunks of cells. */
#include "shim/engine/cells.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>

#include "protocol/secret.h"

enum { ALIGNED = _Alignof(max_align_t) };

struct s5a_cell {
    struct s5a_cell *next; /* of those that are free */
    bool is_taken;
    max_align_t payload[];
};

struct s5a_chunk {
    struct s5a_chunk *next;
    max_align_t cells[];
};

/* From one cell to the next. */
static size_t stride(const struct s5a_cells *cells)
{
    return offsetof(struct s5a_cell, payload) + (cells->size + ALIGNED - 1) / ALIGNED * ALIGNED;
}

static struct s5a_cell *cell_at(const struct s5a_cells *cells, struct s5a_chunk *chunk, unsigned i)
{
    return (struct s5a_cell *)(void *)((uint8_t *)chunk->cells + i * stride(cells));
}

static struct s5a_cell *cell_of(void *taken)
{
    return (struct s5a_cell *)(void *)((uint8_t *)taken - offsetof(struct s5a_cell, payload));
}

static void put(struct s5a_cells *cells, struct s5a_cell *cell)
{
    cell->next = cells->free;
    cells->free = cell;
}

static bool add_chunk(struct s5a_cells *cells)
{
    struct s5a_chunk *chunk = mmap(NULL, sizeof *chunk + cells->at_once * stride(cells),
                                   PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (chunk == MAP_FAILED)
        return false;
    chunk->next = cells->chunks;
    cells->chunks = chunk;
    for (unsigned i = cells->at_once; i-- > 0;)
        put(cells, cell_at(cells, chunk, i));
    return true;
}

void *s5a_cell_take(struct s5a_cells *cells)
{
    if (cells->free == NULL && !add_chunk(cells))
        return NULL;
    struct s5a_cell *cell = cells->free;
    cells->free = cell->next;
    cell->next = NULL;
    cell->is_taken = true;
    return cell->payload;
}

void s5a_cell_give(struct s5a_cells *cells, void *taken)
{
    struct s5a_cell *cell = cell_of(taken);
    s5a_wipe(cell, stride(cells));
    put(cells, cell);
}

void s5a_cells_give_all(struct s5a_cells *cells)
{
    for (struct s5a_chunk *chunk = cells->chunks; chunk != NULL; chunk = chunk->next)
        for (unsigned i = 0; i < cells->at_once; i++)
            if (cell_at(cells, chunk, i)->is_taken)
                s5a_cell_give(cells, cell_at(cells, chunk, i)->payload);
}
