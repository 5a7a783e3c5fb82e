/* A set-associative hash table of names whose slots are claimed by compare-and-swap and read as
 * under a sequence lock. */
#include "client/faketable.h"

#include <sched.h>
#include <sodium/crypto_shorthash.h>
#include <string.h>

enum state { EMPTY, WRITING, PUBLISHED };

enum {
    TOUCH_AFTER = 60, /* s; marking a slot used more often would only move cache lines */
    PATIENCE = 2000,  /* yields that one call waits for another writer of the same name */
    TEXT_WORDS = 32,
};

_Static_assert(sizeof(struct s5a_fakeslot) * S5A_FAKETABLE_FIRST % 65536 == 0, "levels are pages");
_Static_assert(S5A_FAKETABLE_KEY_LEN == crypto_shorthash_KEYBYTES, "key of SipHash");
_Static_assert(TEXT_WORDS * 8 == 1 + S5A_FAKETABLE_NAME_MAX, "text");

/* word: time 32 | generation 16 | tag 14 | state 2 */
#define TIME_SHIFT 32
#define GENERATION_SHIFT 16
#define IDENTITY_MASK UINT64_C(0xffffffff) /* all but the time */

struct key {
    uint64_t hash;
    uint64_t text[TEXT_WORDS];
};

struct window {
    struct s5a_fakeslot *slots; /* of the level */
    uint32_t len;               /* of the level */
    uint32_t start;
    uint32_t width;
};

static enum state state_of(uint64_t word)
{
    return word & 3;
}

static uint64_t tag_of(uint64_t word)
{
    return word >> 2 & 0x3fff;
}

static uint64_t claim_word(uint64_t old, uint64_t hash, uint32_t now)
{
    uint64_t generation = ((old >> GENERATION_SHIFT) + 1) & 0xffff;
    return (uint64_t)now << TIME_SHIFT | generation << GENERATION_SHIFT | (hash >> 50) << 2 |
           WRITING;
}

/* Seconds since the last use. A clock that went back makes it negative; far in the future is
 * garbage and counts as long ago. */
static int64_t age_of(uint64_t word, uint32_t now)
{
    int64_t age = (int64_t)now - (int64_t)(word >> TIME_SHIFT);
    return age < -S5A_FAKETABLE_TTL ? INT64_MAX : age;
}

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

static uint64_t hash_of(const struct s5a_faketable *table, const uint64_t text[static TEXT_WORDS])
{
    const uint8_t *bytes = (const uint8_t *)text;
    uint8_t hash[crypto_shorthash_BYTES];
    uint64_t value;
    crypto_shorthash(hash, bytes, 1 + (size_t)bytes[0], table->key);
    memcpy(&value, hash, sizeof(value));
    return value;
}

