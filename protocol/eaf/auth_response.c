/* MID 02: the ask for a challenge, and the answer to it (scram.h). */
#include "protocol/eaf/auth_methods.h"

static enum s5a_status decode(struct s5a_reader *r, struct s5a_auth *out)
{
    struct s5a_factor *factor = s5a_auth_append(out, S5A_MID_RESPONSE);
    struct s5a_span response = s5a_read_vec16(r);
    if (!factor || (response.len != 0 && response.len != S5A_RESPONSE_LEN))
        return S5A_MALFORMED;
    factor->response = response;
    return S5A_OK;
}

static void encode(struct s5a_writer *w, const struct s5a_auth *auth,
                   const struct s5a_factor *factor)
{
    (void)auth;
    s5a_write_vec16(w, factor->response);
    if (factor->response.len != 0 && factor->response.len != S5A_RESPONSE_LEN)
        w->bad = true;
}

static bool is_ask(const struct s5a_factor *factor)
{
    return factor->response.len == 0;
}

static bool is_answer(const struct s5a_factor *factor)
{
    return factor->response.len > 0;
}

const struct s5a_auth_method s5a_auth_response = { decode, encode, is_ask, is_answer };
