/* A record, padded to the byte: by its own RAND, and by dummies right behind it that leave in the
 * same write (profile, section 4.2). For protocol/tol alone. */
#pragma once

#include "protocol/tol/link.h"

struct s5a_tol_burst {
    uint8_t type;
    uint8_t
        *payload; /* before it S5A_TOL_HEAD_MAX bytes may be written, behind it TAIL_MAX + fill */
    size_t payload_len; /* 0: dummies alone */
    size_t fill;        /* bytes on the wire over those of the record without padding */
};

/* Bytes of a record of this type with the shortest RAND. */
size_t s5a_tol_burst_least(const struct s5a_tol_link *link, uint8_t type, size_t payload_len);
/* Bytes before the payload, and in all: `fill` more than the least, to the byte. Types 00 and 02,
 * whose RAND is not free, have no fill. */
size_t s5a_tol_burst_head(const struct s5a_tol_link *link, const struct s5a_tol_burst *burst);
size_t s5a_tol_burst_len(const struct s5a_tol_link *link, const struct s5a_tol_burst *burst);
/* Seals all of it: where it begins, which is burst_head before the payload, and its length. NULL and
 * 0, the link broken, where it must not be sent. */
S5A_MUST_USE uint8_t *s5a_tol_burst_seal(struct s5a_tol_link *link,
                                         const struct s5a_tol_burst *burst, size_t *len);
