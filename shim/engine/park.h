/* How a socket shows that its connect() has failed. */
#pragma once

#include <stdbool.h>

/* `is_mapped`: an IPv6 socket that has been connected to an IPv4 address before. The kernel goes on to
 * send by IPv4 for it, whatever it is connected to, so its loopback is IPv4's. */

/* Brings an unconnected, non-blocking TCP socket into the very state that a refused connect() leaves
 * it in: POLLIN, POLLOUT, POLLERR and POLLHUP, an error in SO_ERROR once, ECONNREFUSED from the
 * first read or write and no SIGPIPE. False where that cannot be had: the socket is as it was. */
bool s5a_park(int fd, bool is_mapped);
/* What a connect() leaves that was broken off: ECONNRESET in SO_ERROR, unless that is there. */
void s5a_park_reset(int fd, bool is_mapped);
