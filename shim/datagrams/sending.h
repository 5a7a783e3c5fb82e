/* Datagrams of the program, with a header before them, to the relay (architecture, section 8). */
#pragma once

#include "shim/datagrams/route.h"

/* Sends as sendmsg() does, by a route that is not the kernel's; the message's address is not looked
 * at. The length of the program's bytes, or -errno: EACCES and the like where the proxy grants no
 * association, ENOBUFS where too much waits for one. A blocking socket waits for its association,
 * another's datagrams wait in a queue. */
ssize_t s5a_datagram_send(int fd, const struct msghdr *message, int flags,
                          struct s5a_datagram_route *route);
