/* Sockets of the shim's own on loopback, from which datagrams come to the program's: the kernel then
 * tells of them as of any. */
#pragma once

#include "shim/sockets/peers.h"

/* A private one, bound to an address of loopback, which it tells. -errno. */
int s5a_loopback_open(union s5a_inet *at);
/* Where `fd`, a UDP socket of the program, can be reached from this machine, in the family that it is
 * reached by; binds it as its first datagram would. 0 or -errno. */
int s5a_loopback_reach(int fd, sa_family_t domain, union s5a_inet *out);
