/* One end of a connection of method 81: the record state of both directions, from the selection
 * `05 81` to the end records (profile, sections 4.3 and 4.4), and how this end shapes what it sends.
 *
 *   init                 both directions under the hello keys
 *   encode, open         EAF bytes in records; one record is opened at a time, its payload taken
 *                        before the next, since the keys may change between them
 *   agree                once a result is final and its T_f is at hand, before anything is added to
 *                        the transcript: the client when it is ACCEPTED, the server when it accepts
 *   switch_out           the client: once its last EAF message (the confirmation, if one is due) is
 *                        encoded; the server: once its final result is
 *   switch_in            the client: with agree; the server: once the message that makes it DONE
 *                        was taken from its record (the confirmation), or with agree
 *   encode, open         requests and replies; then the relay's outlet and inlet (outlet.h, inlet.h)
 *
 * A record of the EAF exchange holds bytes of one message alone: bytes that are left of a payload
 * once a message is whole are malformed, whatever they are. A FIN is a proper end before the switch. */
#pragma once

#include "protocol/crypto/random.h"
#include "protocol/tol/record.h"
#include "protocol/tol/shape.h"

enum s5a_tol_role { S5A_TOL_CLIENT, S5A_TOL_SERVER };

/* Under 2 KiB. Secret: wipe it when done, and in the child of a fork. Moved by s5a_tol_link_move
 * alone. Read as you like. */
struct s5a_tol_link {
    enum s5a_tol_role role;
    bool agreed, is_sealed;
    bool in_switched, out_switched;
    struct s5a_tol_direction in, out;
    struct s5a_tol_keys next_in, next_out; /* agreed, not switched to yet */
    struct s5a_random random;
    struct s5a_tol_shape shape;
    uint64_t received; /* records opened after the switch */
    bool told;         /* `delay` is MIN, MAX, MODE that came last */
    struct s5a_tol_delay delay;
};

/* `network`: NULL for none. `greeting`: all its bytes. `seed`: 32 fresh random bytes, wiped in the
 * caller's place. `shape` holds for what this end sends; NULL: type 00. It is copied, and may be
 * replaced in `link->shape` until an outlet is started. Call sodium_init before, for the fast
 * ciphers. */
void s5a_tol_link_init(struct s5a_tol_link *link, enum s5a_tol_role role,
                       const struct s5a_key *network, struct s5a_span greeting,
                       struct s5a_key *seed, const struct s5a_tol_shape *shape);
void s5a_tol_link_wipe(struct s5a_tol_link *link);
/* `from` is wiped. */
void s5a_tol_link_move(struct s5a_tol_link *to, struct s5a_tol_link *from);

/* Keys of the session: CK_2 and T_f of the EAF channel. Once; later calls do nothing. */
void s5a_tol_link_agree(struct s5a_tol_link *link, const struct s5a_key *ck2,
                        const struct s5a_digest *t, bool sealed);
/* From the next record on. Once each; before agree the direction is broken. */
void s5a_tol_link_switch_in(struct s5a_tol_link *link);
void s5a_tol_link_switch_out(struct s5a_tol_link *link);

/* The most that encode makes of `len` bytes. */
size_t s5a_tol_link_encoded_max(const struct s5a_tol_link *link, size_t len);
/* Appends handshake bytes (EAF messages, requests, replies), at once and in as few records as they
 * fit in, padded as the type of the shape wants: up to 255 bytes before the switch, with dummies
 * behind it after. Nothing is delayed (profile, section 4.2). The writer goes bad, and the connection
 * is lost, where they do not fit. */
void s5a_tol_link_encode(struct s5a_tol_link *link, struct s5a_writer *w, struct s5a_span bytes);
/* Appends the end record; half-close behind it. Before the switch there is none: nothing happens. */
void s5a_tol_link_end(struct s5a_tol_link *link, struct s5a_writer *w);
/* s5a_tol_open (record.h) of what comes in. */
S5A_MUST_USE enum s5a_tol_result s5a_tol_link_open(struct s5a_tol_link *link, uint8_t *bytes,
                                                   size_t len, struct s5a_tol_record *out);
