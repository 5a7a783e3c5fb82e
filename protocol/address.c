/* Addresses on the wire, and what makes one valid. */
#include "protocol/address.h"

#include <string.h>

#include "protocol/url.h"

enum {
    IPV4_LEN = 4,
    IPV6_LEN = 16,
    URL_VERSION = 0x01,
    KNOWN = S5A_ATYPS_EXTENDED | 1u << S5A_ATYP_NONE, /* 02 is no type, whoever allows it */
};

struct s5a_address s5a_address_none(void)
{
    return (struct s5a_address){ .type = S5A_ATYP_NONE };
}

struct s5a_address s5a_address_ipv4(const uint8_t ip[static 4])
{
    struct s5a_address address = { .type = S5A_ATYP_IPV4 };
    memcpy(address.ip, ip, IPV4_LEN);
    return address;
}

struct s5a_address s5a_address_ipv6(const uint8_t ip[static 16])
{
    struct s5a_address address = { .type = S5A_ATYP_IPV6 };
    memcpy(address.ip, ip, IPV6_LEN);
    return address;
}

bool s5a_address_is_valid(const struct s5a_address *address)
{
    struct s5a_span text = address->text;
    struct s5a_url url;
    if (address->type == S5A_ATYP_NONE || address->type == S5A_ATYP_IPV4 ||
        address->type == S5A_ATYP_IPV6)
        return true;
    if (address->type == S5A_ATYP_URL)
        return s5a_url_parse(&url, text) == S5A_OK;
    if (text.len == 0 || text.len > S5A_NAME_MAX || memchr(text.at, '\0', text.len))
        return false;
    return address->type != S5A_ATYP_UNIX || text.at[0] == '/';
}

bool s5a_address_equal(const struct s5a_address *a, const struct s5a_address *b)
{
    return a->type == b->type && memcmp(a->ip, b->ip, sizeof(a->ip)) == 0 &&
           s5a_span_equal(a->text, b->text);
}

static struct s5a_address read_ip(struct s5a_reader *r, enum s5a_atyp type)
{
    struct s5a_address address = { .type = type };
    s5a_read_copy(r, address.ip, type == S5A_ATYP_IPV4 ? IPV4_LEN : IPV6_LEN);
    return address;
}

/* Lengths are judged before the bytes are there: nobody waits for what will be refused. */
static enum s5a_status read_text(struct s5a_reader *r, enum s5a_atyp type, size_t max,
                                 struct s5a_address *out)
{
    size_t len = type == S5A_ATYP_URL ? s5a_read_u16(r) : s5a_read_u8(r);
    if (r->bad)
        return S5A_INCOMPLETE;
    if (len > max)
        return S5A_MALFORMED;
    struct s5a_span text = s5a_read_span(r, len);
    if (r->bad)
        return S5A_INCOMPLETE;
    *out = (struct s5a_address){ .type = type, .text = text };
    return s5a_address_is_valid(out) ? S5A_OK : S5A_MALFORMED;
}

static enum s5a_status read_url(struct s5a_reader *r, struct s5a_address *out)
{
    uint8_t version = s5a_read_u8(r);
    if (r->bad)
        return S5A_INCOMPLETE;
    if (version != URL_VERSION)
        return S5A_MALFORMED;
    return read_text(r, S5A_ATYP_URL, S5A_URL_MAX, out);
}

static enum s5a_status read_content(struct s5a_reader *r, uint8_t type, struct s5a_address *out)
{
    switch (type) {
    case S5A_ATYP_IPV4:
    case S5A_ATYP_IPV6:
        *out = read_ip(r, type);
        return r->bad ? S5A_INCOMPLETE : S5A_OK;
    case S5A_ATYP_NAME:
    case S5A_ATYP_UNIX:
    case S5A_ATYP_ABSTRACT:
        return read_text(r, type, S5A_NAME_MAX, out);
    case S5A_ATYP_URL:
        return read_url(r, out);
    default: /* S5A_ATYP_NONE */
        return S5A_OK;
    }
}

enum s5a_status s5a_address_decode(struct s5a_reader *r, unsigned allowed, struct s5a_address *out)
{
    struct s5a_reader at = *r;
    struct s5a_address address = s5a_address_none();
    *out = address;
    uint8_t type = s5a_read_u8(&at);
    if (at.bad)
        return S5A_INCOMPLETE;
    if (type > S5A_ATYP_URL || !(allowed & KNOWN & S5A_ATYP_BIT(type)))
        return S5A_UNSUPPORTED_ADDRESS;
    enum s5a_status status = read_content(&at, type, &address);
    if (status != S5A_OK)
        return status;
    *out = address;
    *r = at;
    return S5A_OK;
}

static void write_text(struct s5a_writer *w, const struct s5a_address *address)
{
    if (!s5a_address_is_valid(address)) {
        w->bad = true;
    } else if (address->type == S5A_ATYP_URL) {
        s5a_write_u8(w, URL_VERSION);
        s5a_write_vec16(w, address->text);
    } else {
        s5a_write_vec8(w, address->text);
    }
}

void s5a_address_encode(struct s5a_writer *w, const struct s5a_address *address)
{
    s5a_write_u8(w, (uint8_t)address->type);
    switch (address->type) {
    case S5A_ATYP_NONE:
        return;
    case S5A_ATYP_IPV4:
        s5a_write_bytes(w, address->ip, IPV4_LEN);
        return;
    case S5A_ATYP_IPV6:
        s5a_write_bytes(w, address->ip, IPV6_LEN);
        return;
    case S5A_ATYP_NAME:
    case S5A_ATYP_UNIX:
    case S5A_ATYP_ABSTRACT:
    case S5A_ATYP_URL:
        write_text(w, address);
        return;
    }
    w->bad = true;
}
