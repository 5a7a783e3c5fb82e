/* Source routes (RFC 791, 3.1; RFC 8200, 4.4): packets would go to addresses of the program's choice on
 * their way, and these are not the proxy. No program that is run here needs them, so they are denied. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

/* Would an option or a control message of this level and name, with `len` bytes, set one? IPv4's options
 * as a whole are taken for that. */
static inline bool s5a_is_detour(int level, int name, size_t len)
{
    bool is_v4 = level == IPPROTO_IP && (name == IP_OPTIONS || name == IP_RETOPTS);
    bool is_v6 = level == IPPROTO_IPV6 &&
                 (name == IPV6_RTHDR || name == IPV6_2292RTHDR || name == IPV6_2292PKTOPTIONS);
    return (is_v4 || is_v6) && len != 0;
}
