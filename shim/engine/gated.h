/* What a program does with a socket whose place a gate has taken: each call is answered as the
 * kernel does for a TCP socket in SYN_SENT, or for a connected one where the gate has stayed
 * (architecture, section 4). `peer` is the table's entry of `fd`, of kind GATE.
 * Results as of the calls, or -errno. */
#pragma once

#include <sys/socket.h>

#include "shim/sockets/peers.h"

/* The entry in `*peer` where `fd` is a gate. Costs a look at a counter where there are none. */
bool s5a_is_gated(int fd, struct s5a_peer *peer);

bool s5a_gated_is_connected(int fd, const struct s5a_peer *peer);
/* The status flags as the program has set them, of what `fd` is by now, a gate or not; and the
 * program sets those of a gate: -errno, or 0. */
int s5a_gated_flags(int fd);
int s5a_gated_set_flags(int fd, const struct s5a_peer *peer, int flags);
/* Another connect(): EALREADY, or waits as a blocking one; 0 once where it has been connected, then
 * EISCONN. -EAGAIN: there is no gate any more, look again. */
int s5a_gated_connect(int fd, const struct s5a_peer *peer);
/* connect() with AF_UNSPEC. */
int s5a_gated_disconnect(int fd, const struct s5a_peer *peer);
int s5a_gated_shutdown(int fd, const struct s5a_peer *peer, int how);
int s5a_gated_close(int fd, const struct s5a_peer *peer);

int s5a_gated_getsockname(int fd, const struct s5a_peer *peer, struct sockaddr *address,
                          socklen_t *len);
int s5a_gated_getsockopt(int fd, const struct s5a_peer *peer, int level, int name, void *value,
                         socklen_t *len);
int s5a_gated_setsockopt(int fd, const struct s5a_peer *peer, int level, int name,
                         const void *value, socklen_t len);
int s5a_gated_ioctl(int fd, const struct s5a_peer *peer, unsigned long request, void *argument);

/* Descriptors that a message hands to another process: what is a gate is shared from now on. */
void s5a_gated_passed(const struct msghdr *message);
