/* Fake addresses: the ranges, and the table of names that both of them index. */
#include "client/names/fakemap.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>

#include "client/names/fakefile.h"
#include "client/names/faketable.h"
#include "client/routes/prefix.h"

struct s5a_fakemap {
    struct s5a_faketable table; /* first: the table's level function casts back */
    struct s5a_fakefile file;
    bool anonymous;
    struct s5a_fakeslot *levels[S5A_FAKETABLE_LEVELS]; /* NULL: not mapped */
    char dir[];
};

static void unmap(const struct s5a_fakemap *map, unsigned level, struct s5a_fakeslot *slots)
{
    if (slots != NULL)
        munmap(slots, s5a_fakefile_level_size(map->table.capacity, level));
}

/* Maps a level once it is needed. Threads may do so at once: the first one's mapping stays. */
static struct s5a_fakeslot *find_level(struct s5a_faketable *table, unsigned level, bool make)
{
    struct s5a_fakemap *map = (struct s5a_fakemap *)table;
    struct s5a_fakeslot *known = __atomic_load_n(&map->levels[level], __ATOMIC_ACQUIRE);
    if (known != NULL || map->anonymous)
        return known;
    int cancel_state;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
    struct s5a_fakeslot *slots = s5a_fakefile_map(&map->file, level, make);
    pthread_setcancelstate(cancel_state, NULL);
    if (slots == NULL || __atomic_compare_exchange_n(&map->levels[level], &known, slots, false,
                                                     __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return slots;
    unmap(map, level, slots);
    return known;
}

/* All levels at once, since what is mapped after a fork is not shared with the parent; the memory
 * is not there before it is written to. */
static bool use_anonymous(struct s5a_fakemap *map)
{
    unsigned level = 0;
    unsigned levels = s5a_faketable_levels(map->table.capacity);
    map->anonymous = true;
    if (getrandom(map->table.key, sizeof(map->table.key), GRND_NONBLOCK) < 0)
        memcpy(map->table.key, &map, sizeof(map)); /* early boot: no attacker names things yet */
    for (; level < levels; level++) {
        void *at = mmap(NULL, s5a_fakefile_level_size(map->table.capacity, level),
                        PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (at == MAP_FAILED)
            break;
        map->levels[level] = at;
    }
    return level > 0 || levels == 0;
}

static bool use_file(struct s5a_fakemap *map)
{
    if (map->file.dir == NULL || map->table.capacity == 0)
        return false;
    map->levels[0] = s5a_fakefile_open(&map->file);
    memcpy(map->table.key, map->file.key, sizeof(map->table.key));
    return map->levels[0] != NULL;
}

/* Addresses between the first and the last one of the range. */
static uint64_t hosts_in(unsigned bits, unsigned of)
{
    unsigned host_bits = of - bits;
    uint64_t all = UINT64_C(1) << (host_bits > 32 ? 32 : host_bits);
    return all > 2 ? all - 2 : 0;
}

static uint32_t capacity_of(const struct s5a_config *config)
{
    uint64_t v4 = hosts_in(config->fake4.bits, 32);
    uint64_t v6 = hosts_in(config->fake6.bits, 128);
    uint64_t least = v4 < v6 ? v4 : v6;
    return least < S5A_FAKETABLE_MAX ? (uint32_t)least : S5A_FAKETABLE_MAX;
}

struct s5a_fakemap *s5a_fakemap_open(const struct s5a_config *config)
{
    size_t dir_len = config->state_dir == NULL ? 0 : strlen(config->state_dir);
    struct s5a_fakemap *map = calloc(1, sizeof(*map) + dir_len + 1);
    if (map == NULL)
        return NULL;
    map->table.level = find_level;
    map->table.capacity = capacity_of(config);
    map->file.capacity = map->table.capacity;
    map->file.fake4 = config->fake4;
    map->file.fake6 = config->fake6;
    if (dir_len > 0)
        map->file.dir = memcpy(map->dir, config->state_dir, dir_len + 1);
    if (use_file(map) || use_anonymous(map))
        return map;
    s5a_fakemap_close(map);
    return NULL;
}

void s5a_fakemap_close(struct s5a_fakemap *map)
{
    if (map == NULL)
        return;
    for (unsigned level = 0; level < S5A_FAKETABLE_LEVELS; level++)
        unmap(map, level, map->levels[level]);
    free(map);
}

static uint32_t seconds(void)
{
    return (uint32_t)time(NULL);
}

static uint32_t low_word(const struct s5a_prefix *prefix)
{
    const uint8_t *at = prefix->address.ip + (prefix->address.type == S5A_ATYP_IPV6 ? 12 : 0);
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void set_addresses(const struct s5a_fakemap *map, uint32_t index, struct s5a_fake *out)
{
    uint32_t v4 = htonl(low_word(&map->file.fake4) + 1 + index);
    uint32_t v6 = htonl(low_word(&map->file.fake6) + 1 + index);
    memcpy(&out->v4, &v4, sizeof(v4));
    memcpy(&out->v6, map->file.fake6.address.ip, sizeof(out->v6));
    memcpy(out->v6.s6_addr + 12, &v6, sizeof(v6));
}

/* False where no name can be put: its length, or a NUL that would cut it. */
static bool lower(struct s5a_span name, uint8_t out[static S5A_NAME_MAX])
{
    if (name.len == 0 || name.len > S5A_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.at[i];
        if (c == '\0')
            return false;
        out[i] = c >= 'A' && c <= 'Z' ? c | 0x20 : c;
    }
    return true;
}

bool s5a_fakemap_put(struct s5a_fakemap *map, struct s5a_span name, struct s5a_fake *out)
{
    uint8_t text[S5A_NAME_MAX];
    uint32_t index;
    int cancel_state;
    memset(out, 0, sizeof(*out));
    if (!lower(name, text))
        return false;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state); /* it may sleep for a moment */
    bool given =
        s5a_faketable_put(&map->table, (struct s5a_span){ text, name.len }, seconds(), &index);
    pthread_setcancelstate(cancel_state, NULL);
    if (given)
        set_addresses(map, index, out);
    return given;
}

/* False where the address is the first of the range or above what an index can say. */
static bool index_of(const struct s5a_fakemap *map, const struct s5a_address *address,
                     uint32_t *index)
{
    struct s5a_address plain = s5a_address_unmapped(address);
    const struct s5a_prefix *range =
        plain.type == S5A_ATYP_IPV4 ? &map->file.fake4 : &map->file.fake6;
    struct s5a_prefix one = { .address = plain };
    if (!s5a_prefix_contains(range, &plain))
        return false;
    if (plain.type == S5A_ATYP_IPV6 && memcmp(plain.ip, range->address.ip, 12) != 0)
        return false;
    *index = low_word(&one) - low_word(range) - 1;
    return true;
}

size_t s5a_fakemap_name(struct s5a_fakemap *map, const struct s5a_address *address,
                        char name[static S5A_NAME_MAX + 1])
{
    uint32_t index;
    name[0] = '\0';
    if (!index_of(map, address, &index))
        return 0;
    return s5a_faketable_name(&map->table, index, seconds(), name);
}

bool s5a_fake_contains(const struct s5a_config *config, const struct s5a_address *address)
{
    return s5a_prefix_contains(&config->fake4, address) ||
           s5a_prefix_contains(&config->fake6, address);
}
