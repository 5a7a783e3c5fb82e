/* Pairs in the place of TCP sockets (shim/engine/gate.h) that another process looks after, and that have come
 * to this one in whatever way: each tells itself what it stands for (shim/engine/told.h). */
#pragma once

#include "shim/sockets/peers.h"

/* Is `fd`, of which the table says nothing, one that stands for a connection? Then it is in the table
 * from now on, as a connected stand-in, and in `*out`. Some system calls, so ask only where the kernel's
 * own answer is not that of a TCP socket. Preserves errno. */
bool s5a_foreign_find(int fd, struct s5a_peer *out);
/* The entry in the table, or that. */
bool s5a_peers_find_any(int fd, struct s5a_peer *out);
