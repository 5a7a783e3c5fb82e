/* Replies and their error details. */
#include "protocol/reply.h"

#include "protocol/greeting.h"
#include "protocol/request.h"
#include "protocol/text.h"

enum {
    HEAD_LEN = 4, /* VER, REP, RSV, ATYP */
    PORT_LEN = 2,
    OLEN_LEN = 2,
    ELEN_LEN = 2,
    CODE_LEN = 2,
    ELEN_MAX = CODE_LEN + S5A_REPLY_MESSAGE_MAX,
    DETAILS_FROM = S5A_REP_AUTH_EXPIRED,
};

static const uint8_t any_ipv4[4] = { 0 };

static bool has_options(struct s5a_reply_rules rules, uint8_t rep)
{
    return rules.command == S5A_CMD_UDP_ASSOCIATE_EXT && rep == S5A_REP_SUCCEEDED;
}

/* Details, or an ELEN of 0, stand where the IPv4 address would. */
static bool has_details(struct s5a_reply_rules rules, uint8_t rep, uint8_t type)
{
    return rules.eaf && rep >= DETAILS_FROM && type == S5A_ATYP_IPV4;
}

static unsigned allowed_types(struct s5a_reply_rules rules)
{
    bool may_be_none = rules.command == S5A_CMD_KEEP_ALIVE;
    return S5A_ATYPS_RFC1928 | (may_be_none ? S5A_ATYP_BIT(S5A_ATYP_NONE) : 0);
}

/* ---- decoding ---- */

/* Behind the ATYP. ELEN 0: the six bytes are an address and a port that mean nothing. */
static enum s5a_status read_details(struct s5a_reader *r, struct s5a_reply *out)
{
    out->address = s5a_address_ipv4(any_ipv4);
    size_t len = s5a_read_u16(r);
    if (r->bad)
        return S5A_INCOMPLETE;
    if (len == 0) {
        s5a_read_u32(r);
        return r->bad ? S5A_INCOMPLETE : S5A_OK;
    }
    if (len < CODE_LEN || len > ELEN_MAX)
        return S5A_MALFORMED;
    out->detailed = true;
    out->code = s5a_read_u16(r);
    out->message = s5a_read_span(r, len - CODE_LEN);
    uint16_t port = s5a_read_u16(r);
    if (r->bad)
        return S5A_INCOMPLETE;
    return port == 0 && s5a_text_is_utf8(out->message) ? S5A_OK : S5A_MALFORMED;
}

static enum s5a_status read_bound(struct s5a_reader *r, struct s5a_reply_rules rules,
                                  struct s5a_reply *out)
{
    struct s5a_reader peek = *r;
    uint8_t type = s5a_read_u8(&peek);
    if (!peek.bad && has_details(rules, out->rep, type)) {
        *r = peek;
        return read_details(r, out);
    }
    enum s5a_status status = s5a_address_decode(r, allowed_types(rules), &out->address);
    if (status != S5A_OK)
        return status;
    out->port = s5a_read_u16(r);
    return r->bad ? S5A_INCOMPLETE : S5A_OK;
}

static enum s5a_status read_head(struct s5a_reader *r, uint8_t *rep)
{
    uint8_t version = s5a_read_u8(r);
    if (!r->bad && version != S5A_VERSION)
        return S5A_MALFORMED;
    *rep = s5a_read_u8(r);
    s5a_read_u8(r); /* RSV */
    return r->bad ? S5A_INCOMPLETE : S5A_OK;
}

enum s5a_status s5a_reply_decode(struct s5a_reader *r, struct s5a_reply_rules rules,
                                 struct s5a_reply *out)
{
    struct s5a_reader at = *r;
    struct s5a_reply reply = { .options = s5a_udp_options_default() };
    *out = reply;
    enum s5a_status status = read_head(&at, &reply.rep);
    if (status == S5A_OK)
        status = read_bound(&at, rules, &reply);
    if (status == S5A_OK && has_options(rules, reply.rep))
        status = s5a_udp_options_decode(&at, &reply.options);
    if (status != S5A_OK)
        return status;
    *out = reply;
    *r = at;
    return S5A_OK;
}

/* ---- how much to read ---- */

