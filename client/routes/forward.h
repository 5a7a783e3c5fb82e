/* Unix sockets of the program's side that lead to the proxy's: [forward] (profile, section 7). */
#pragma once

#include "client/routes/rules.h"

struct s5a_forward {
    struct s5a_forward *next; /* in the order of the configuration */
    char *local;              /* owned: an absolute path, or "@" and an abstract name */
    char *text;               /* owned: what the targets' texts lie in */
    struct s5a_target to;     /* UNIX, ABSTRACT, URL, NAME or an IP */
    /* Where the proxy lacks the type of `to`; type NONE: nothing. */
    struct s5a_target otherwise;
};

/* Reads "TARGET" or "TARGET, HOST:PORT"; a TARGET is unix:/PATH, unix:@NAME, a URL of an address, or
 * HOST:PORT. NULL with `*status` MALFORMED (also for a `local` that is neither form) or NO_MEMORY. */
struct s5a_forward *s5a_forward_new(struct s5a_span local, const char *value,
                                    enum s5a_status *status);
void s5a_forward_free_all(struct s5a_forward *first);
/* The entry for a socket that a program connects to: bytes of its name, an abstract one with "@" in
 * place of the NUL. NULL: none. `*index`: its number. */
const struct s5a_forward *s5a_forward_find(const struct s5a_forward *first, struct s5a_span name,
                                           uint16_t *index);
const struct s5a_forward *s5a_forward_at(const struct s5a_forward *first, uint16_t index);
