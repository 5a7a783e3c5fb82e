/* URLs: the part of RFC 3986 that a proxy needs, checked in full. */
#include "protocol/url.h"

#include <string.h>

/* Schemes and their ports. */
static const struct {
    const char *name;
    uint16_t port;
} schemes[] = {
    { "http", 80 }, { "https", 443 }, { "ws", 80 }, { "wss", 443 }, { "ftp", 21 }, { "sftp", 22 },
};

/* ---- characters, RFC 3986, section 2 ---- */

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

static bool is_alnum(uint8_t c)
{
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z');
}

static bool is_hex(uint8_t c)
{
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f');
}

static bool is_one_of(uint8_t c, const char *set)
{
    return memchr(set, c, strlen(set)) != NULL;
}

/* unreserved and sub-delims: what a name is made of */
static bool is_name_char(uint8_t c)
{
    return is_alnum(c) || is_one_of(c, "-._~!$&'()*+,;=");
}

/* ---- a cursor of characters ---- */

static bool at_end(const struct s5a_reader *r)
{
    return s5a_reader_left(r) == 0;
}

/* The next character, 0 at the end; what is 0 itself fits nowhere either. */
static uint8_t next(const struct s5a_reader *r)
{
    struct s5a_reader peek = *r;
    return s5a_read_u8(&peek);
}

static bool skip(struct s5a_reader *r, char c)
{
    if (at_end(r) || next(r) != (uint8_t)c)
        return false;
    s5a_read_u8(r);
    return true;
}

/* All characters up to, not including, the first one that is not accepted. */
static struct s5a_span read_while(struct s5a_reader *r, bool (*accept)(uint8_t))
{
    struct s5a_reader from = *r;
    while (!at_end(r) && accept(next(r)))
        s5a_read_u8(r);
    return s5a_read_span(&from, s5a_reader_left(&from) - s5a_reader_left(r));
}

/* ---- parts, RFC 3986, section 3 ---- */

static bool is_scheme(struct s5a_span text, const char *name)
{
    if (text.len != strlen(name))
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (lower(text.at[i]) != (uint8_t)name[i])
            return false;
    return true;
}

static bool read_scheme(struct s5a_reader *r, struct s5a_url *out)
{
    out->scheme = read_while(r, is_alnum);
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (is_scheme(out->scheme, schemes[i].name))
            out->port = schemes[i].port;
    return out->port != 0 && skip(r, ':') && skip(r, '/') && skip(r, '/');
}

static bool is_ipv6_char(uint8_t c)
{
    return is_hex(c) || c == ':' || c == '.';
}

/* Only IPv6 stands in brackets; zones need "%", which is not allowed. */
static bool read_bracketed(struct s5a_reader *r, struct s5a_address *host)
{
    struct s5a_span literal = read_while(r, is_ipv6_char);
    *host = (struct s5a_address){ .type = S5A_ATYP_NAME, .text = literal };
    s5a_address_resolve_literal(host);
    return host->type == S5A_ATYP_IPV6 && skip(r, ']');
}

static bool read_host(struct s5a_reader *r, struct s5a_address *host)
{
    if (skip(r, '['))
        return read_bracketed(r, host);
    struct s5a_span name = read_while(r, is_name_char);
    *host = (struct s5a_address){ .type = S5A_ATYP_NAME, .text = name };
    s5a_address_resolve_literal(host);
    return name.len > 0 && name.len <= S5A_NAME_MAX;
}

/* Absent or empty: the scheme's stays. */
static bool read_port(struct s5a_reader *r, uint16_t *port)
{
    uint32_t number = 0;
    if (!skip(r, ':'))
        return true;
    struct s5a_span digits = read_while(r, is_digit);
    if (digits.len == 0)
        return true;
    for (size_t i = 0; i < digits.len && number <= UINT16_MAX; i++)
        number = number * 10 + (uint32_t)(digits.at[i] - '0');
    *port = (uint16_t)number;
    return number > 0 && number <= UINT16_MAX;
}

static bool skip_hex_pair(struct s5a_reader *r)
{
    uint8_t high = s5a_read_u8(r);
    uint8_t low = s5a_read_u8(r); /* 0 past the end */
    return is_hex(high) && is_hex(low);
}

/* pchar, "/" and what else the part allows; percent signs begin two hex digits. */
static bool skip_part(struct s5a_reader *r, const char *others)
{
    while (!at_end(r)) {
        uint8_t c = next(r);
        if (!is_name_char(c) && c != '%' && !is_one_of(c, others))
            return true;
        s5a_read_u8(r);
        if (c == '%' && !skip_hex_pair(r))
            return false;
    }
    return true;
}

/* Path, query, fragment; the authority ends at the first of their signs, or with the URL. */
static bool read_rest(struct s5a_reader *r)
{
    if (!at_end(r) && next(r) == '/' && !skip_part(r, ":@/"))
        return false;
    if (skip(r, '?') && !skip_part(r, ":@/?"))
        return false;
    if (skip(r, '#') && !skip_part(r, ":@/?"))
        return false;
    return at_end(r);
}

enum s5a_status s5a_url_parse(struct s5a_url *out, struct s5a_span text)
{
    struct s5a_reader r;
    struct s5a_url url = { 0 };
    *out = url;
    if (text.len == 0 || text.len > S5A_URL_MAX)
        return S5A_MALFORMED;
    s5a_reader_init(&r, text.at, text.len);
    if (!read_scheme(&r, &url) || !read_host(&r, &url.host) || !read_port(&r, &url.port) ||
        !read_rest(&r))
        return S5A_MALFORMED;
    *out = url;
    return S5A_OK;
}
