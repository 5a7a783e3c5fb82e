/* A table of the latest names. */
#include "shim/names/lookup_cache.h"

#include <stdatomic.h>
#include <string.h>
#include <strings.h>

#include "shim/lock.h"

enum { KEPT = 64, FOUND_MS = 60000, ABSENT_MS = 5000 };

static struct {
    char name[S5A_NAME_MAX + 1];
    uint64_t until; /* ms */
    struct s5a_lookup lookup;
} kept[KEPT]; /* under the lock */
static unsigned next;
static atomic_bool is_used;

/* KEPT: none. */
static unsigned index_of(const char *name)
{
    unsigned i = 0;
    while (i < KEPT && strcasecmp(kept[i].name, name) != 0)
        i++;
    return i;
}

bool s5a_lookup_recall(const char *name, uint64_t now, struct s5a_lookup *out)
{
    struct s5a_locked locked;
    s5a_lock(&locked);
    unsigned i = index_of(name);
    bool found = i < KEPT && now < kept[i].until;
    if (found)
        *out = kept[i].lookup;
    s5a_unlock(&locked);
    return found;
}

void s5a_lookup_keep(const char *name, uint64_t now, const struct s5a_lookup *lookup)
{
    struct s5a_locked locked;
    s5a_lock(&locked);
    unsigned i = index_of(name);
    if (i == KEPT)
        i = next++ % KEPT;
    strcpy(kept[i].name, name);
    kept[i].until = now + (lookup->outcome == S5A_NAMES_FOUND ? FOUND_MS : ABSENT_MS);
    kept[i].lookup = *lookup;
    atomic_store(&is_used, true);
    s5a_unlock(&locked);
}

static bool has(const struct s5a_lookup *lookup, const struct s5a_address *address)
{
    for (unsigned i = 0; i < lookup->count; i++)
        if (s5a_address_equal(&lookup->list[i], address))
            return true;
    return false;
}

bool s5a_lookup_name_of(const struct s5a_address *address, char out[static S5A_NAME_MAX + 1])
{
    struct s5a_locked locked;
    unsigned names = 0;
    if (!atomic_load(&is_used))
        return false;
    s5a_lock(&locked);
    for (unsigned i = 0; i < KEPT; i++)
        if (has(&kept[i].lookup, address) && names++ == 0)
            strcpy(out, kept[i].name);
    s5a_unlock(&locked);
    return names == 1;
}
