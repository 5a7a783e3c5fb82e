/* Associations in stream, under method 81: the relay of such a socket is a socket of the engine's own
 * on loopback, and the engine moves datagrams between it and the records of the connection
 * (architecture, section 8; profile, section 6). To the program's side it is a relay like any other.
 *
 * All of it is under the lock. */
#pragma once

#include <sys/epoll.h>

#include "client/session/wire.h"
#include "shim/datagrams/associations.h"

/* For the association of `fd`: from now on what comes to `local`, a private socket of
 * s5a_loopback_open that is reached at `relay`, goes to the proxy by `control`, which stays the
 * association's. Takes the wire. The engine is reserved. 0 or -errno; then nothing is owned. */
int s5a_local_relay_begin(const struct s5a_association *a, int fd, int local, int control,
                          struct s5a_wire *wire);
/* The association is over: closes `local`, wipes the keys; not `control`. */
void s5a_local_relay_end(uint64_t cookie);
/* In the child of a fork. */
void s5a_local_relay_forget(void);

/* For the engine, as of associations in the making. */
unsigned s5a_local_relay_count(void);
void s5a_local_relay_handle(const struct epoll_event *event);
uint64_t s5a_local_relay_expire(uint64_t now);
/* Of their events: bits of the upper half of `data`. */
enum { S5A_LOCAL_RELAY_TAG = 3u << 30 };
