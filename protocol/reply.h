/* Replies, with the error details of REP 09 and above (profile, sections 5 and 8). */
#pragma once

#include <stdbool.h>

#include "protocol/address.h"
#include "protocol/rep.h"
#include "protocol/udp_options.h"

/* What the reply answers decides how it is read. */
struct s5a_reply_rules {
    uint8_t command; /* enum s5a_command of the request */
    bool eaf;        /* session of methods 80–82: REP >= 09 with ATYP 01 carries details */
};

struct s5a_reply {
    uint8_t rep;
    struct s5a_address address; /* zeros where details stand in its place */
    uint16_t port;
    bool detailed; /* `code` and `message` are there */
    uint16_t code;
    struct s5a_span message;        /* UTF-8, view into the input; escape before showing it */
    struct s5a_udp_options options; /* granted, command 08 with REP 00 */
};

enum {
    /* A reply without details or options: head, name of 255 bytes, port. */
    S5A_REPLY_PLAIN_MAX = 3 + 2 + 255 + 2,
    S5A_REPLY_MESSAGE_MAX = 512,
    S5A_REPLY_DETAILED_MAX = 4 + 2 + 2 + S5A_REPLY_MESSAGE_MAX + 2,
};

/* Stream decoder: the reader moves only on OK. INCOMPLETE, MALFORMED, UNSUPPORTED_ADDRESS (an ATYP
 * that replies do not have; its end is unknowable). The address is read as the type it says. */
S5A_MUST_USE enum s5a_status s5a_reply_decode(struct s5a_reader *r, struct s5a_reply_rules rules,
                                              struct s5a_reply *out);
/* How many more bytes surely belong to this reply, given those that are there: at least 1 while it
 * is incomplete, 0 once it is whole or s5a_reply_decode calls it wrong. A client that reads no more than this
 * never takes a byte of what the target sent early. */
S5A_MUST_USE size_t s5a_reply_missing(struct s5a_span have, struct s5a_reply_rules rules);
/* Writes a reply: details where `detailed` (the caller has checked bit 11), else address and port,
 * which are zeros where `rules` would make a reader see details there; options where they belong.
 * The writer goes bad for details without `eaf`, below REP 09, too long or not UTF-8, and for an
 * address that replies do not have. */
void s5a_reply_encode(struct s5a_writer *w, struct s5a_reply_rules rules,
                      const struct s5a_reply *reply);
/* Reply without details: REP and an address of zeros (BND 0.0.0.0:0). */
void s5a_reply_encode_plain(struct s5a_writer *w, uint8_t rep);
