/* How large a datagram may be that is not to be fragmented, as the program counts it: the header that
 * it does not know of takes its share of the path to the relay, and is told by no kernel. */
#pragma once

#include "shim/datagrams/associations.h"

/* IP_MTU and IPV6_MTU of a socket that the program has connected; true where it is answered here. */
bool s5a_datagram_mtu(int fd, int level, int name, void *value, socklen_t *len, int *result);
/* In the control messages of an error (MSG_ERRQUEUE): what it says of the path's MTU. */
void s5a_datagram_correct_mtu(const struct s5a_association *a, struct msghdr *message);
/* Where an IPv6 socket sends to a relay of IPv4: what it asks of its paths holds for that one, too. */
void s5a_datagram_follow_options(int fd, const struct s5a_association *a);
/* What the program's socket asks, of `other`, which sends its datagrams in its place. */
void s5a_datagram_hand_on_discovery(int fd, sa_family_t domain, int other, sa_family_t family);
/* Is it one of those options? */
bool s5a_datagram_is_followed(int level, int name);
