/* The table beneath the map of names: name → index and back, in memory that other processes write
 * too and that may hold anything. Lock-free; every access is atomic and checked, so garbage in
 * the memory costs lookups, never a bad access, an endless loop or a wrong name.
 *
 * Slots stand in levels of 4096, 8192, 16384 …; a name hashes to one window of slots in each level
 * and takes the first empty slot of the first window that has one. Slots never become empty
 * again, so a look-up ends at the first empty one. When all windows are full, the slot of the
 * name that nobody has used for longest is given anew — after S5A_FAKETABLE_TTL, not before. */
#pragma once

#include <sys/types.h>

#include "client/names/fakeslot.h"
#include "protocol/bytes.h"

enum {
    S5A_FAKETABLE_TTL = 24 * 3600, /* s */
    S5A_FAKETABLE_STALL = 10,      /* s after which a slot being written counts as abandoned */
    S5A_FAKETABLE_LEVELS = 8,
    S5A_FAKETABLE_FIRST = 4096, /* slots of level 0 */
    S5A_FAKETABLE_WINDOW = 16,
    S5A_FAKETABLE_NAME_MAX = S5A_FAKESLOT_NAME_MAX,
    S5A_FAKETABLE_KEY_LEN = S5A_FAKESLOT_KEY_LEN,
    /* all levels full */
    S5A_FAKETABLE_MAX = S5A_FAKETABLE_FIRST * ((1 << S5A_FAKETABLE_LEVELS) - 1),
};

struct s5a_faketable;
/* The slots of a level, s5a_faketable_level_len of them, valid as long as the table; where they
 * are not there yet, `make` says whether to make them. NULL: not there. Any thread. */
typedef struct s5a_fakeslot *s5a_faketable_level_fn(struct s5a_faketable *table, unsigned level,
                                                    bool make);

struct s5a_faketable {
    uint32_t capacity; /* slots of all levels, at most S5A_FAKETABLE_MAX */
    s5a_faketable_level_fn *level;
    uint8_t key[S5A_FAKETABLE_KEY_LEN];
};

/* Levels that `capacity` has room for, and the place and length of one of them. */
unsigned s5a_faketable_levels(uint32_t capacity);
uint32_t s5a_faketable_level_begin(unsigned level);
uint32_t s5a_faketable_level_len(uint32_t capacity, unsigned level);

/* The index of `name` (1–255 bytes, as they are), given now where it has none. `now` is in
 * seconds of the real-time clock, since the table outlives a boot. False: full. */
S5A_MUST_USE bool s5a_faketable_put(struct s5a_faketable *table, struct s5a_span name, uint32_t now,
                                    uint32_t *index);
/* The name of an index, copied with NUL, and its length; 0: given to no name. Marks it used. */
size_t s5a_faketable_name(struct s5a_faketable *table, uint32_t index, uint32_t now,
                          char name[static S5A_FAKETABLE_NAME_MAX + 1]);
