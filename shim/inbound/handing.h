/* Handing a connection over to a program that listens by a Unix socket: the descriptor travels in a
 * message, with both addresses, over a connection to that socket. Whichever process or thread of the
 * program accepts that finds all of it there.
 *
 * Names of abstract sockets are there for every user of the machine to see and to take; so both
 * sides look whose the other is: this user's, or root's. */
#pragma once

#include <sys/un.h>

#include "shim/sockets/peers.h"

struct s5a_handed {
    union s5a_inet peer;  /* who has come … */
    union s5a_inet local; /* … and to where, as the program's socket knows it */
    bool is_pair;         /* which tells itself what it stands for (shim/engine/told.h) */
};

/* A socket that listens under a name that nobody can guess; its number, and the name. -errno. */
int s5a_handing_listen(int backlog, struct sockaddr_un *name, socklen_t *len);
/* Does somebody still listen under that name? Makes no connection. */
bool s5a_handing_is_heard(const struct sockaddr_un *name, socklen_t len);
/* Connects and sends it. A private number of our end, which hangs up once the message was taken or
 * thrown away; -EAGAIN where the queue is full, -ECONNREFUSED where nobody listens, or somebody
 * else does; -EMFILE and the like. Not under the lock. */
int s5a_handing_send(const struct sockaddr_un *name, socklen_t len, const struct s5a_handed *handed,
                     int fd);
/* What has come with an accepted connection: the descriptor, CLOEXEC; -EMFILE where there is no number for
 * it, and it is lost; another -errno where that is no such one. Waits for it for a short time at most. */
int s5a_handing_take(int come, struct s5a_handed *handed);
