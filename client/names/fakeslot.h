/* One slot of the table of names: a word that says what it is, and a name with its hash. Written
 * once by who claimed it, read by everybody at any time, as under a sequence lock. */
#pragma once

#include <stdbool.h>

#include "protocol/bytes.h"

enum {
    S5A_FAKESLOT_TEXT_WORDS = 32,
    S5A_FAKESLOT_NAME_MAX = 255,
    S5A_FAKESLOT_KEY_LEN = 16,
    S5A_FAKESLOT_FUTURE = 24 * 3600, /* s; a time of use so far ahead is garbage */
};

struct s5a_fakeslot {
    uint64_t word; /* time of last use 32 | generation 16 | tag of the hash 14 | state 2 */
    uint64_t hash; /* of the text, under the table's key */
    uint64_t text[S5A_FAKESLOT_TEXT_WORDS]; /* length byte, name, zeros */
};

enum s5a_fakeslot_state { S5A_FAKESLOT_EMPTY, S5A_FAKESLOT_WRITING, S5A_FAKESLOT_PUBLISHED };

/* A name in the form in which slots hold it. */
struct s5a_fakename {
    uint64_t hash;
    uint64_t text[S5A_FAKESLOT_TEXT_WORDS];
};

/* `name` has 1 to 255 bytes. */
struct s5a_fakename s5a_fakename_make(const uint8_t key[static S5A_FAKESLOT_KEY_LEN],
                                      struct s5a_span name);

/* The word of a slot, and what it says. The state may be 3, in garbage. */
uint64_t s5a_fakeslot_word(const struct s5a_fakeslot *slot);
enum s5a_fakeslot_state s5a_fakeslot_state(uint64_t word);
/* Seconds since the last use; negative where the clock went back, INT64_MAX for garbage. */
int64_t s5a_fakeslot_age(uint64_t word, uint32_t now);
/* The slot is, or will be, of this name in all likelihood. */
bool s5a_fakeslot_resembles(uint64_t word, const struct s5a_fakename *name);

/* Takes the slot where it still is what `word` says, and fills it. False: somebody was faster. */
bool s5a_fakeslot_claim(struct s5a_fakeslot *slot, uint64_t word, const struct s5a_fakename *name,
                        uint32_t now);
/* A whole copy of the name of a slot that is PUBLISHED as `word`. False: it is no more, or it
 * holds what nobody can have published. */
bool s5a_fakeslot_copy(const struct s5a_fakeslot *slot, uint64_t word,
                       const uint8_t key[static S5A_FAKESLOT_KEY_LEN], struct s5a_fakename *out);
/* Notes that the name is in use, where that has not been noted lately. */
void s5a_fakeslot_touch(struct s5a_fakeslot *slot, uint64_t word, uint32_t now);
