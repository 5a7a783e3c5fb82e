/* What sessions with a proxy are to be under method 81, as configured (profile, section 4). */
#pragma once

#include "protocol/tol/shape.h"

enum s5a_tol_use {
    S5A_TOL_OFF,    /* 80 or 82: the session is in clear */
    S5A_TOL_BY_EAF, /* 81 where there is a log-in by EAF */
    S5A_TOL_ON,     /* asked for: 81, or an error in the configuration */
};

/* What a configuration may say. */
enum {
    S5A_TOL_JITTER_MAX = 10000,  /* ms */
    S5A_TOL_DUMMIES_MAX = 65535, /* ms */
    S5A_TOL_DUMMIES_MIN = 100,   /* ms; what a proxy may wish, too */
    S5A_TOL_BUDGET_MAX = 255,    /* percent */
};

struct s5a_tol_policy {
    enum s5a_tol_use use;
    struct s5a_tol_shape
        shape;     /* of what we send; the proxy is asked for the same type and dummies */
    bool is_plain; /* plain mode and no other; else sealed mode and no other */
    /* What may not be less; the configuration's part of that is checked when it is read. */
    bool is_required; /* method 81 */
    bool is_sealed_required;
    uint8_t least; /* TYPE, of both directions */
};

/* A new proxy's. */
void s5a_tol_policy_init(struct s5a_tol_policy *tol);

/* "bare" for TYPE 00 and so on; NULL behind the last. Static storage. */
extern const char *const s5a_tol_type_words[];
