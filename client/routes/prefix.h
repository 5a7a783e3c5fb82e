/* Ranges of addresses (CIDR). */
#pragma once

#include "protocol/address.h"
#include "protocol/status.h"

/* Host bits are zero. Ranges inside ::ffff:0:0/96 are kept as ranges of IPv4. */
struct s5a_prefix {
    struct s5a_address address; /* IPV4 or IPV6 */
    unsigned bits;
};

/* "192.0.2.0/24", "2001:db8::/32"; one address without "/BITS". Host bits are cleared. MALFORMED
 * for all else. */
S5A_MUST_USE enum s5a_status s5a_prefix_parse(struct s5a_prefix *out, struct s5a_span text);
/* True for addresses in the range; v4-mapped IPv6 counts as IPv4, and nothing else is in any. */
bool s5a_prefix_contains(const struct s5a_prefix *prefix, const struct s5a_address *address);
/* The IPv4 address that a v4-mapped one stands for; other addresses as they are. */
struct s5a_address s5a_address_unmapped(const struct s5a_address *address);
