/* Making associations: UDP ASSOCIATE over a TCP connection of the shim's own, in the calling thread
 * where the socket blocks, else by the engine, while datagrams queue (architecture, section 8). */
#pragma once

#include <sys/epoll.h>

#include "shim/datagrams/route.h"

/* Sees to it that the association of the route's socket stands, and copies it into the route; `flags`
 * are the sending call's. 0; -EINPROGRESS: it is being made; -errno: it cannot be, with a line in the
 * log at the first time. */
int s5a_associate(int fd, struct s5a_datagram_route *route, int flags);
/* Keeps a datagram, header and all, until the association stands, when it is sent, or has failed,
 * when it is lost and the failure logged. 0; -ENOBUFS where too much waits; -EALREADY where nothing
 * is being made. */
int s5a_associate_queue(const struct s5a_association *a, const struct iovec *parts, size_t count);

/* ---- for the engine, under the lock ---- */

/* How many are being made, are minded (minding.h) or have a relay of the engine's (local_relay.h). */
unsigned s5a_associating_count(void);
/* Goes on with the one in the making that the event (S5A_WATCHED_ASSOCIATING) is about. */
void s5a_associating_handle(const struct epoll_event *event);
/* Goes on with those whose time has come; ms, when the next one's comes. */
uint64_t s5a_associating_expire(uint64_t now);
/* In the child of a fork: they are the parent's. */
void s5a_associating_forget(void);
