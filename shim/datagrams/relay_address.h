/* Where a relay is, by the reply to an UDP ASSOCIATE. */
#pragma once

#include "client/config/config.h"
#include "client/session/ask.h"
#include "shim/sockets/peers.h"

/* The relay of `proxy`, as this machine reaches it; `control` is the connection of the association.
 * The proxy's own address stands for one that is unspecified, loopback, of a private network where
 * the proxy is not, or configured not to matter; and for a name, unless the proxy was configured by
 * name: then that of the relay is looked up as the proxy's was, which may block. 0, or -EPROTO with a
 * line in the log where no place is said. */
S5A_MUST_USE int s5a_relay_find(const struct s5a_config *config, const struct s5a_proxy *proxy,
                                int control, const struct s5a_answers *answers,
                                union s5a_inet *out);
/* The same, as the proxy before it on the way reaches it: an IP or a name, which is borrowed. */
S5A_MUST_USE int s5a_relay_name(const struct s5a_config *config, const struct s5a_proxy *proxy,
                                const struct s5a_answers *answers, struct s5a_target *out);
/* As the socket `fd` knows it. False where it cannot reach it: by its family, or since it is bound to
 * another address than `control` is; relays take datagrams from that one alone (RFC 1928, section 7). */
S5A_MUST_USE bool s5a_relay_is_reached(int fd, int control, const union s5a_inet *relay,
                                       union s5a_inet *out);
