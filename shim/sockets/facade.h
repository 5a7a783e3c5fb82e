/* What a socket seems to be: whom it is connected to, and, where something else serves it - a
 * stand-in of another family, a gate - the answers of the TCP socket that the program made
 * (architecture, sections 4, 5). */
#pragma once

#include <sys/socket.h>

#include "shim/sockets/peers.h"

/* As the calls of the same names: 0 or -errno. Sockets that the shim did not connect, and options
 * that the kernel's socket answers rightly itself, are the kernel's. */
int s5a_getpeername(int fd, struct sockaddr *address, socklen_t *len);
int s5a_getsockname(int fd, struct sockaddr *address, socklen_t *len);
int s5a_getsockopt(int fd, int level, int name, void *value, socklen_t *len);
int s5a_setsockopt(int fd, int level, int name, const void *value, socklen_t len);

/* Has the program ever asked for TCP_FASTOPEN_CONNECT? */
bool s5a_facade_fast_open(void);
/* Is it a level of TCP sockets alone? */
bool s5a_is_transport_level(int level);
/* A local port for a socket that has none, of those that the kernel gives out. */
uint16_t s5a_facade_port(uint64_t cookie);
/* The answers in place of a socket of `peer->facade`'s family by `fd`, whatever that is. The last
 * may change `peer`: true, to be kept. */
int s5a_facade_local(int fd, const struct s5a_peer *peer, union s5a_inet *out);
int s5a_facade_sockname(int fd, const struct s5a_peer *peer, struct sockaddr *address,
                        socklen_t *len);
int s5a_facade_get(int fd, const struct s5a_peer *peer, int level, int name, void *value,
                   socklen_t *len);
int s5a_facade_set(int fd, struct s5a_peer *peer, int level, int name, const void *value,
                   socklen_t len, bool *is_changed);
