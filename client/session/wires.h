/* Sessions over sessions: the stream of one goes in the records of those that its connection leads
 * through, and in those of the nearest proxy last (architecture, section 3).
 *
 * Wires of open sessions (wire.h), each owned by the one above it. `top` is the one next to the stream,
 * the lowest is the nearest proxy's. What has been opened and not been taken waits in each one's
 * `early`, which is how they are handed on. Nothing is delayed: this is for handshakes (profile, section
 * 4.2), and for short exchanges like them. */
#pragma once

#include "client/session/wire.h"

/* Puts bytes of the stream into records of all: how many there was room for; the rest is put again
 * after s5a_wires_sent. */
size_t s5a_wires_put(struct s5a_wire *top, struct s5a_span bytes);
/* What is to be sent now by the connection; empty: nothing. Valid until the next call. */
struct s5a_span s5a_wires_output(const struct s5a_wire *top);
void s5a_wires_sent(struct s5a_wire *top, size_t len);

/* How many bytes may be read from the connection: all of them belong to one record. At least 1. */
size_t s5a_wires_want(const struct s5a_wire *top);
/* Takes at most s5a_wires_want bytes. As s5a_wire_take: what is not OK is the end of the stream. */
S5A_MUST_USE enum s5a_status s5a_wires_feed(struct s5a_wire *top, struct s5a_span bytes);
/* Opens as much as is needed of what has been fed, and shows the bytes of the stream that are there;
 * empty: more is to be fed. Valid until the next call. */
S5A_MUST_USE enum s5a_status s5a_wires_come(struct s5a_wire *top, struct s5a_span *come);
void s5a_wires_took(struct s5a_wire *top, size_t len);
