/* MID 00: nobody in particular. */
#include "protocol/eaf/auth_methods.h"

static enum s5a_status decode(struct s5a_reader *r, struct s5a_auth *out)
{
    (void)r;
    return s5a_auth_append(out, S5A_MID_ANONYMOUS) ? S5A_OK : S5A_MALFORMED;
}

static void encode(struct s5a_writer *w, const struct s5a_auth *auth,
                   const struct s5a_factor *factor)
{
    (void)w;
    (void)auth;
    (void)factor;
}

const struct s5a_auth_method s5a_auth_anonymous = { decode, encode, s5a_factor_always,
                                                    s5a_factor_never };
