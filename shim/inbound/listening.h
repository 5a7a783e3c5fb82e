/* listen() of a program whose listeners are at a proxy (binding.h), in the calling thread. */
#pragma once

#include "client/config/config.h"
#include "shim/sockets/peers.h"

/* As the call, for a TCP socket that is bound to no address of loopback, or not at all. Waits for the
 * proxy, connect_timeout at most, whether the socket blocks or not, since listen() never is in
 * progress. Handlers run meanwhile. 0, or -errno as of a connect(), with a line in the log. */
int s5a_bound_listen(int fd, int backlog, const struct s5a_config *config);
/* Some programs tell others the address of a socket that they have bound, and only then listen (FTP):
 * so getsockname() of one asks the proxy already, and waits the same way. False: it is none of
 * those, or the proxy would not; listen() tells why. */
bool s5a_bound_find_name(int fd, const union s5a_inet *real, union s5a_inet *out);
/* Of a descriptor that may be about to end one: its socket's cookie; 0: there is none in this process … */
uint64_t s5a_bound_cookie(int fd);
/* … and once it is closed. (What else ends one the engine sees within a second.) */
void s5a_bound_closed(uint64_t cookie);
