/* Session parameters, TLV 05 (profile, section 2.6). */
#pragma once

#include <stdbool.h>

#include "protocol/bytes.h"
#include "protocol/status.h"

enum { S5A_TICKET_MAX = 1024, S5A_TOL_TYPE_MAX = 4 };

enum s5a_session_flag {
    S5A_SESSION_UDP = 1 << 1,
    S5A_SESSION_BIND = 1 << 2,
    S5A_SESSION_POOL = 1 << 3,
};

struct s5a_session_params {
    uint32_t flags;           /* enum s5a_session_flag; others are ignored */
    uint32_t idle, lifetime;  /* s; 0: no limit */
    uint32_t ticket_lifetime; /* s */
    struct s5a_span ticket;   /* empty: none; server only; view into the input */
    bool has_tol;
    bool sealed;    /* MODE */
    uint8_t type;   /* that the other side is to use */
    uint16_t dummy; /* mean ms between the other side's dummies, 0: none */
};

/* Decodes the whole value of a TLV 05; MALFORMED otherwise, or for a ticket from the client. */
S5A_MUST_USE enum s5a_status s5a_session_params_decode(struct s5a_session_params *out,
                                                       struct s5a_span value, bool from_client);
/* The value, without type and length. The writer goes bad for a ticket over S5A_TICKET_MAX. */
void s5a_session_params_encode(struct s5a_writer *w, const struct s5a_session_params *params);
/* What holds of two sides' wishes: flags ANDed, the smaller limits. Ticket and TOL are not touched;
 * both are those of `wish`. */
struct s5a_session_params s5a_session_params_meet(const struct s5a_session_params *wish,
                                                  const struct s5a_session_params *policy);
