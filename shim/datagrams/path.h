/* By which way datagrams reach a proxy: in stream to the last proxy on the way that takes them so, or
 * to the relay of the first; and from there from relay to relay (architecture, section 8; profile, section 6). */
#pragma once

#include "client/config/config.h"

struct s5a_datagram_path {
    bool is_in_stream; /* to hops[0], over its session; else as datagrams to its relay */
    unsigned count;    /* associations, to be made in this order; 0: there is no way */
    const struct s5a_proxy *hops[S5A_HOPS_MAX];
};

/* Pure but for what is known of proxies. */
void s5a_datagram_path_choose(struct s5a_datagram_path *out, const struct s5a_config *config,
                              const struct s5a_proxy *proxy);
/* The first of the path takes nothing in stream: chooses another way, which it remembers for this
 * process. False: there is none. */
S5A_MUST_USE bool s5a_datagram_path_change(struct s5a_datagram_path *path,
                                           const struct s5a_config *config);
