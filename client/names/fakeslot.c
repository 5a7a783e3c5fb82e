/* Slots: claimed by compare-and-swap, read as under a sequence lock. */
#include "client/names/fakeslot.h"

#include <sodium/crypto_shorthash.h>
#include <string.h>

enum { TOUCH_AFTER = 60 }; /* s; more often would only move cache lines */

_Static_assert(S5A_FAKESLOT_KEY_LEN == crypto_shorthash_KEYBYTES, "key of SipHash");
_Static_assert(S5A_FAKESLOT_TEXT_WORDS * 8 == 1 + S5A_FAKESLOT_NAME_MAX, "text");

#define TIME_SHIFT 32
#define GENERATION_SHIFT 16
#define TAG_SHIFT 2
#define TAG_BITS 14
#define STATE_MASK UINT64_C(3)
#define IDENTITY_MASK UINT64_C(0xffffffff) /* all but the time */

static uint64_t hash_of(const uint8_t key[static S5A_FAKESLOT_KEY_LEN],
                        const uint64_t text[static S5A_FAKESLOT_TEXT_WORDS])
{
    const uint8_t *bytes = (const uint8_t *)text;
    uint8_t hash[crypto_shorthash_BYTES];
    uint64_t value;
    crypto_shorthash(hash, bytes, 1 + (size_t)bytes[0], key);
    memcpy(&value, hash, sizeof(value));
    return value;
}

struct s5a_fakename s5a_fakename_make(const uint8_t key[static S5A_FAKESLOT_KEY_LEN],
                                      struct s5a_span name)
{
    struct s5a_fakename made = { 0 };
    uint8_t *bytes = (uint8_t *)made.text;
    bytes[0] = (uint8_t)name.len;
    memcpy(bytes + 1, name.at, name.len);
    made.hash = hash_of(key, made.text);
    return made;
}

static uint64_t tag_of(const struct s5a_fakename *name)
{
    return name->hash >> (64 - TAG_BITS);
}

uint64_t s5a_fakeslot_word(const struct s5a_fakeslot *slot)
{
    return __atomic_load_n(&slot->word, __ATOMIC_ACQUIRE);
}

enum s5a_fakeslot_state s5a_fakeslot_state(uint64_t word)
{
    return word & STATE_MASK;
}

int64_t s5a_fakeslot_age(uint64_t word, uint32_t now)
{
    int64_t age = (int64_t)now - (int64_t)(word >> TIME_SHIFT);
    return age < -S5A_FAKESLOT_FUTURE ? INT64_MAX : age;
}

bool s5a_fakeslot_resembles(uint64_t word, const struct s5a_fakename *name)
{
    return (word >> TAG_SHIFT & ((1u << TAG_BITS) - 1)) == tag_of(name);
}

static uint64_t claiming_word(uint64_t old, const struct s5a_fakename *name, uint32_t now)
{
    uint64_t generation = ((old >> GENERATION_SHIFT) + 1) & 0xffff;
    return (uint64_t)now << TIME_SHIFT | generation << GENERATION_SHIFT |
           tag_of(name) << TAG_SHIFT | S5A_FAKESLOT_WRITING;
}

static bool swap_word(struct s5a_fakeslot *slot, uint64_t old, uint64_t new)
{
    return __atomic_compare_exchange_n(&slot->word, &old, new, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_ACQUIRE);
}

/* The fence is that of a sequence lock: nobody sees new text under the old word. */
bool s5a_fakeslot_claim(struct s5a_fakeslot *slot, uint64_t word, const struct s5a_fakename *name,
                        uint32_t now)
{
    uint64_t mine = claiming_word(word, name, now);
    if (!swap_word(slot, word, mine))
        return false;
    __atomic_thread_fence(__ATOMIC_RELEASE);
    __atomic_store_n(&slot->hash, name->hash, __ATOMIC_RELAXED);
    for (unsigned i = 0; i < S5A_FAKESLOT_TEXT_WORDS; i++)
        __atomic_store_n(&slot->text[i], name->text[i], __ATOMIC_RELAXED);
    /* fails only where this thread was stopped so long that its claim was taken for abandoned */
    return swap_word(slot, mine, (mine & ~STATE_MASK) | S5A_FAKESLOT_PUBLISHED);
}

bool s5a_fakeslot_copy(const struct s5a_fakeslot *slot, uint64_t word,
                       const uint8_t key[static S5A_FAKESLOT_KEY_LEN], struct s5a_fakename *out)
{
    if (s5a_fakeslot_state(word) != S5A_FAKESLOT_PUBLISHED)
        return false;
    out->hash = __atomic_load_n(&slot->hash, __ATOMIC_RELAXED);
    for (unsigned i = 0; i < S5A_FAKESLOT_TEXT_WORDS; i++)
        out->text[i] = __atomic_load_n(&slot->text[i], __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    uint64_t again = __atomic_load_n(&slot->word, __ATOMIC_RELAXED);
    return ((word ^ again) & IDENTITY_MASK) == 0 && out->hash == hash_of(key, out->text);
}

void s5a_fakeslot_touch(struct s5a_fakeslot *slot, uint64_t word, uint32_t now)
{
    int64_t age = s5a_fakeslot_age(word, now);
    if (age > TOUCH_AFTER || age < -TOUCH_AFTER)
        (void)swap_word(slot, word, (uint64_t)now << TIME_SHIFT | (word & IDENTITY_MASK));
}
