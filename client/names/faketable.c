/* The set-associative hash table of names. */
#include "client/names/faketable.h"

#include <sched.h>
#include <string.h>
#include <time.h>

enum {
    YIELDS = 50, /* before sleeping, in one call that waits for another writer of the same name */
    SLEEPS = 500,
    SLEEP_NS = 1000000,
};

_Static_assert(sizeof(struct s5a_fakeslot) * S5A_FAKETABLE_FIRST % 65536 == 0, "levels are pages");

struct window {
    struct s5a_fakeslot *slots; /* of the level */
    uint32_t len;               /* of the level */
    uint32_t start;
    uint32_t width;
};

unsigned s5a_faketable_levels(uint32_t capacity)
{
    unsigned levels = 0;
    while (levels < S5A_FAKETABLE_LEVELS && s5a_faketable_level_begin(levels) < capacity)
        levels++;
    return levels;
}

uint32_t s5a_faketable_level_begin(unsigned level)
{
    return S5A_FAKETABLE_FIRST * ((UINT32_C(1) << level) - 1);
}

uint32_t s5a_faketable_level_len(uint32_t capacity, unsigned level)
{
    uint32_t begin = s5a_faketable_level_begin(level);
    uint32_t len = (uint32_t)S5A_FAKETABLE_FIRST << level;
    return capacity - begin < len ? capacity - begin : len;
}

/* The levels mix the hash differently: names that crowd one window are spread in the next. */
static uint32_t start_of(uint64_t hash, unsigned level, uint32_t len)
{
    uint64_t mixed = (hash ^ hash >> 29) * (UINT64_C(0x9e3779b97f4a7c15) + 2 * (uint64_t)level);
    return (uint32_t)((mixed >> 32) % len);
}

/* False: the level is not there. */
static bool window_of(struct s5a_faketable *table, unsigned level, uint64_t hash, bool make,
                      struct window *out)
{
    out->slots = table->level(table, level, make);
    if (out->slots == NULL)
        return false;
    out->len = s5a_faketable_level_len(table->capacity, level);
    out->start = start_of(hash, level, out->len);
    out->width = out->len < S5A_FAKETABLE_WINDOW ? out->len : S5A_FAKETABLE_WINDOW;
    return true;
}

/* Lets the writer go on: its claim is a few instructions long, so this goes on for long only where
 * it has no processor. False: waited enough. */
static bool wait_for_writer(unsigned *waits)
{
    if (*waits >= YIELDS + SLEEPS)
        return false;
    if ((*waits)++ < YIELDS)
        sched_yield();
    else
        (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){ .tv_nsec = SLEEP_NS }, NULL);
    return true;
}

/* The word of a slot, after a bounded wait where somebody is writing what looks like this name:
 * two threads that ask for a new name at once should agree on one slot. */
static uint64_t settled_word(const struct s5a_fakeslot *slot, const struct s5a_fakename *name,
                             uint32_t now, unsigned *waits)
{
    uint64_t word = s5a_fakeslot_word(slot);
    while (s5a_fakeslot_state(word) == S5A_FAKESLOT_WRITING && s5a_fakeslot_resembles(word, name) &&
           s5a_fakeslot_age(word, now) <= 1 && wait_for_writer(waits))
        word = s5a_fakeslot_word(slot);
    return word;
}

static bool holds(const struct s5a_faketable *table, const struct s5a_fakeslot *slot, uint64_t word,
                  const struct s5a_fakename *name)
{
    struct s5a_fakename copy;
    return s5a_fakeslot_resembles(word, name) && s5a_fakeslot_copy(slot, word, table->key, &copy) &&
           memcmp(&copy, name, sizeof(copy)) == 0;
}

/* Finds the name in the window or claims the window's first empty slot. False: neither. */
static bool place_in(const struct s5a_faketable *table, const struct window *w,
                     const struct s5a_fakename *name, uint32_t now, unsigned *waits,
                     uint32_t *position)
{
    for (uint32_t i = 0; i < w->width; i++) {
        *position = (w->start + i) % w->len;
        struct s5a_fakeslot *slot = &w->slots[*position];
        uint64_t word = settled_word(slot, name, now, waits);
        if (s5a_fakeslot_state(word) == S5A_FAKESLOT_EMPTY) {
            if (s5a_fakeslot_claim(slot, word, name, now))
                return true;
            word = settled_word(slot, name, now, waits);
        }
        if (holds(table, slot, word, name)) {
            s5a_fakeslot_touch(slot, word, now);
            return true;
        }
    }
    return false;
}

