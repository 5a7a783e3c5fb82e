/* A TCP socket of the program's, connected to one of the shim's own on loopback: what the shim serves itself is
 * then a connection of the kernel's to every call of the program's, in whatever process. */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

/* The shim's end, a private number that does not block; `*result` is what the program's connect() gives: 0 or
 * -EINPROGRESS. -errno with the program's socket, which must not be connected yet, as before: there is no
 * loopback of its family, its device or address does not lead there. `domain` is the socket's,
 * `is_mapped`: IPv6 that is to be IPv4 where either would do. Within a shield (lock.h), without the lock.
 *
 * There is a listener on loopback while this lasts; who else connects to it is sent away. */
int s5a_joined_connect(int fd, sa_family_t domain, bool is_mapped, int *result);
