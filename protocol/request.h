/* Requests (profile, section 5; RFC 1928, section 4). */
#pragma once

#include <stdbool.h>

#include "protocol/address.h"
#include "protocol/udp_options.h"

enum s5a_command {
    S5A_CMD_CONNECT = 0x01,
    S5A_CMD_BIND = 0x02,
    S5A_CMD_UDP_ASSOCIATE = 0x03,
    S5A_CMD_KEEP_ALIVE = 0x04,
    S5A_CMD_DNS_RESOLVE = 0x05,
    S5A_CMD_POOL_NEW = 0x06,
    S5A_CMD_POOL_GET = 0x07,
    S5A_CMD_UDP_ASSOCIATE_EXT = 0x08,
    S5A_CMD_TOR_RESOLVE = 0xf0, /* Tor's own, for its clients: a name, answered with an address */
    S5A_CMD_TOR_RESOLVE_PTR = 0xf1, /* an address, answered with a name */
};

/* What both sides negotiated (profile, 2.1): bits 9 and 10. Under 00 and 02 neither. */
struct s5a_request_rules {
    bool extended_commands;
    bool extended_addresses;
};

struct s5a_request {
    uint8_t command;
    struct s5a_address address; /* texts are views into the input */
    uint16_t port;
    struct s5a_udp_options options; /* command 08; else the defaults */
};

enum { S5A_REQUEST_MAX = 3 + S5A_ADDRESS_MAX + 2 + 2 + S5A_UDP_OPTIONS_MAX };

/* Stream decoder: the reader moves only on OK. INCOMPLETE, MALFORMED (VER, address, options),
 * UNSUPPORTED_COMMAND, UNSUPPORTED_ADDRESS; the command is known in `out` in the last case. */
S5A_MUST_USE enum s5a_status
s5a_request_decode(struct s5a_reader *r, struct s5a_request_rules rules, struct s5a_request *out);
void s5a_request_encode(struct s5a_writer *w, const struct s5a_request *request);
