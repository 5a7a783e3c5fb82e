/* What a socket that sends through the proxy lets in, said to the kernel: readiness is then true,
 * and strangers cannot fill its buffer (architecture, section 8). A classic BPF program on the
 * program's own socket; the receiving calls look again, since the program may replace it. */
#pragma once

#include <linux/filter.h>

#include "shim/datagrams/associations.h"

enum {
    S5A_FILTER_MAX = 384,
    S5A_FILTER_RELAYS = 4, /* the oldest is forgotten */
};

/* Who may send: relays, the resolver of our own, and, where the socket is not connected, this
 * machine and whom the program has sent to directly. */
struct s5a_filter_sources {
    const union s5a_inet *relays; /* at most S5A_FILTER_RELAYS */
    size_t relay_count;
    const union s5a_inet *resolver; /* NULL: none; by its port, from this machine */
    const struct s5a_target *peer;  /* NULL: not connected */
    const union s5a_inet *direct;
    size_t direct_count;
};

/* Its length; at most S5A_FILTER_MAX. Pure. */
size_t s5a_filter_compile(const struct s5a_filter_sources *sources,
                          struct sock_filter out[static S5A_FILTER_MAX]);
/* The relays that the socket's filter lets in, by whichever process that has the socket; 0 where it has
 * none, or one of the program's own. `is_ours` (or NULL): it has one of these. Preserves errno. */
size_t s5a_filter_relays(int fd, union s5a_inet out[static S5A_FILTER_RELAYS], bool *is_ours);
/* 0 or -errno. */
int s5a_filter_attach(int fd, const struct s5a_filter_sources *sources);
void s5a_filter_detach(int fd);
