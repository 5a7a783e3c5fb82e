/* How a socket shows that its connect() has failed. */
#pragma once

#include <stdbool.h>

/* Brings an unconnected, non-blocking TCP socket into the very state that a refused connect() leaves
 * it in: POLLIN, POLLOUT, POLLERR and POLLHUP, an error in SO_ERROR once, ECONNREFUSED from the
 * first read or write and no SIGPIPE. False where that cannot be had: the socket is as it was. */
bool s5a_park(int fd);
/* What a connect() leaves that was broken off: ECONNRESET in SO_ERROR, unless that is there. */
void s5a_park_reset(int fd);
