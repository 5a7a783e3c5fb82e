/* The sending half of a relay over TOL, without I/O: plain bytes in, shaped records out.
 *
 *   lend a buffer where has_buffer is false and there is something to do: bytes to read, an end, or
 *        a deadline that has come
 *   room -> read into it (readv) -> took        as long as room gives any: back-pressure
 *   eof                                         no more bytes: the end record will follow
 *   output -> write (writev) -> sent            while output gives any; wait for the socket, not for
 *                                               deadline, where it takes no more
 *   at deadline: output again
 *   reclaim the buffer                          where it gives it back: an idle relay needs none
 *   done: shut the socket down for writing
 *
 * Times are ms of a monotonic clock. Nothing is copied: payloads are read into their records. */
#pragma once

#include <sys/uio.h>

#include "protocol/tol/link.h"
#include "protocol/tol/pace.h"

enum {
    S5A_TOL_OUT_CAP = 72 * 1024, /* of a buffer to lend: four records of the largest size, with
                                    padding */
    S5A_TOL_SLOTS = 48,
    S5A_TOL_IOV_MAX = 16, /* pieces in one call; more is of little use */
};

/* The place of one record and its dummies in the buffer. */
struct s5a_tol_slot {
    uint32_t at;       /* of the payload, in the buffer */
    uint16_t cap, len; /* of the payload */
    uint32_t from, to; /* sealed: what is still to be written, in the buffer */
};

/* About 1 KiB. Fields are its own. It keeps a pointer to the link, which its owner may set anew
 * where the link moves. */
struct s5a_tol_outlet {
    struct s5a_tol_link *link;
    uint8_t *buffer; /* lent; NULL: none */
    uint32_t used;   /* of the buffer, by slots */
    /* slots: written ones, from `first` sealed ones, from `sealed` ones with plain bytes, from
     * `filling` (of which the first may have some) empty ones, `count` in all */
    uint8_t first, sealed, filling, count;
    uint32_t waiting; /* plain bytes */
    uint32_t unsent;  /* sealed bytes */
    uint32_t behind;  /* that the caller knows of */
    bool eof, ended, failed;
    struct s5a_tol_pace pace;
    struct s5a_tol_slot slots[S5A_TOL_SLOTS];
};

/* The link has switched its outgoing direction; its shape is valid. */
void s5a_tol_outlet_init(struct s5a_tol_outlet *o, struct s5a_tol_link *link, uint64_t now);
bool s5a_tol_outlet_has_buffer(const struct s5a_tol_outlet *o);
/* S5A_TOL_OUT_CAP bytes, aligned as malloc does. */
void s5a_tol_outlet_lend(struct s5a_tol_outlet *o, uint8_t *buffer);
/* The buffer where nothing is in it; NULL otherwise. `force`: in any case, what it holds is lost.
 * It has held plain bytes: wipe it before others see it. */
uint8_t *s5a_tol_outlet_reclaim(struct s5a_tol_outlet *o, bool force);

/* Where plain bytes may be read to, at most `max` pieces, filled in their order; their number, 0: no
 * reading now. */
int s5a_tol_outlet_room(struct s5a_tol_outlet *o, struct iovec *iov, int max);
/* `len` bytes were read there; `behind`: bytes that are known to wait at the source yet, 0 where that
 * is not known. */
void s5a_tol_outlet_took(struct s5a_tol_outlet *o, size_t len, size_t behind, uint64_t now);
void s5a_tol_outlet_eof(struct s5a_tol_outlet *o, uint64_t now);

/* Seals what is due, and gives what is to be written: at most `max` pieces in their order; 0: nothing
 * now. */
int s5a_tol_outlet_output(struct s5a_tol_outlet *o, uint64_t now, struct iovec *iov, int max);
void s5a_tol_outlet_sent(struct s5a_tol_outlet *o, size_t len);
/* When output will have something without anything else happening, may be in the past: now;
 * S5A_TOL_NEVER. Took, eof, sent, output and what the inlet opens change it. */
uint64_t s5a_tol_outlet_deadline(const struct s5a_tol_outlet *o);
/* Plain bytes that have not left yet in any form, and sealed ones. */
size_t s5a_tol_outlet_pending(const struct s5a_tol_outlet *o);
/* The end record was written. */
bool s5a_tol_outlet_done(const struct s5a_tol_outlet *o);
/* No record can be sealed any more (n is used up): reset the connection. */
bool s5a_tol_outlet_failed(const struct s5a_tol_outlet *o);