static struct key key_of(const struct s5a_faketable *table, struct s5a_span name)
{
    struct key key = { 0 };
    uint8_t *bytes = (uint8_t *)key.text;
    bytes[0] = (uint8_t)name.len;
    memcpy(bytes + 1, name.at, name.len);
    key.hash = hash_of(table, key.text);
    return key;
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

static uint64_t word_of(const struct s5a_fakeslot *slot)
{
    return __atomic_load_n(&slot->word, __ATOMIC_ACQUIRE);
}

static bool swap_word(struct s5a_fakeslot *slot, uint64_t old, uint64_t new)
{
    return __atomic_compare_exchange_n(&slot->word, &old, new, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_ACQUIRE);
}

static void touch(struct s5a_fakeslot *slot, uint64_t word, uint32_t now)
{
    int64_t age = age_of(word, now);
    if (age > TOUCH_AFTER || age < -TOUCH_AFTER)
        (void)swap_word(slot, word, (uint64_t)now << TIME_SHIFT | (word & IDENTITY_MASK));
}

/* Takes the slot where it still is what `old` says, and fills it. The fences are those of a
 * sequence lock: nobody sees the new text under the old word or the reverse. */
static bool claim(struct s5a_fakeslot *slot, uint64_t old, const struct key *key, uint32_t now)
{
    uint64_t mine = claim_word(old, key->hash, now);
    if (!swap_word(slot, old, mine))
        return false;
    __atomic_thread_fence(__ATOMIC_RELEASE);
    __atomic_store_n(&slot->hash, key->hash, __ATOMIC_RELAXED);
    for (unsigned i = 0; i < TEXT_WORDS; i++)
        __atomic_store_n(&slot->text[i], key->text[i], __ATOMIC_RELAXED);
    /* fails only where this thread was stopped so long that its claim was taken for abandoned */
    return swap_word(slot, mine, (mine & ~UINT64_C(3)) | PUBLISHED);
}

/* A consistent copy of a slot that was PUBLISHED as `word`; false where it is not one. */
static bool copy_slot(const struct s5a_faketable *table, const struct s5a_fakeslot *slot,
                      uint64_t word, struct key *out)
{
    out->hash = __atomic_load_n(&slot->hash, __ATOMIC_RELAXED);
    for (unsigned i = 0; i < TEXT_WORDS; i++)
        out->text[i] = __atomic_load_n(&slot->text[i], __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    uint64_t again = __atomic_load_n(&slot->word, __ATOMIC_RELAXED);
    return ((word ^ again) & IDENTITY_MASK) == 0 && out->hash == hash_of(table, out->text);
}

static bool holds(const struct s5a_faketable *table, const struct s5a_fakeslot *slot, uint64_t word,
                  const struct key *key)
{
    struct key copy;
    return __atomic_load_n(&slot->hash, __ATOMIC_RELAXED) == key->hash &&
           copy_slot(table, slot, word, &copy) && memcmp(&copy, key, sizeof(copy)) == 0;
}

/* The word of a slot, after a bounded wait where somebody is writing what looks like this name:
 * two threads that ask for a new name at once should agree on one slot. */
static uint64_t settled_word(const struct s5a_fakeslot *slot, const struct key *key, int *patience)
{
    uint64_t word = word_of(slot);
    while (state_of(word) == WRITING && tag_of(word) == key->hash >> 50 && *patience > 0) {
        (*patience)--;
        sched_yield();
        word = word_of(slot);
    }
    return word;
}

/* Finds the name in the window or claims the window's first empty slot. False: neither. */
static bool place_in(const struct s5a_faketable *table, const struct window *w,
                     const struct key *key, uint32_t now, int *patience, uint32_t *position)
{
    for (uint32_t i = 0; i < w->width; i++) {
        *position = (w->start + i) % w->len;
        struct s5a_fakeslot *slot = &w->slots[*position];
        uint64_t word = settled_word(slot, key, patience);
        if (state_of(word) == EMPTY) {
            if (claim(slot, word, key, now))
                return true;
            word = settled_word(slot, key, patience);
        }
        if (state_of(word) == PUBLISHED && tag_of(word) == key->hash >> 50 &&
            holds(table, slot, word, key)) {
            touch(slot, word, now);
            return true;
        }
    }
    return false;
}

static bool is_free_again(uint64_t word, uint32_t now)
{
    int64_t limit = state_of(word) == WRITING ? S5A_FAKETABLE_STALL : S5A_FAKETABLE_TTL;
    return age_of(word, now) > limit;
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
            uint64_t word = word_of(&w.slots[position]);
            if (!is_free_again(word, now))
                continue;
            if (found.slot == NULL || age_of(word, now) > age_of(found.word, now))
                found = (struct oldest){ &w.slots[position], word,
                                         s5a_faketable_level_begin(level) + position };
        }
    }
    return found;
}

/* Finds the name or an empty slot for it, making levels as they are needed. */
static bool place(struct s5a_faketable *table, const struct key *key, uint32_t now, int *patience,
                  uint32_t *index)
{
    struct window w;
    unsigned levels = s5a_faketable_levels(table->capacity);
    for (unsigned level = 0; level < levels; level++) {
        if (!window_of(table, level, key->hash, true, &w))
            return false;
        if (place_in(table, &w, key, now, patience, index)) {
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
    struct key key = key_of(table, name);
    int patience = PATIENCE;
    for (unsigned tries = 0; tries < S5A_FAKETABLE_WINDOW; tries++) {
        if (place(table, &key, now, &patience, index))
            return true;
        struct oldest oldest = find_oldest(table, key.hash, now);
        if (oldest.slot == NULL)
            return false;
        *index = oldest.index;
        if (claim(oldest.slot, oldest.word, &key, now))
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
    struct key copy;
    struct window w;
    uint64_t word = word_of(&slots[position]);
    if (state_of(word) != PUBLISHED || !copy_slot(table, &slots[position], word, &copy) ||
        !window_of(table, level, copy.hash, false, &w) || !belongs(&w, position))
        return 0;
    touch(&slots[position], word, now);
    const uint8_t *bytes = (const uint8_t *)copy.text;
    memcpy(name, bytes + 1, bytes[0]);
    name[bytes[0]] = '\0';
    return bytes[0];
}
