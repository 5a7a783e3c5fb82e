/* connect() to Unix sockets that the configuration forwards to the proxy's side ([forward]; profile,
 * section 7). The program's socket is one to the proxy afterwards, and seems to be a Unix socket: its
 * peer has the name that was connected to, and nobody's credentials.
 *
 * The kernel connects a Unix socket at once or not at all. Here that takes round trips, so a socket that
 * does not block says EINPROGRESS, as one of TCP does, and goes on behind a gate (pending.h): what
 * programs use to connect without blocking knows that of TCP. Those that do not are helped by
 * "wait = yes" in [forward]: then the calling thread waits in any case. */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

#include "shim/sockets/peers.h"

/* Are there any, as far as is known? Loads no configuration. */
bool s5a_forward_any(void);
/* True where the address is a Unix one that is forwarded, and `fd` a Unix socket that waits for nothing:
 * `*result` is 0 or -errno then, -EPROTOTYPE of a socket that is no stream. */
bool s5a_forward_connect(int fd, const struct sockaddr *address, socklen_t len, int *result);
/* connect() of one that is connected: 0, once, where that was under way; -EISCONN; -EINVAL. */
int s5a_forward_again(int fd, struct s5a_peer *peer, const struct sockaddr *address);
/* A sending call that names an address: 0, or -EPROTOTYPE where that is forwarded, from a socket that
 * is no stream. */
int s5a_forward_permits(int fd, const struct sockaddr *address, socklen_t len);
/* May connect() put another description in the place of this one? Loads no configuration. */
bool s5a_forward_may_come(int fd);
/* A line in the log: descriptors were sent over it, and get lost. */
void s5a_forward_log_loss(const struct s5a_peer *peer);
/* Is the peer one of these? Then its name, as getpeername(). */
bool s5a_forward_is_peer(const struct s5a_peer *peer);
int s5a_forward_peername(const struct s5a_peer *peer, struct sockaddr *address, socklen_t *len);
/* The answers in place of a Unix socket. True where the option's is another than that of what serves. */
bool s5a_forward_getsockopt(int level, int name, void *value, socklen_t *len, int *result);
