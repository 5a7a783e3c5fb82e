/* How the program's sockets look from outside: the addresses that a proxy tells of its side (BND;
 * profile, section 5), in the family that the program made its socket with. */
#pragma once

#include "shim/sockets/attempt.h"

/* False where that family cannot show the address. IPv4 is v4-mapped in IPv6. A proxy that tells
 * nothing or a name is taken to mean its own address: by which `a` has reached it, or behind others the one that is
 * configured, if that is no name. */
bool s5a_outside(const struct s5a_target *bound, const struct s5a_attempt *a, int domain,
                 union s5a_inet *out);
/* Of a connection that stands, where programs listen at proxies and so tell others this address
 * (FTP's PORT): the proxy's outgoing one. False where it is not wanted, or not told. */
bool s5a_outside_of(const struct s5a_attempt *a, union s5a_inet *out);
