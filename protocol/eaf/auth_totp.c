/* MID 03: a user name and a time-based code (crypto/totp.h). */
#include "protocol/crypto/totp.h"
#include "protocol/eaf/auth_methods.h"
#include "protocol/text.h"

static bool is_code(struct s5a_span code)
{
    for (size_t i = 0; i < code.len; i++)
        if (code.at[i] < '0' || code.at[i] > '9')
            return false;
    return code.len >= S5A_TOTP_DIGITS_MIN && code.len <= S5A_TOTP_DIGITS_MAX;
}

static bool is_user(struct s5a_span user)
{
    return user.len > 0 && s5a_text_is_utf8(user);
}

static enum s5a_status decode(struct s5a_reader *r, struct s5a_auth *out)
{
    struct s5a_factor *factor = s5a_auth_append(out, S5A_MID_TOTP);
    struct s5a_span user = s5a_read_vec8(r), code = s5a_read_vec8(r);
    if (!factor || !is_user(user) || !is_code(code))
        return S5A_MALFORMED;
    factor->user = user;
    factor->code = code;
    return S5A_OK;
}

static void encode(struct s5a_writer *w, const struct s5a_auth *auth,
                   const struct s5a_factor *factor)
{
    (void)auth;
    s5a_write_vec8(w, factor->user);
    s5a_write_vec8(w, factor->code);
    if (!is_user(factor->user) || !is_code(factor->code))
        w->bad = true;
}

const struct s5a_auth_method s5a_auth_totp = { decode, encode, s5a_factor_never,
                                               s5a_factor_always };
