/* Relays of the engine's own: where the program's socket cannot send to the proxy's relay itself, its
 * association has a socket of the engine's on loopback as its relay, and the engine moves datagrams
 * between that and wherever they go: a session's connection, which takes them in stream, in records or in
 * clear, or a socket that reaches the relay of a proxy; with the headers around them that a chain
 * wants (architecture, section 8; profile, section 6). To the program's side it is a relay like any other.
 *
 * All of it is under the lock but for a way that is not begun yet. */
#pragma once

#include <sys/epoll.h>

#include "client/session/wire.h"
#include "shim/datagrams/associations.h"
#include "shim/datagrams/layers.h"

/* What such a relay moves datagrams over. All descriptors are private, and -1 where there is none. */
struct s5a_local_way {
    int local;             /* reached by the program at `at` */
    union s5a_inet at;     /* on loopback */
    int outer;             /* connected to the relay of a proxy; none: in stream over controls[0] */
    struct s5a_wire *wire; /* … in its records; NULL: in clear */
    unsigned control_count; /* connections that the associations of the proxies live by */
    int controls[S5A_HOPS_MAX];
    struct s5a_layers layers;
};

void s5a_local_way_init(struct s5a_local_way *way);
/* Closes and wipes what it holds. */
void s5a_local_way_close(struct s5a_local_way *way);
/* Opens `local`, for the socket `fd` of the domain. 0 or -errno. Not under the lock. */
int s5a_local_way_open(struct s5a_local_way *way, int fd, sa_family_t domain);
/* Opens `outer`, to the relay. 0 or -errno. Not under the lock. */
int s5a_local_way_reach(struct s5a_local_way *way, const union s5a_inet *relay);

/* For the association of `fd`: from now on what comes to `local` goes by the way, and what comes by it
 * to the program. The first of the connections is the association's, all else is taken. The engine is
 * reserved. 0 or -errno; then nothing is taken. */
int s5a_local_relay_begin(const struct s5a_association *a, int fd, struct s5a_local_way *way);
/* The association is over: closes what was taken, wipes the keys. */
void s5a_local_relay_end(uint64_t cookie);
/* In the child of a fork. */
void s5a_local_relay_forget(void);

/* For the engine, as of associations in the making. */
unsigned s5a_local_relay_count(void);
void s5a_local_relay_handle(const struct epoll_event *event);
uint64_t s5a_local_relay_expire(uint64_t now);
