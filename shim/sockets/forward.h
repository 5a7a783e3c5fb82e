/* connect() to Unix sockets that the configuration forwards to the proxy's side ([forward]; profile,
 * section 7). The program's socket is one to the proxy afterwards, and seems to be a Unix socket: its
 * peer has the name that was connected to, and nobody's credentials.
 *
 * The calling thread waits for the proxy, also where the socket does not block: connect() of a Unix
 * socket is never in progress. */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

#include "shim/sockets/peers.h"

/* True where the address is a Unix one that is forwarded, from a stream socket: `*result` is 0 or
 * -errno then. */
bool s5a_forward_connect(int fd, const struct sockaddr *address, socklen_t len, int *result);
/* Is the peer one of these? Then its name, as getpeername(). */
bool s5a_forward_is_peer(const struct s5a_peer *peer);
int s5a_forward_peername(const struct s5a_peer *peer, struct sockaddr *address, socklen_t *len);
/* The answers in place of a Unix socket. True where the option's is another than that of what serves. */
bool s5a_forward_getsockopt(int level, int name, void *value, socklen_t *len, int *result);
