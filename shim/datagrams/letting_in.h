/* Whom a socket takes datagrams from, kept up to date in the kernel (filter.h). Each call changes
 * what is known of the socket and tells the kernel. */
#pragma once

#include "shim/datagrams/associations.h"

/* 0 or -errno; EBADF where the socket is another by now. */
int s5a_let_in_resolver(int fd, const struct s5a_association *a);
/* Whom the program has sent to directly. */
void s5a_let_in_direct(int fd, const struct s5a_association *a, const union s5a_inet *to);
/* The kernel's filter as the slot says; under the lock or not. Relays of other processes that have the
 * socket, and former ones, whose datagrams may wait in it, stay. */
int s5a_let_in(int fd, const struct s5a_association *a);
/* The same where another process has told the kernel at the same moment, and so has not let in ours. */
void s5a_let_in_still(int fd, const struct s5a_association *a);

enum s5a_sender { S5A_SENDER_FOREIGN, S5A_SENDER_WRAPPED, S5A_SENDER_DIRECT };

/* What a datagram of this source is to the socket: foreign, of a relay or the resolver, or as it
 * is. */
enum s5a_sender s5a_sender_of(int fd, const struct s5a_association *a, const union s5a_inet *from);