/* Least length of the address behind ATYP; the reader stands there. */
static size_t least_address(struct s5a_reader *r, uint8_t type, bool details)
{
    size_t len;
    switch (type) {
    case S5A_ATYP_IPV4:
        len = details ? s5a_read_u16(r) : 0;
        return len > 2 ? ELEN_LEN + len : 4; /* ELEN 0 and 2 both end where an address would */
    case S5A_ATYP_IPV6:
        return 16;
    case S5A_ATYP_NAME:
        len = s5a_read_u8(r);
        return 1 + (len > 0 ? len : 1);
    default: /* S5A_ATYP_NONE */
        return 0;
    }
}

/* Length of the shortest valid reply that begins like this. */
static size_t least_reply(struct s5a_span have, struct s5a_reply_rules rules)
{
    struct s5a_reader r;
    s5a_reader_init(&r, have.at, have.len);
    s5a_read_u8(&r);
    uint8_t rep = s5a_read_u8(&r);
    size_t options = !r.bad && has_options(rules, rep) ? OLEN_LEN : 0;
    s5a_read_u8(&r);
    uint8_t type = s5a_read_u8(&r);
    if (r.bad) /* the shortest address there is: none for KEEP_ALIVE, else a name of one byte */
        type = rules.command == S5A_CMD_KEEP_ALIVE ? S5A_ATYP_NONE : S5A_ATYP_NAME;
    size_t len = HEAD_LEN + least_address(&r, type, has_details(rules, rep, type)) + PORT_LEN;
    if (options == 0)
        return len;
    s5a_reader_init(&r, have.at, have.len);
    s5a_read_span(&r, len);
    return len + options + s5a_read_u16(&r);
}

size_t s5a_reply_missing(struct s5a_span have, struct s5a_reply_rules rules)
{
    struct s5a_reader r;
    struct s5a_reply reply;
    s5a_reader_init(&r, have.at, have.len);
    if (s5a_reply_decode(&r, rules, &reply) != S5A_INCOMPLETE)
        return 0;
    return least_reply(have, rules) - have.len;
}

/* ---- encoding ---- */

static void write_head(struct s5a_writer *w, uint8_t rep)
{
    s5a_write_u8(w, S5A_VERSION);
    s5a_write_u8(w, rep);
    s5a_write_u8(w, 0);
}

static void write_details(struct s5a_writer *w, const struct s5a_reply *reply)
{
    s5a_write_u8(w, S5A_ATYP_IPV4);
    size_t details = s5a_write_open16(w);
    s5a_write_u16(w, reply->code);
    s5a_write_span(w, reply->message);
    s5a_write_close16(w, details);
    s5a_write_u16(w, 0);
    if (reply->message.len > S5A_REPLY_MESSAGE_MAX || !s5a_text_is_utf8(reply->message))
        w->bad = true;
}

static void write_bound(struct s5a_writer *w, struct s5a_reply_rules rules,
                        const struct s5a_reply *reply)
{
    s5a_address_encode(w, &reply->address);
    s5a_write_u16(w, reply->port);
    if (!w->bad && !(allowed_types(rules) & S5A_ATYP_BIT(reply->address.type)))
        w->bad = true;
    if (has_options(rules, reply->rep))
        s5a_udp_options_encode(w, &reply->options);
}

void s5a_reply_encode(struct s5a_writer *w, struct s5a_reply_rules rules,
                      const struct s5a_reply *reply)
{
    bool details_place = has_details(rules, reply->rep, S5A_ATYP_IPV4);
    if (reply->detailed) {
        write_head(w, reply->rep);
        write_details(w, reply);
        w->bad = w->bad || !details_place;
    } else if (details_place && reply->address.type == S5A_ATYP_IPV4) {
        s5a_reply_encode_plain(w, reply->rep); /* another address would be read as an ELEN */
    } else {
        write_head(w, reply->rep);
        write_bound(w, rules, reply);
    }
}

void s5a_reply_encode_plain(struct s5a_writer *w, uint8_t rep)
{
    write_head(w, rep);
    s5a_write_u8(w, S5A_ATYP_IPV4);
    s5a_write_u32(w, 0);
    s5a_write_u16(w, 0);
}
