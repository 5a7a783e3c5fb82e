/* Where a relay is, for the program's socket. */
#pragma once

#include "client/session/ask.h"
#include "shim/sockets/peers.h"

/* From the reply to UDP ASSOCIATE over `control`: an unspecified address, or one of the proxy's own
 * loopback, stands for the proxy's. 0, or -errno with a line in the log: EPROTO where no place is
 * said, EADDRNOTAVAIL where sockets like `fd` cannot send there. */
int s5a_relay_address(int fd, int control, const struct s5a_answers *answers, union s5a_inet *out);
