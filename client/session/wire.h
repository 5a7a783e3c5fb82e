/* What lies between a session's stream and its connection under method 81: records (profile, section
 * 4), and what is left of a session once it is open: the state of both directions, for whoever goes
 * on with the stream. */
#pragma once

#include "protocol/buffer.h"
#include "protocol/status.h"
#include "protocol/tol/link.h"

enum { S5A_WIRE_OUT_CAP = 16384 };

/* Some 50 KiB of mapped memory, a few pages of it touched (client/login/exchange.h says why it is
 * mapped). Secret. Who has taken it from an open session (session.h, chain.h) moves `link` out of it
 * by s5a_tol_link_move, gives `early` to the program first, and frees it: no byte behind that record
 * was read. In the child of a fork: free it and nothing else. */
struct s5a_wire {
    struct s5a_tol_link link;
    struct s5a_wire *below; /* owned: in whose records these go (wires.h); NULL: by a connection */
    size_t missing;         /* of the record that has begun to come */
    struct s5a_buffer in, out; /* records not whole yet; records to be sent */
    struct s5a_buffer early;   /* the payload that stood behind the reply in its record */
    uint8_t out_storage[S5A_WIRE_OUT_CAP];
    uint8_t in_storage[S5A_TOL_RECORD_MAX];
    uint8_t early_storage[S5A_TOL_PAYLOAD_MAX];
};

/* Under the hello keys. NULL where memory or random bytes cannot be had. `network`: NULL for none;
 * `greeting` all its bytes. */
struct s5a_wire *s5a_wire_new(const struct s5a_key *network, struct s5a_span greeting,
                              const struct s5a_tol_shape *shape);
/* Wipes and unmaps it and those below; NULL is fine. */
void s5a_wire_free(struct s5a_wire *wire);
/* Puts stream bytes into records of their own, into `out`. TOO_LONG where they do not fit. */
S5A_MUST_USE enum s5a_status s5a_wire_encode(struct s5a_wire *wire, struct s5a_span bytes);
/* How many more bytes surely belong to the record that is being received: at least 1. */
size_t s5a_wire_missing(const struct s5a_wire *wire);
/* Takes at most s5a_wire_missing off `*bytes`, and appends the payload of a record that is whole then to
 * `stream`: OK, also where it is not. BAD_RECORD; PROXY_CLOSED for the end record; MALFORMED where
 * `stream` is full. */
S5A_MUST_USE enum s5a_status s5a_wire_take(struct s5a_wire *wire, struct s5a_span *bytes,
                                           struct s5a_buffer *stream);
