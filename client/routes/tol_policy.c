/* The defaults of method 81. */
#include "client/routes/tol_policy.h"

#include <stddef.h>

void s5a_tol_policy_init(struct s5a_tol_policy *tol)
{
    *tol = (struct s5a_tol_policy){ .use = S5A_TOL_BY_EAF };
    s5a_tol_shape_default(&tol->shape, S5A_TOL_PADDING);
}

const char *const s5a_tol_type_words[] = { "bare", "padding", "jitter", "masking", "full", NULL };
