/* The memory of record layers: mapped chunks, since malloc's locks must not meet ours. */
#include "shim/engine/record_slots.h"

#include <sys/mman.h>

#include "protocol/secret.h"

enum { CHUNK = 16 };

/* Some 2 KiB. */
struct slot {
    struct s5a_tol_layer layer; /* first: a layer is its slot */
    struct slot *next;          /* of those that are free */
    bool is_taken;
};

struct chunk {
    struct chunk *next;
    struct slot slots[CHUNK];
};

static struct chunk *chunks; /* under the lock, as is the list */
static struct slot *free_list;

static void put(struct slot *slot)
{
    slot->next = free_list;
    free_list = slot;
}

static bool add_chunk(void)
{
    struct chunk *chunk =
        mmap(NULL, sizeof *chunk, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (chunk == MAP_FAILED)
        return false;
    chunk->next = chunks;
    chunks = chunk;
    for (int i = CHUNK; i-- > 0;)
        put(&chunk->slots[i]);
    return true;
}

struct s5a_tol_layer *s5a_record_slot_take(void)
{
    if (free_list == NULL && !add_chunk())
        return NULL;
    struct slot *slot = free_list;
    free_list = slot->next;
    slot->next = NULL;
    slot->is_taken = true;
    return &slot->layer;
}

static void give(struct slot *slot)
{
    s5a_wipe(slot, sizeof *slot);
    put(slot);
}

void s5a_record_slot_give(struct s5a_tol_layer *layer)
{
    give((struct slot *)layer);
}

void s5a_record_layers_forget_all(void)
{
    for (struct chunk *chunk = chunks; chunk != NULL; chunk = chunk->next)
        for (int i = 0; i < CHUNK; i++)
            if (chunk->slots[i].is_taken)
                give(&chunk->slots[i]);
}
