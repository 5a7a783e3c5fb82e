/* How one end shapes what it sends: what the types 01–04 mean here, all of it configurable (profile,
 * section 4.2). Immutable numbers; what happens by them is in draw.h, burst.h and pace.h. */
#pragma once

#include "protocol/tol/record.h"

enum {
    S5A_TOL_PADDING_ROWS = 3,
    S5A_TOL_PADDING_MAX = 4096, /* total of one row */
    S5A_TOL_PAUSE = 64 * 1024,  /* bytes that wait */
    S5A_TOL_CELL_MIN = 320,     /* head, tag and 255 bytes of RAND fit */
    S5A_TOL_CELL_MAX = 16384,
    S5A_TOL_RATE_MAX = 10000,
    S5A_TOL_SPLIT_MIN = 64,
};

/* Of payloads of up to `payload_max` bytes: padding uniform in 0 … total_max bytes on the wire. */
struct s5a_tol_padding {
    uint16_t payload_max, total_max;
};

struct s5a_tol_shape {
    uint8_t type;                                         /* enum s5a_tol_type of what is sent */
    struct s5a_tol_padding padding[S5A_TOL_PADDING_ROWS]; /* 01, 03; ascending; the last row also
                                                             for all that is longer */
    struct s5a_tol_delay delay;                           /* 02, 04: of each send */
    uint16_t delay_max; /* ms; of what the other side's MIN, MAX make this end do; 0: nothing */
    uint32_t pause;     /* padding and delays pause while more bytes wait */

    /* 03 and 04, in the manner of RegulaTor (Holland, Hopper: "RegulaTor: A Straightforward Website
     * Fingerprinting Defense", PETS 2022). The server sends at a rate that falls from each surge on,
     * the client at a fraction of what it receives. */
    uint16_t split_min, split_max; /* 03: payload of one record, uniform */
    uint16_t cell;                 /* 04: every send is so many bytes long on the wire */
    uint16_t rate;                 /* sends a second at the beginning of a surge */
    uint8_t decay;                 /* percent of the rate that is left a second later, 1–100 */
    uint16_t surge;                /* a surge begins anew where what waits would take more ms */
    uint16_t fraction;             /* client: one send for so many tenths of records received */
    uint16_t hold;                 /* client: ms that bytes wait for that at most */
    uint32_t budget;               /* bytes of dummies that may be sent at once, 0: none … */
    uint8_t budget_percent;        /* … and come back with each 100 bytes of payload */
    uint32_t dummy;                /* mean ms between dummies while idle, 0: none. With type 00 they
                                      are of type 01: 0 where bit 6 is not set on both sides */
};

/* The defaults of this project for `type`: the draft's table, jitter of 1–20 ms, uniform, cells of
 * 1,400 bytes. */
void s5a_tol_shape_default(struct s5a_tol_shape *shape, uint8_t type);
/* False where a number is out of its bounds. An outlet must not be given such a shape. */
S5A_MUST_USE bool s5a_tol_shape_is_valid(const struct s5a_tol_shape *shape);
/* What the other side's TLV 05/02 wants of this end: the stronger of both types (the larger number),
 * DUMMY as it says, but not below `dummy_min` ms (0: no dummies for it); own dummies stay where it
 * wants none. */
void s5a_tol_shape_wish(struct s5a_tol_shape *shape, uint8_t type, uint16_t dummy,
                        uint16_t dummy_min);
