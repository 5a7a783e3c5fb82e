/* Addresses as people write and read them. */
#include "protocol/address.h"

#include <arpa/inet.h>
#include <string.h>

#include "protocol/text.h"

enum { IPV6_LEN = 16 };

static struct s5a_address text_address(enum s5a_atyp type, struct s5a_span text)
{
    return (struct s5a_address){ .type = type, .text = text };
}

/* Reads a literal of the family; inet_pton wants a string. */
static bool read_literal(int family, struct s5a_span text, uint8_t ip[static 16])
{
    char string[INET6_ADDRSTRLEN];
    if (text.len == 0 || text.len >= sizeof(string) || memchr(text.at, '\0', text.len))
        return false;
    memcpy(string, text.at, text.len);
    string[text.len] = '\0';
    return inet_pton(family, string, ip) == 1;
}

static bool parse_literal(struct s5a_address *out, struct s5a_span text)
{
    uint8_t ip[IPV6_LEN];
    if (read_literal(AF_INET, text, ip))
        *out = s5a_address_ipv4(ip);
    else if (read_literal(AF_INET6, text, ip))
        *out = s5a_address_ipv6(ip);
    else
        return false;
    return true;
}

static bool starts_with(struct s5a_span text, const char *prefix)
{
    size_t len = strlen(prefix);
    return text.len >= len && memcmp(text.at, prefix, len) == 0;
}

static struct s5a_span without_first(struct s5a_span text, size_t count)
{
    return (struct s5a_span){ text.at + count, text.len - count };
}

static bool parse_bracketed(struct s5a_address *out, struct s5a_span text)
{
    uint8_t ip[IPV6_LEN];
    if (text.len < 2 || text.at[text.len - 1] != ']')
        return false;
    if (!read_literal(AF_INET6, (struct s5a_span){ text.at + 1, text.len - 2 }, ip))
        return false;
    *out = s5a_address_ipv6(ip);
    return true;
}

enum s5a_status s5a_address_parse(struct s5a_address *out, struct s5a_span text)
{
    struct s5a_address address;
    *out = s5a_address_none();
    if (starts_with(text, "["))
        return parse_bracketed(out, text) ? S5A_OK : S5A_MALFORMED;
    if (parse_literal(out, text))
        return S5A_OK;
    if (starts_with(text, "unix:@"))
        address = text_address(S5A_ATYP_ABSTRACT, without_first(text, strlen("unix:@")));
    else if (starts_with(text, "unix:"))
        address = text_address(S5A_ATYP_UNIX, without_first(text, strlen("unix:")));
    else
        address = text_address(S5A_ATYP_NAME, text);
    if (!s5a_address_is_valid(&address))
        return S5A_MALFORMED;
    *out = address;
    return S5A_OK;
}

void s5a_address_resolve_literal(struct s5a_address *address)
{
    struct s5a_address literal;
    if (address->type == S5A_ATYP_NAME && parse_literal(&literal, address->text))
        *address = literal;
}

static void write_string(struct s5a_writer *w, const char *string)
{
    s5a_text_escape(w, (struct s5a_span){ (const uint8_t *)string, strlen(string) });
}

static void write_ip(struct s5a_writer *w, const struct s5a_address *address)
{
    char string[INET6_ADDRSTRLEN] = "";
    int family = address->type == S5A_ATYP_IPV4 ? AF_INET : AF_INET6;
    if (inet_ntop(family, address->ip, string, sizeof(string)))
        write_string(w, string);
}

size_t s5a_address_format(const struct s5a_address *address, char *out, size_t cap)
{
    struct s5a_writer w;
    if (cap == 0)
        return 0;
    s5a_writer_init(&w, out, cap - 1);
    if (address->type == S5A_ATYP_NONE)
        write_string(&w, "none");
    else if (address->type == S5A_ATYP_IPV4 || address->type == S5A_ATYP_IPV6)
        write_ip(&w, address);
    else if (address->type == S5A_ATYP_UNIX)
        write_string(&w, "unix:");
    else if (address->type == S5A_ATYP_ABSTRACT)
        write_string(&w, "unix:@");
    s5a_text_escape(&w, address->text);
    out[s5a_writer_len(&w)] = '\0';
    return s5a_writer_len(&w);
}
