/* What a server is told about TOL: section [tol] of its settings. */
#pragma once

#include "protocol/eaf/params.h"
#include "protocol/tol/shape.h"
#include "server/tol/least.h"

struct s5ad_tol_config {
    struct s5ad_tol_least least;
    uint8_t level; /* enum s5ad_tol_level, not OFF: sent at least, and asked of clients */
    struct s5a_tol_shape shape; /* of what the server sends, but for its type; its dummies are asked
                                   of clients too */
};

/* What holds for one session. */
struct s5ad_tol_session {
    bool sealed;
    uint8_t type;               /* that the client is asked to use */
    uint16_t dummy;             /* the same of its dummies */
    struct s5a_tol_shape shape; /* of what the server sends */
};

void s5ad_tol_config_init(struct s5ad_tol_config *config);
/* Sets a key of the section. */
S5A_MUST_USE bool s5ad_tol_config_set(struct s5ad_tol_config *config, const char *key,
                                      const char *value, struct s5ad_problem *problem);
/* What holds with a client of these wishes (NULL: none) and capabilities of both sides, for a user who
 * wants at least `level` (profile, section 2.6): the stronger of what each side says. */
struct s5ad_tol_session s5ad_tol_config_meet(const struct s5ad_tol_config *config, uint8_t level,
                                             const struct s5a_session_params *wishes,
                                             uint32_t capabilities);
