/* The memory of relays: mapped chunks, since malloc's locks must not meet ours. */
#include "shim/engine/relay_slots.h"

#include <string.h>
#include <sys/mman.h>

#include "protocol/secret.h"

enum { CHUNK = 32 };

struct chunk {
    struct chunk *next;
    struct s5a_relay relays[CHUNK];
};

static struct chunk *chunks; /* under the lock, as is all of this */
static struct s5a_relay *free_list;

static void put(struct s5a_relay *relay)
{
    relay->next = free_list;
    free_list = relay;
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
        put(&chunk->relays[i]);
    return true;
}

struct s5a_relay *s5a_relay_slot_take(void)
{
    if (free_list == NULL && !add_chunk())
        return NULL;
    struct s5a_relay *relay = free_list;
    free_list = relay->next;
    relay->next = NULL;
    relay->is_taken = true;
    return relay;
}

void s5a_relay_slot_give(struct s5a_relay *relay)
{
    s5a_wipe(relay, sizeof *relay);
    put(relay);
}

void s5a_relay_forget_all(void)
{
    for (struct chunk *chunk = chunks; chunk != NULL; chunk = chunk->next)
        for (int i = 0; i < CHUNK; i++)
            if (chunk->relays[i].is_taken)
                s5a_relay_slot_give(&chunk->relays[i]);
    s5a_record_layers_forget_all();
}
