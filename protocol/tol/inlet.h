/* The receiving half of a relay over TOL, without I/O: records in, plain bytes out.
 *
 *   lend a buffer where has_buffer is false and the socket is readable
 *   room -> read into it -> took             as long as room gives any: back-pressure
 *   fin, or reset                            what the socket ended with
 *   payload -> write (writev) -> gave        while payload gives any
 *   reclaim the buffer                       where it gives it back: an idle relay needs none
 *   state                                    when payload gives nothing
 *
 * Records are opened when payload asks for them, in place. What was whole before a bad record or a
 * cut is given first. */
#pragma once

#include <sys/uio.h>

#include "protocol/tol/link.h"

enum {
    S5A_TOL_IN_CAP = 64 * 1024 + S5A_TOL_RECORD_MAX, /* of a buffer to lend */
    S5A_TOL_IN_SPANS = 16,
};

enum s5a_tol_inlet_state {
    S5A_TOL_INLET_OPEN,
    S5A_TOL_INLET_ENDED, /* end record: shut down the plain side's writing */
    S5A_TOL_INLET_CUT,   /* FIN or reset without it: ECONNRESET to the plain side */
    S5A_TOL_INLET_BAD,   /* a record was not what the other side sealed: close without a byte */
};

/* About 200 bytes. Fields are its own. It keeps a pointer to the link, which its owner may set anew
 * where the link moves. */
struct s5a_tol_inlet {
    struct s5a_tol_link *link;
    uint8_t *buffer;   /* lent; NULL: none */
    uint32_t from, to; /* wire bytes not opened yet */
    uint8_t first, count;
    struct s5a_tol_in_span {
        uint32_t at, len;
    } spans[S5A_TOL_IN_SPANS]; /* opened, not given yet */
    bool fin, bad, ended;
    bool stalled; /* no more of it is whole */
};

/* The link has switched its incoming direction. */
void s5a_tol_inlet_init(struct s5a_tol_inlet *i, struct s5a_tol_link *link);
bool s5a_tol_inlet_has_buffer(const struct s5a_tol_inlet *i);
/* S5A_TOL_IN_CAP bytes. */
void s5a_tol_inlet_lend(struct s5a_tol_inlet *i, uint8_t *buffer);
/* The buffer where nothing is in it; NULL otherwise. `force`: in any case, what it holds is lost.
 * It has held plain bytes: wipe it before others see it. */
uint8_t *s5a_tol_inlet_reclaim(struct s5a_tol_inlet *i, bool force);

/* What a session has left over: payload behind the reply, opened already, then wire bytes behind its
 * record, of which s5a_tol_link_open may have been given the beginning. Once, with a buffer lent,
 * before anything else. False where both together do not fit. */
S5A_MUST_USE bool s5a_tol_inlet_prime(struct s5a_tol_inlet *i, struct s5a_span payload,
                                      struct s5a_span wire);

/* Where wire bytes may be read to, NULL and 0: no reading now. */
uint8_t *s5a_tol_inlet_room(struct s5a_tol_inlet *i, size_t *len);
void s5a_tol_inlet_took(struct s5a_tol_inlet *i, size_t len);
/* End of file, or any error, on the socket. */
void s5a_tol_inlet_fin(struct s5a_tol_inlet *i);

/* Opens records, and gives plain bytes to be written: at most `max` pieces in their order; 0: none
 * now. */
int s5a_tol_inlet_payload(struct s5a_tol_inlet *i, struct iovec *iov, int max);
void s5a_tol_inlet_gave(struct s5a_tol_inlet *i, size_t len);
/* Bytes that were read and are not given yet, in any form. */
size_t s5a_tol_inlet_pending(const struct s5a_tol_inlet *i);
/* OPEN as long as payload has anything to give. */
enum s5a_tol_inlet_state s5a_tol_inlet_state(const struct s5a_tol_inlet *i);
