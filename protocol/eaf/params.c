/* Session parameters. */
#include "protocol/eaf/params.h"

#include "protocol/tlv.h"

enum inner { TICKET = 0x01, TOL = 0x02 };

static enum s5a_status read_ticket(struct s5a_session_params *params, struct s5a_span value,
                                   bool from_client)
{
    struct s5a_reader r;
    s5a_reader_init(&r, value.at, value.len);
    params->ticket_lifetime = s5a_read_u32(&r);
    params->ticket = s5a_read_span(&r, s5a_reader_left(&r));
    bool good = params->ticket.len >= 1 && params->ticket.len <= S5A_TICKET_MAX;
    return good && !r.bad && !from_client ? S5A_OK : S5A_MALFORMED;
}

static enum s5a_status read_tol(struct s5a_session_params *params, struct s5a_span value)
{
    struct s5a_reader r;
    s5a_reader_init(&r, value.at, value.len);
    uint8_t mode = s5a_read_u8(&r);
    params->has_tol = true;
    params->sealed = mode == 1;
    params->type = s5a_read_u8(&r);
    params->dummy = s5a_read_u16(&r);
    bool good = mode <= 1 && params->type <= S5A_TOL_TYPE_MAX && s5a_reader_left(&r) == 0;
    return good && !r.bad ? S5A_OK : S5A_MALFORMED;
}

static enum s5a_status read_inner(struct s5a_session_params *params, const struct s5a_tlv *tlv,
                                  bool from_client)
{
    switch (tlv->type) {
    case TICKET:
        return read_ticket(params, tlv->value, from_client);
    case TOL:
        return read_tol(params, tlv->value);
    default:
        return S5A_OK;
    }
}

static enum s5a_status read_list(struct s5a_session_params *params, struct s5a_span list,
                                 bool from_client)
{
    struct s5a_tlv_walk walk;
    struct s5a_tlv tlv;
    enum s5a_status status;
    s5a_tlv_walk_init(&walk, list);
    while ((status = s5a_tlv_next(&walk, &tlv)) == S5A_OK)
        if (read_inner(params, &tlv, from_client) != S5A_OK)
            return S5A_MALFORMED;
    return status == S5A_INCOMPLETE ? S5A_OK : status;
}

enum s5a_status s5a_session_params_decode(struct s5a_session_params *out, struct s5a_span value,
                                          bool from_client)
{
    struct s5a_session_params params = { 0 };
    struct s5a_reader r;
    *out = params;
    s5a_reader_init(&r, value.at, value.len);
    params.flags = s5a_read_u32(&r);
    params.idle = s5a_read_u32(&r);
    params.lifetime = s5a_read_u32(&r);
    struct s5a_span list = s5a_read_span(&r, s5a_reader_left(&r));
    if (r.bad || read_list(&params, list, from_client) != S5A_OK)
        return S5A_MALFORMED;
    *out = params;
    return S5A_OK;
}

static void write_ticket(struct s5a_writer *w, const struct s5a_session_params *params)
{
    s5a_write_u8(w, TICKET);
    size_t value = s5a_write_open16(w);
    s5a_write_u32(w, params->ticket_lifetime);
    s5a_write_span(w, params->ticket);
    s5a_write_close16(w, value);
    w->bad = w->bad || params->ticket.len > S5A_TICKET_MAX;
}

static void write_tol(struct s5a_writer *w, const struct s5a_session_params *params)
{
    s5a_write_u8(w, TOL);
    size_t value = s5a_write_open16(w);
    s5a_write_u8(w, params->sealed);
    s5a_write_u8(w, params->type);
    s5a_write_u16(w, params->dummy);
    s5a_write_close16(w, value);
}

void s5a_session_params_encode(struct s5a_writer *w, const struct s5a_session_params *params)
{
    s5a_write_u32(w, params->flags);
    s5a_write_u32(w, params->idle);
    s5a_write_u32(w, params->lifetime);
    if (params->ticket.len > 0)
        write_ticket(w, params);
    if (params->has_tol)
        write_tol(w, params);
}

/* 0 is no limit, so larger than all. */
static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a != 0 && (b == 0 || a < b) ? a : b;
}

struct s5a_session_params s5a_session_params_meet(const struct s5a_session_params *wish,
                                                  const struct s5a_session_params *policy)
{
    struct s5a_session_params met = *wish;
    met.flags = wish->flags & policy->flags;
    met.idle = smaller(wish->idle, policy->idle);
    met.lifetime = smaller(wish->lifetime, policy->lifetime);
    return met;
}
