/* Whom a socket has sent datagrams to through the proxy, so that answers come from the address that
 * the program knows: a name was sent in place of a fake address, and is answered from a real one
 * (architecture, sections 7 and 8). Pure. */
#pragma once

#include "client/names/fakemap.h"
#include "protocol/udp.h"
#include "shim/sockets/target.h"

enum { S5A_TARGETS_MAX = 16 }; /* the least lately used one is forgotten */

struct s5a_sent_target {
    union s5a_inet given; /* family 0: free */
    /* What it is to the proxy: type NONE for a name. Of a name the address that has answered for it
     * is learned here. */
    struct s5a_address real; /* IPs alone */
    bool is_name;
    bool is_direct; /* sent to by the kernel: answers of its own are the kernel's, too */
    uint32_t used;  /* the higher, the later */
};

struct s5a_targets {
    struct s5a_sent_target list[S5A_TARGETS_MAX];
    uint32_t clock;
};

/* Notes that the program sends to `named`. */
const struct s5a_sent_target *s5a_targets_note(struct s5a_targets *targets,
                                               const struct s5a_named_target *named);
/* … directly, at `real`, where the name leads. */
void s5a_targets_note_direct(struct s5a_targets *targets, const union s5a_inet *given,
                             const struct s5a_address *real);
/* The one that a datagram from there answers; NULL: none. */
const struct s5a_sent_target *s5a_targets_find_direct(const struct s5a_targets *targets,
                                                      const struct s5a_address *from,
                                                      uint16_t port);
/* The one that a datagram of `from` answers, with what is learned by that in it; NULL: none, it is
 * nobody's but `from`'s. A name has the first unknown address of its port; of several
 * that have the same address it is the one used last. */
struct s5a_sent_target *s5a_targets_find(struct s5a_targets *targets,
                                         const struct s5a_address *from, uint16_t port);
/* The same for a proxy that answers from names. */
struct s5a_sent_target *s5a_targets_find_name(struct s5a_targets *targets, struct s5a_fakemap *map,
                                              const struct s5a_address *from, uint16_t port);
