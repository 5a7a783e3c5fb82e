/* Options of UDP_ASSOCIATE_EXT, in its request and its reply (profile, section 5, command 08). */
#pragma once

#include "protocol/bytes.h"
#include "protocol/status.h"

struct s5a_udp_options {
    uint8_t transport;     /* 0 datagrams, 1 in stream; above: the server answers 07 */
    uint16_t idle;         /* s */
    uint16_t max_datagram; /* bytes */
};

enum { S5A_UDP_OPTIONS_MAX = 65535 };

/* Transport 0, 60 s, 65507 bytes. */
struct s5a_udp_options s5a_udp_options_default(void);
/* OLEN and the TLVs; unknown types are ignored, absent ones have their defaults. Stream decoder. */
S5A_MUST_USE enum s5a_status s5a_udp_options_decode(struct s5a_reader *r,
                                                    struct s5a_udp_options *out);
void s5a_udp_options_encode(struct s5a_writer *w, const struct s5a_udp_options *options);
