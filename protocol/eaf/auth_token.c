/* MID 05: a token, or the word that message 1 holds a ticket. */
#include "protocol/eaf/auth_methods.h"

static enum s5a_status decode(struct s5a_reader *r, struct s5a_auth *out)
{
    struct s5a_factor *factor = s5a_auth_append(out, S5A_MID_TOKEN);
    struct s5a_span token = s5a_read_vec16(r);
    if (!factor || token.len > S5A_TOKEN_MAX)
        return S5A_MALFORMED;
    factor->token = token;
    return S5A_OK;
}

static void encode(struct s5a_writer *w, const struct s5a_auth *auth,
                   const struct s5a_factor *factor)
{
    (void)auth;
    s5a_write_vec16(w, factor->token);
    if (factor->token.len > S5A_TOKEN_MAX)
        w->bad = true;
}

static bool is_ticket(const struct s5a_factor *factor)
{
    return factor->token.len == 0;
}

static bool is_token(const struct s5a_factor *factor)
{
    return factor->token.len > 0;
}

const struct s5a_auth_method s5a_auth_token = { decode, encode, is_ticket, is_token };
