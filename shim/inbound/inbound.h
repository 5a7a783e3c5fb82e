/* Listeners of the program: which it may have, and who may connect to them (architecture, section 9). */
#pragma once

#include <sys/socket.h>

/* As the calls: a descriptor, 0 or -errno. TCP sockets are judged by [inbound]: what may not listen
 * is EACCES, with a line in the log. A connection that may not come in, to a listener that another
 * program has made, is reset and shows as one that its peer has given up (ECONNABORTED): so nobody
 * is told that it stands, and a program that goes on accepting does not meet it again. */
int s5a_listen(int fd, int backlog);
int s5a_accept(int fd, struct sockaddr *address, socklen_t *len, int flags);
/* As bind(). Where listeners are at a proxy, programs are told addresses of the proxy's as their own, and bind
 * sockets to them; an address that is not this machine's is then any. */
int s5a_bind(int fd, const struct sockaddr *address, socklen_t len);
