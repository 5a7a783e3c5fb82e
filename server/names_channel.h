/* What the files of name look-ups share; for names*.c only. */
#pragma once

#include <ares.h>

#include "server/names.h"

struct s5ad_names_socket;

struct s5ad_names {
    struct s5ad_loop *loop;
    ares_channel channel;
    struct s5ad_timer timer; /* retransmissions */
    struct s5ad_names_socket *sockets;
    unsigned outstanding, outstanding_max;
    int hint_flags;
    const char *hosts; /* path */
};

struct s5ad_lookup {
    struct s5ad_names *names;
    struct s5ad_timer deliver;
    s5ad_found_fn *found; /* NULL: cancelled */
    void *owner;
    uint16_t port;
    struct s5ad_found answer;
    char *text; /* what answer.names views */
};

/* After everything that c-ares was told. */
void s5ad_names_set_timer(struct s5ad_names *names);
/* NULL when out of memory or over the limit, which is half of it for those that yield. */
struct s5ad_lookup *s5ad_lookup_new(struct s5ad_names *names, bool yields, s5ad_found_fn *found,
                                    void *owner);
/* c-ares is done with it; `status` of its own. The caller may not be ready for it: many questions are
 * answered inside the call that asks. */
void s5ad_lookup_end(struct s5ad_lookup *lookup, int status);