static bool is_free_again(uint64_t word, uint32_t now)
{
    int64_t limit =
        s5a_fakeslot_state(word) == S5A_FAKESLOT_WRITING ? S5A_FAKETABLE_STALL : S5A_FAKETABLE_TTL;
    return s5a_fakeslot_age(word, now) > limit;
}

struct oldest {
    struct s5a_fakeslot *slot;
    uint64_t word;
    uint32_t index;
};

/* The slot of the name's windows whose name has been unused for longest, and long enough. */
static struct oldest find_oldest(struct s5a_faketable *table, uint64_t hash, uint32_t now)
{
    struct oldest found = { 0 };
    struct window w;
    unsigned levels = s5a_faketable_levels(table->capacity);
    for (unsigned level = 0; level < levels && window_of(table, level, hash, false, &w); level++) {
        for (uint32_t i = 0; i < w.width; i++) {
            uint32_t position = (w.start + i) % w.len;
            uint64_t word = s5a_fakeslot_word(&w.slots[position]);
            if (!is_free_again(word, now))
                continue;
            if (found.slot == NULL ||
                s5a_fakeslot_age(word, now) > s5a_fakeslot_age(found.word, now))
                found = (struct oldest){ &w.slots[position], word,
                                         s5a_faketable_level_begin(level) + position };
        }
    }
    return found;
}

/* Finds the name or an empty slot for it, making levels as they are needed. */
static bool place(struct s5a_faketable *table, const struct s5a_fakename *name, uint32_t now,
                  unsigned *waits, uint32_t *index)
{
    struct window w;
    unsigned levels = s5a_faketable_levels(table->capacity);
    for (unsigned level = 0; level < levels; level++) {
        if (!window_of(table, level, name->hash, true, &w))
            return false;
        if (place_in(table, &w, name, now, waits, index)) {
            *index += s5a_faketable_level_begin(level);
            return true;
        }
    }
    return false;
}

bool s5a_faketable_put(struct s5a_faketable *table, struct s5a_span name, uint32_t now,
                       uint32_t *index)
{
    *index = 0;
    if (name.len == 0 || name.len > S5A_FAKETABLE_NAME_MAX)
        return false;
    struct s5a_fakename wanted = s5a_fakename_make(table->key, name);
    unsigned waits = 0;
    for (unsigned tries = 0; tries < S5A_FAKETABLE_WINDOW; tries++) {
        if (place(table, &wanted, now, &waits, index))
            return true;
        struct oldest oldest = find_oldest(table, wanted.hash, now);
        if (oldest.slot == NULL)
            return false;
        *index = oldest.index;
        if (s5a_fakeslot_claim(oldest.slot, oldest.word, &wanted, now))
            return true; /* else somebody was faster, perhaps with this very name */
    }
    return false;
}

static unsigned level_of(uint32_t index)
{
    unsigned level = 0;
    while (index >= s5a_faketable_level_begin(level + 1))
        level++;
    return level;
}

/* A name outside its own windows was not put there by this code. */
static bool belongs(const struct window *w, uint32_t position)
{
    return (position + w->len - w->start) % w->len < w->width;
}

size_t s5a_faketable_name(struct s5a_faketable *table, uint32_t index, uint32_t now,
                          char name[static S5A_FAKETABLE_NAME_MAX + 1])
{
    name[0] = '\0';
    if (index >= table->capacity)
        return 0;
    unsigned level = level_of(index);
    uint32_t position = index - s5a_faketable_level_begin(level);
    struct s5a_fakeslot *slots = table->level(table, level, false);
    if (slots == NULL)
        return 0;
    struct s5a_fakename copy;
    struct window w;
    uint64_t word = s5a_fakeslot_word(&slots[position]);
    if (!s5a_fakeslot_copy(&slots[position], word, table->key, &copy) ||
        !window_of(table, level, copy.hash, false, &w) || !belongs(&w, position))
        return 0;
    s5a_fakeslot_touch(&slots[position], word, now);
    const uint8_t *bytes = (const uint8_t *)copy.text;
    memcpy(name, bytes + 1, bytes[0]);
    name[bytes[0]] = '\0';
    return bytes[0];
}
