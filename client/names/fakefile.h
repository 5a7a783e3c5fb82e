/* The file of the map of names: its making, checking and growing, and the mapping of its parts.
 * No descriptor stays open: mapped memory lives on without one, and each call opens the file anew.
 *
 *   header (4096 bytes) | level 0 | level 1 | …        levels as in faketable.h, whole ones only
 *
 * Every byte is allocated before it is mapped, so a full disk is an error here and never a
 * SIGBUS later. (A process that truncates the file kills those that have it mapped; no reader of
 * a mapping can prevent that.) */
#pragma once

#include "client/config/config.h"
#include "client/names/faketable.h"

struct s5a_fakefile {
    char *dir; /* borrowed */
    struct s5a_prefix fake4;
    struct s5a_prefix fake6;
    uint32_t capacity;
    char name[32]; /* of the file in `dir`: one for each pair of ranges */
    uint8_t key[S5A_FAKETABLE_KEY_LEN];
    dev_t device; /* 0 and 0: none was opened */
    ino_t inode;
};

/* Names the file, opens or makes it and maps its level 0; replaces a damaged one. Fills key,
 * device and inode. Several processes that come at once end up with one file. Waits for others
 * that make it, a second at most. NULL: no such file can be had. */
struct s5a_fakeslot *s5a_fakefile_open(struct s5a_fakefile *file);
/* Maps one level of the file that was opened (not of one that has taken its place), growing the
 * file by that one level where it ends before it and `make` says so. NULL: not there. */
struct s5a_fakeslot *s5a_fakefile_map(const struct s5a_fakefile *file, unsigned level, bool make);
size_t s5a_fakefile_level_size(uint32_t capacity, unsigned level);
