/* What proxies have said of names, for the use of this process. */
#pragma once

#include "shim/names/names.h"

/* Of both families. */
struct s5a_lookup {
    enum s5a_names_outcome outcome; /* FOUND, ABSENT */
    unsigned count;
    struct s5a_address list[S5A_NAMES_MAX];
};

/* Names without regard to case. Answers hold for a minute, that there is none for five seconds; `now`
 * in ms. */
bool s5a_lookup_recall(const char *name, uint64_t now, struct s5a_lookup *out);
void s5a_lookup_keep(const char *name, uint64_t now, const struct s5a_lookup *lookup);
/* The name that has led to this address, as long as it is in memory: false where none has, or more
 * than one. */
bool s5a_lookup_name_of(const struct s5a_address *address, char out[static S5A_NAME_MAX + 1]);
