/* Names that are direct, for datagrams: each goes where the name leads, so that is kept for a while
 * (architecture, section 7). */
#pragma once

#include "shim/sockets/sockets.h"
#include "shim/sockets/target.h"

/* Where the system's resolver says that the name is, for a socket of the kind behind `fd`, with the
 * target's port. Blocks on the resolver where that is not known: it is kept for a minute, and that there
 * is nothing for some seconds. 0 or -EHOSTUNREACH. Not under the lock. */
S5A_MUST_USE int s5a_direct_name_find(int fd, const struct s5a_socket_kind *kind,
                                      const struct s5a_named_target *named, union s5a_inet *out);
