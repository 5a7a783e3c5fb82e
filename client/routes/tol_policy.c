/* The defaults of method 81. */
#include "client/routes/tol_policy.h"

#include <stddef.h>

const struct s5a_tol_policy s5a_tol_policy_default = {
    .use = S5A_TOL_OFF,
    .type = 1,
    .jitter_min = 2,
    .jitter_max = 20,
    .padding = { 255, 512, 1024 },
    .dummies = 2000,
    .budget = 100,
};

const char *const s5a_tol_type_words[] = { "bare", "padding", "jitter", "masking", "full", NULL };
