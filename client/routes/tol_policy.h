/* What sessions with a proxy are to be under method 81, as configured (profile, section 4). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum s5a_tol_use {
    S5A_TOL_OFF,    /* 80 or 82: the session is in clear */
    S5A_TOL_BY_EAF, /* 81 where there is a log-in by EAF */
    S5A_TOL_ON,     /* asked for: 81, or an error in the configuration */
};

enum { S5A_TOL_JITTER_MAX = 10000, S5A_TOL_DUMMIES_MAX = 65535, S5A_TOL_BUDGET_MAX = 1000 };

struct s5a_tol_policy {
    enum s5a_tol_use use;
    uint8_t type;     /* TYPE of our records, and wished of the proxy's */
    bool plain;       /* plain mode and no other; else sealed mode and no other */
    bool is_required; /* method 81; what can be checked is checked when the configuration is read */
    bool is_sealed_required;
    uint8_t least; /* TYPE, of both directions */
    /* How we shape; what the proxy wishes is held to these numbers too. */
    uint16_t jitter_min, jitter_max; /* ms */
    uint8_t jitter_mode;             /* 0 uniform, 1 normal, 2 exponential */
    uint16_t dummies;                /* mean ms between those of idle time; 0: none */
    uint16_t padding[3];             /* most bytes: payloads of 1-128, 129-512, more */
    uint16_t budget;                 /* percent of bulk that dummies may add */
};

/* A new proxy's. */
extern const struct s5a_tol_policy s5a_tol_policy_default;

/* "padding" and the like, NULL behind the last; static storage. */
extern const char *const s5a_tol_type_words[];
