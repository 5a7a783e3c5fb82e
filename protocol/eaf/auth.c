/* AUTH from the client: the table of methods. */
#include "protocol/eaf/auth.h"

#include "protocol/eaf/auth_methods.h"

static const struct s5a_auth_method *const methods[] = {
    [S5A_MID_ANONYMOUS] = &s5a_auth_anonymous, [S5A_MID_PUBLICKEY] = &s5a_auth_publickey,
    [S5A_MID_RESPONSE] = &s5a_auth_response,   [S5A_MID_TOTP] = &s5a_auth_totp,
    [S5A_MID_MULTI] = &s5a_auth_multi,         [S5A_MID_TOKEN] = &s5a_auth_token,
};

const struct s5a_auth_method *s5a_auth_method_find(uint8_t mid)
{
    return mid < sizeof(methods) / sizeof(methods[0]) ? methods[mid] : NULL;
}

/* ---- what rows share ---- */

struct s5a_factor *s5a_auth_append(struct s5a_auth *auth, enum s5a_mid mid)
{
    if (auth->count >= S5A_FACTORS_MAX)
        return NULL;
    struct s5a_factor *factor = &auth->factors[auth->count++];
    *factor = (struct s5a_factor){ .mid = (uint8_t)mid };
    return factor;
}

bool s5a_factor_always(const struct s5a_factor *factor)
{
    (void)factor;
    return true;
}

bool s5a_factor_never(const struct s5a_factor *factor)
{
    (void)factor;
    return false;
}

/* ---- decoding and encoding ---- */

enum s5a_status s5a_factor_decode(struct s5a_reader *r, struct s5a_auth *out)
{
    uint8_t mid = s5a_read_u8(r);
    if (r->bad)
        return S5A_MALFORMED;
    const struct s5a_auth_method *method = s5a_auth_method_find(mid);
    if (!method)
        return S5A_UNSUPPORTED_METHOD;
    enum s5a_status status = method->decode(r, out);
    if (status == S5A_OK && (r->bad || s5a_reader_left(r) > 0))
        return S5A_MALFORMED;
    return status;
}

enum s5a_status s5a_auth_decode(struct s5a_auth *out, struct s5a_span auth)
{
    struct s5a_auth decoded = { 0 };
    struct s5a_reader r, peek;
    *out = decoded;
    s5a_reader_init(&r, auth.at, auth.len);
    peek = r;
    decoded.mid = s5a_read_u8(&peek);
    enum s5a_status status = s5a_factor_decode(&r, &decoded);
    if (status == S5A_OK)
        *out = decoded;
    return status;
}

void s5a_factor_encode(struct s5a_writer *w, const struct s5a_factor *factor)
{
    const struct s5a_auth_method *method = s5a_auth_method_find(factor->mid);
    if (!method || factor->mid == S5A_MID_MULTI) {
        w->bad = true;
        return;
    }
    s5a_write_u8(w, factor->mid);
    method->encode(w, NULL, factor);
}

void s5a_auth_encode(struct s5a_writer *w, const struct s5a_auth *auth)
{
    if (auth->mid == S5A_MID_MULTI) {
        s5a_write_u8(w, auth->mid);
        s5a_auth_multi.encode(w, auth, NULL);
    } else if (auth->count == 1 && auth->factors[0].mid == auth->mid) {
        s5a_factor_encode(w, &auth->factors[0]);
    } else {
        w->bad = true;
    }
}

/* ---- questions ---- */

const struct s5a_factor *s5a_auth_find(const struct s5a_auth *auth, enum s5a_mid mid)
{
    for (size_t i = 0; i < auth->count; i++)
        if (auth->factors[i].mid == mid)
            return &auth->factors[i];
    return NULL;
}

bool s5a_auth_is_ask(const struct s5a_auth *auth)
{
    return auth->mid == S5A_MID_RESPONSE && auth->count == 1 && auth->factors[0].response.len == 0;
}

bool s5a_auth_may_be_first(const struct s5a_auth *auth)
{
    const struct s5a_auth_method *method = s5a_auth_method_find(auth->mid);
    return method && auth->count > 0 && method->may_be_first(&auth->factors[0]);
}
