/* UDP datagrams and their in-stream framing (profile, section 6; RFC 1928, section 7). */
#pragma once

#include "protocol/address.h"

enum { S5A_UDP_HEADER_MAX = 3 + 1 + 1 + 255 + 2 };

struct s5a_udp {
    uint8_t frag; /* not 0: the receiver drops it */
    struct s5a_address address;
    uint16_t port;
    struct s5a_span data; /* view into the datagram */
};

/* A whole datagram: MALFORMED, or UNSUPPORTED_ADDRESS; never INCOMPLETE. */
S5A_MUST_USE enum s5a_status s5a_udp_decode(struct s5a_span datagram, struct s5a_udp *out);
/* Writes the header; the data follow. */
void s5a_udp_header_encode(struct s5a_writer *w, const struct s5a_address *address, uint16_t port);
/* How long it is; 0 of a type that it cannot have. */
size_t s5a_udp_header_len(const struct s5a_address *address);
/* Stream decoder of one in-stream message; `*message` is a view, what s5a_udp_decode takes. */
S5A_MUST_USE enum s5a_status s5a_udp_stream_decode(struct s5a_reader *r, struct s5a_span *message);
