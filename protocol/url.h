/* URLs of address type 07 (profile, section 7; RFC 3986, sections 2 and 3). */
#pragma once

#include <stdint.h>

#include "protocol/address.h"

struct s5a_url {
    struct s5a_span scheme;
    struct s5a_address host; /* NAME, IPV4 or IPV6; a view into the URL */
    uint16_t port;           /* the URL's, else the scheme's; never 0 */
};

/* Checks a whole URL of 1–4096 bytes and takes it apart. MALFORMED for everything that section 7
 * calls so: another scheme, user info, "%" in the host, port 0, bytes that RFC 3986 forbids. */
S5A_MUST_USE enum s5a_status s5a_url_parse(struct s5a_url *out, struct s5a_span text);
