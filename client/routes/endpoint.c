/* Where a proxy is, from the texts that people write. */
#include "client/routes/endpoint.h"

#include <string.h>

#include "client/word.h"

enum { PORT_MAX = 65535 };

static enum s5a_status parse_port(struct s5a_endpoint *out, struct s5a_span text)
{
    uint32_t port;
    if (!s5a_word_number(text, 1, PORT_MAX, &port))
        return S5A_MALFORMED;
    out->port = (uint16_t)port;
    return S5A_OK;
}

/* `text` is empty or ":PORT". */
static enum s5a_status parse_optional_port(struct s5a_endpoint *out, struct s5a_span text)
{
    out->port = S5A_PORT_SOCKS;
    if (text.len == 0)
        return S5A_OK;
    return s5a_word_starts(text, ":") ? parse_port(out, s5a_word_tail(text, 1)) : S5A_MALFORMED;
}

/* "fe80::1%eth0", whose scope no address of the protocol has: a name, which the system's resolver knows
 * without asking anybody. */
static bool parse_scoped(struct s5a_address *out, struct s5a_span text)
{
    struct s5a_address ip;
    size_t percent = s5a_word_find(text, '%');
    struct s5a_span scope = s5a_word_tail(text, percent < text.len ? percent + 1 : percent);
    if (scope.len == 0 || s5a_word_find(scope, ' ') < scope.len ||
        s5a_address_parse(&ip, s5a_word_head(text, percent)) != S5A_OK || ip.type != S5A_ATYP_IPV6)
        return false;
    *out = s5a_address_none();
    out->type = S5A_ATYP_NAME;
    out->text = text;
    return true;
}

bool s5a_endpoint_is_scoped(const struct s5a_endpoint *endpoint)
{
    struct s5a_span text = endpoint->address.text;
    return endpoint->address.type == S5A_ATYP_NAME && s5a_word_find(text, '%') < text.len;
}

static enum s5a_status parse_bracketed(struct s5a_endpoint *out, struct s5a_span text)
{
    size_t end = s5a_word_find(text, ']') + 1;
    if (end <= text.len &&
        parse_scoped(&out->address, s5a_word_tail(s5a_word_head(text, end - 1), 1)))
        return parse_optional_port(out, s5a_word_tail(text, end));
    if (s5a_address_parse(&out->address, s5a_word_head(text, end)) != S5A_OK)
        return S5A_MALFORMED;
    return parse_optional_port(out, s5a_word_tail(text, end));
}

/* IPv6 without brackets has two colons or more, and nobody can tell its port from it. */
static enum s5a_status parse_host(struct s5a_endpoint *out, struct s5a_span text)
{
    size_t colon = s5a_word_find(text, ':');
    struct s5a_span host = s5a_word_head(text, colon);
    if (s5a_address_parse(&out->address, host) != S5A_OK)
        return S5A_MALFORMED;
    if (out->address.type == S5A_ATYP_NAME && !s5a_word_is_host(host))
        return S5A_MALFORMED;
    return parse_optional_port(out, s5a_word_tail(text, colon));
}

static enum s5a_status parse(struct s5a_endpoint *out, struct s5a_span text)
{
    if (s5a_word_starts(text, "unix:"))
        return s5a_address_parse(&out->address, text);
    if (s5a_word_starts(text, "["))
        return parse_bracketed(out, text);
    return parse_host(out, text);
}

enum s5a_status s5a_endpoint_parse(struct s5a_endpoint *out, struct s5a_span text)
{
    struct s5a_endpoint endpoint = { s5a_address_none(), 0 };
    enum s5a_status status = parse(&endpoint, text);
    *out = status == S5A_OK ? endpoint : (struct s5a_endpoint){ s5a_address_none(), 0 };
    return status;
}

/* ---- URLs ---- */

static const char *const schemes[] = { "socks5", "socks5h", "socks5a", "socks" };

static bool is_scheme_byte(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '+' || byte == '-' || byte == '.';
}

static struct s5a_span scheme_of(struct s5a_span text)
{
    size_t len = 0;
    while (len < text.len && is_scheme_byte(text.at[len]))
        len++;
    return s5a_word_head(text, len);
}

bool s5a_is_url(struct s5a_span text)
{
    size_t len = scheme_of(text).len;
    return len > 0 && s5a_word_starts(s5a_word_tail(text, len), "://");
}

static bool is_known_scheme(struct s5a_span scheme)
{
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (s5a_word_equal_nocase(scheme, s5a_word(schemes[i])))
            return true;
    return false;
}

/* The last "@" ends the user info: hosts have none, and passwords in the field do. */
static void take_user_info(struct s5a_proxy_url *url, struct s5a_span *authority)
{
    size_t at = s5a_word_find_last(*authority, '@');
    if (at == authority->len)
        return;
    struct s5a_span info = s5a_word_head(*authority, at);
    size_t colon = s5a_word_find(info, ':');
    url->user = s5a_word_head(info, colon);
    url->password = s5a_word_tail(info, colon + 1);
    *authority = s5a_word_tail(*authority, at + 1);
}

enum s5a_status s5a_proxy_url_parse(struct s5a_proxy_url *out, struct s5a_span text)
{
    struct s5a_proxy_url url = { .user = { NULL, 0 } };
    struct s5a_endpoint endpoint;
    *out = url;
    if (!s5a_is_url(text) || !is_known_scheme(scheme_of(text)))
        return S5A_MALFORMED;
    struct s5a_span rest = s5a_word_tail(text, scheme_of(text).len + strlen("://"));
    size_t slash = s5a_word_find(rest, '/');
    if (slash + 1 < rest.len)
        return S5A_MALFORMED; /* a path says nothing of a proxy */
    url.endpoint = s5a_word_head(rest, slash);
    take_user_info(&url, &url.endpoint);
    if (s5a_word_starts(url.endpoint, "unix:") ||
        s5a_endpoint_parse(&endpoint, url.endpoint) != S5A_OK)
        return S5A_MALFORMED;
    *out = url;
    return S5A_OK;
}

static int hex_value(uint8_t digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    uint8_t letter = digit | 0x20;
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/* The byte of "%XX" at the front; 0, which no text may hold, where the escape is wrong. */
static uint8_t escaped_byte(struct s5a_span text)
{
    if (text.len < 3)
        return 0;
    int high = hex_value(text.at[1]);
    int low = hex_value(text.at[2]);
    return high < 0 || low < 0 ? 0 : (uint8_t)(high << 4 | low);
}

enum s5a_status s5a_percent_decode(struct s5a_writer *out, struct s5a_span text)
{
    while (text.len > 0) {
        bool escaped = text.at[0] == '%';
        uint8_t byte = escaped ? escaped_byte(text) : text.at[0];
        if (byte == 0)
            return S5A_MALFORMED;
        s5a_write_u8(out, byte);
        text = s5a_word_tail(text, escaped ? 3 : 1);
    }
    return out->bad ? S5A_TOO_LONG : S5A_OK;
}
