/* Errors that the kernel keeps for a program (MSG_ERRQUEUE), where they are about datagrams that went
 * with a header to a relay: the program is to see whom it has sent to, and nothing of the proxy. */
#pragma once

#include "shim/datagrams/associations.h"

/* Is an error about such a datagram? `to`: where the kernel says that it went; of errors of its own it may
 * not know the port. */
bool s5a_error_is_of_relay(int fd, const struct s5a_association *a, const union s5a_inet *to);
/* Is it what the kernel says of an error (struct sock_extended_err, then who has raised it)? */
bool s5a_error_is_told(const struct cmsghdr *control);
/* Takes out who has raised it: a host on the way to the proxy. The error stays what it is. */
void s5a_error_conceal(struct msghdr *message);
