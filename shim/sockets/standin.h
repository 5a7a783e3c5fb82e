/* Stand-ins: where the program's socket cannot reach the proxy (an IPv4 socket and an IPv6 or Unix
 * proxy, an IPv6 one that is V6ONLY), a fresh socket of the right family connects in its place and
 * then takes over its number, with the options that the program has set. The program goes on to
 * see a socket of its own family (facade.h). */
#pragma once

#include "client/session/resolve.h"
#include "shim/sockets/peers.h"
#include "shim/sockets/sockets.h"

/* The address that a socket of `kind` behind `fd` connects to itself, IPv4 as v4-mapped on IPv6
 * sockets that allow it. False: only a stand-in can reach it. */
bool s5a_reaches(int fd, const struct s5a_socket_kind *kind, const struct s5a_sockaddr *proxy,
                 struct s5a_sockaddr *out);
/* A fresh stream socket for the proxy's family under a private number (shim/engine/private.h), not
 * blocking; or -errno. */
int s5a_standin_open(const struct s5a_sockaddr *proxy);
/* Gives the connected stand-in the options, flags and owner of `fd`; `peer` gets what its facade
 * must remember. 0 or -errno. */
int s5a_standin_dress(int fd, int standin, struct s5a_peer *peer);
