/* Slowing down those who fail. */
#include "server/eaf/slow.h"

#include <sodium.h>
#include <stdlib.h>

#include "protocol/secret.h"

enum { SETS = 1024, WAYS = 4, FAILURES_MAX = 64 };

struct slot {
    uint64_t id;   /* 0: free */
    uint64_t last; /* ms, when `failures` was right */
    uint16_t failures, waiting;
    uint32_t open; /* handshakes */
};

struct s5ad_slow {
    uint8_t key[crypto_shorthash_KEYBYTES];
    struct slot slots[SETS][WAYS];
};

struct s5ad_slow *s5ad_slow_new(void)
{
    struct s5ad_slow *slow = calloc(1, sizeof *slow);
    if (slow)
        crypto_shorthash_keygen(slow->key);
    return slow;
}

void s5ad_slow_free(struct s5ad_slow *slow)
{
    free(slow);
}

uint64_t s5ad_slow_id(const struct s5ad_slow *slow, enum s5ad_slow_kind kind, struct s5a_span bytes)
{
    uint8_t text[1 + 255];
    uint64_t id;
    struct s5a_writer w;
    s5a_writer_init(&w, text, sizeof text);
    s5a_write_u8(&w, (uint8_t)kind);
    s5a_write_span(&w, bytes);
    crypto_shorthash((uint8_t *)&id, text, s5a_writer_len(&w), slow->key);
    return id ? id : 1;
}

static struct slot *find(struct s5ad_slow *slow, uint64_t id)
{
    struct slot *set = slow->slots[id % SETS];
    for (int i = 0; i < WAYS; i++)
        if (set[i].id == id)
            return &set[i];
    return NULL;
}

/* Failures that are not forgotten yet. */
static unsigned failures_at(const struct slot *slot, uint64_t now)
{
    uint64_t halves = (now - slot->last) / S5AD_SLOW_HALF_MS;
    return halves < 16 ? (unsigned)slot->failures >> halves : 0;
}

/* The slot that is missed least: none that counts what goes on; NULL where all do. */
static struct slot *find_victim(struct slot *set, uint64_t now)
{
    struct slot *victim = NULL;
    for (int i = 0; i < WAYS; i++) {
        if (set[i].waiting > 0 || set[i].open > 0)
            continue;
        if (!victim || failures_at(&set[i], now) < failures_at(victim, now))
            victim = &set[i];
    }
    return victim;
}

static struct slot *find_or_add(struct s5ad_slow *slow, uint64_t id, uint64_t now)
{
    struct slot *slot = find(slow, id);
    if (slot)
        return slot;
    slot = find_victim(slow->slots[id % SETS], now);
    if (slot)
        *slot = (struct slot){ .id = id, .last = now };
    return slot;
}

uint64_t s5ad_slow_delay(const struct s5ad_slow *slow, uint64_t id, uint64_t now)
{
    const struct slot *set = slow->slots[id % SETS];
    unsigned failures = 0;
    for (int i = 0; i < WAYS; i++)
        if (set[i].id == id)
            failures = failures_at(&set[i], now);
    if (failures < S5AD_SLOW_FREE)
        return 0;
    unsigned doublings = failures - S5AD_SLOW_FREE;
    uint64_t delay = doublings < 8 ? (uint64_t)S5AD_SLOW_FIRST_MS << doublings : S5AD_SLOW_MOST_MS;
    return delay < S5AD_SLOW_MOST_MS ? delay : S5AD_SLOW_MOST_MS;
}

uint64_t s5ad_slow_longer(const struct s5ad_slow *slow, uint64_t source, uint64_t name,
                          uint64_t now)
{
    uint64_t by_source = s5ad_slow_delay(slow, source, now);
    uint64_t by_name = name ? s5ad_slow_delay(slow, name, now) : 0;
    return by_source > by_name ? by_source : by_name;
}

void s5ad_slow_fail(struct s5ad_slow *slow, uint64_t id, uint64_t now)
{
    struct slot *slot = find_or_add(slow, id, now);
    if (!slot)
        return;
    unsigned failures = failures_at(slot, now) + 1;
    slot->failures = (uint16_t)(failures < FAILURES_MAX ? failures : FAILURES_MAX);
    slot->last = now;
}

/* Where its set is full of others, a source is let in uncounted: the limit of all still holds. */
bool s5ad_slow_arrive(struct s5ad_slow *slow, uint64_t source, unsigned most, uint64_t now)
{
    struct slot *slot = find_or_add(slow, source, now);
    if (slot && slot->open >= most)
        return false;
    if (slot)
        slot->open++;
    return true;
}

void s5ad_slow_depart(struct s5ad_slow *slow, uint64_t source)
{
    struct slot *slot = find(slow, source);
    if (slot && slot->open > 0)
        slot->open--;
}

bool s5ad_slow_enter(struct s5ad_slow *slow, uint64_t source, uint64_t now)
{
    struct slot *slot = find_or_add(slow, source, now);
    if (!slot || slot->waiting >= S5AD_SLOW_AT_ONCE_MAX)
        return false;
    slot->waiting++;
    return true;
}

void s5ad_slow_leave(struct s5ad_slow *slow, uint64_t source)
{
    struct slot *slot = find(slow, source);
    if (slot && slot->waiting > 0)
        slot->waiting--;
}
