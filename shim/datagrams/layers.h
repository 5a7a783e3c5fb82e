/* Headers around a datagram's own, where it goes through the relays of several proxies one behind the
 * other: each takes off its header, which names the relay of the next, and an answer comes with as
 * many (profile, section 6; RFC 1928, section 7). Pure. */
#pragma once

#include "client/routes/proxy.h"
#include "protocol/udp.h"

enum {
    S5A_LAYERS_MAX = S5A_HOPS_MAX - 1,
    S5A_LAYERS_LEN_MAX = S5A_LAYERS_MAX * S5A_UDP_HEADER_MAX,
};

struct s5a_layers {
    unsigned count;
    struct s5a_layer {
        struct s5a_address relay; /* NONE: of a name, before it has answered */
        bool is_name;
        uint16_t port;
    } list[S5A_LAYERS_MAX]; /* the outermost first */
    size_t len;             /* of `bytes`: what stands before a datagram */
    uint8_t bytes[S5A_LAYERS_LEN_MAX];
};

/* Inside of those that there are: the relay of the next proxy, as the proxy before it reaches it, by
 * IP or name. False where it cannot be named, or they are too many. */
S5A_MUST_USE bool s5a_layers_add(struct s5a_layers *layers, const struct s5a_address *relay,
                                 uint16_t port);
/* Takes them off a datagram that came. False: it is none of the innermost relay's, or a fragment. A
 * relay that was named by a name is known by its address from its first answer on. */
S5A_MUST_USE bool s5a_layers_strip(struct s5a_layers *layers, struct s5a_span *datagram);
