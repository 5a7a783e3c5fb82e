/* How much obfuscation a server or a user wants at least, and whether a session has it (profile,
 * sections 2.6 and 4.2). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "protocol/attributes.h"
#include "server/inifile.h"

/* What is enough, the least first: behind OFF 1 + TYPE of records. */
enum s5ad_tol_level {
    S5AD_TOL_OFF, /* sessions in clear: 80, 82 and what else is let in */
    S5AD_TOL_BARE,
    S5AD_TOL_PADDING,
    S5AD_TOL_JITTER,
    S5AD_TOL_MASKING,
    S5AD_TOL_FULL,
};

struct s5ad_tol_least {
    uint8_t level; /* enum s5ad_tol_level */
    bool sealed;   /* records in plain mode are not enough */
};

/* "off", "bare", "padding", "jitter", "masking", "full". */
S5A_MUST_USE bool s5ad_tol_level_parse(uint8_t *out, const char *value,
                                       struct s5ad_problem *problem);
/* The same word for a TYPE of records. */
const char *s5ad_tol_type_name(uint8_t type);
/* "sealed" (true), "plain". */
S5A_MUST_USE bool s5ad_tol_mode_parse(bool *sealed, const char *value,
                                      struct s5ad_problem *problem);
/* NULL where a session by `method`, with these capabilities of both sides, is enough; else why not, in
 * static storage. */
const char *s5ad_tol_objection(const struct s5ad_tol_least *least, uint8_t method,
                               uint32_t capabilities);
/* The TYPE of records that two levels mean together, both of them at least. */
uint8_t s5ad_tol_type(uint8_t level, uint8_t other);
