/* Where a client comes from, as far as limits are concerned. */
#pragma once

#include "protocol/bytes.h"

enum { S5AD_SOURCE_ID_CAP = 9 };

/* What connections of one machine have in common: an IPv4 address, the first 64 bits of an IPv6
 * address, the user at the other end of a Unix socket. A view into `out`. */
struct s5a_span s5ad_source_id(int fd, uint8_t out[static S5AD_SOURCE_ID_CAP]);
