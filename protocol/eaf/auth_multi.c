/* MID 04: 2–4 credentials of different methods at once. */
#include "protocol/eaf/auth_methods.h"

enum { COUNT_MIN = 2, COUNT_MAX = S5A_FACTORS_MAX };

/* What was appended last is a method that counts as a factor, and not there already. */
static bool is_good_last(const struct s5a_auth *auth)
{
    const struct s5a_factor *last = &auth->factors[auth->count - 1];
    return s5a_auth_method_find(last->mid)->may_be_factor(last) &&
           s5a_auth_find(auth, last->mid) == last;
}

static enum s5a_status decode_factor(struct s5a_reader *r, struct s5a_auth *out)
{
    struct s5a_reader factor, peek;
    struct s5a_span bytes = s5a_read_vec16(r);
    s5a_reader_init(&factor, bytes.at, bytes.len);
    peek = factor;
    if (s5a_read_u8(&peek) == S5A_MID_MULTI)
        return S5A_MALFORMED;
    if (s5a_factor_decode(&factor, out) != S5A_OK || !is_good_last(out))
        return S5A_MALFORMED;
    return S5A_OK;
}

static enum s5a_status decode(struct s5a_reader *r, struct s5a_auth *out)
{
    uint8_t count = s5a_read_u8(r);
    if (count < COUNT_MIN || count > COUNT_MAX)
        return S5A_MALFORMED;
    for (unsigned i = 0; i < count; i++)
        if (decode_factor(r, out) != S5A_OK)
            return S5A_MALFORMED;
    return S5A_OK;
}

static void encode(struct s5a_writer *w, const struct s5a_auth *auth,
                   const struct s5a_factor *factor)
{
    (void)factor;
    s5a_write_u8(w, auth->count);
    for (size_t i = 0; i < auth->count; i++) {
        size_t mark = s5a_write_open16(w);
        s5a_factor_encode(w, &auth->factors[i]);
        s5a_write_close16(w, mark);
    }
    if (auth->count < COUNT_MIN || auth->count > COUNT_MAX)
        w->bad = true;
}

const struct s5a_auth_method s5a_auth_multi = { decode, encode, s5a_factor_never,
                                                s5a_factor_never };
