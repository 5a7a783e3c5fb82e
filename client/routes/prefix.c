/* Ranges of addresses (CIDR). */
#include "client/routes/prefix.h"

#include <string.h>

#include "client/word.h"

enum { IPV4_BITS = 32, IPV6_BITS = 128, MAPPED_LEN = 12 };

static const uint8_t mapped_head[MAPPED_LEN] = { [10] = 0xff, [11] = 0xff };

static bool is_mapped(const struct s5a_address *address)
{
    return address->type == S5A_ATYP_IPV6 && memcmp(address->ip, mapped_head, MAPPED_LEN) == 0;
}

struct s5a_address s5a_address_unmapped(const struct s5a_address *address)
{
    return is_mapped(address) ? s5a_address_ipv4(&address->ip[MAPPED_LEN]) : *address;
}

static unsigned width(const struct s5a_address *address)
{
    return address->type == S5A_ATYP_IPV4 ? IPV4_BITS : IPV6_BITS;
}

static uint8_t mask(unsigned bits, unsigned index)
{
    unsigned before = index * 8;
    if (bits >= before + 8)
        return 0xff;
    return bits <= before ? 0 : (uint8_t)(0xff00 >> (bits - before));
}

static void clear_host_bits(struct s5a_prefix *prefix)
{
    for (unsigned i = 0; i < sizeof(prefix->address.ip); i++)
        prefix->address.ip[i] &= mask(prefix->bits, i);
}

static struct s5a_prefix unmapped(const struct s5a_prefix *prefix)
{
    if (prefix->bits < MAPPED_LEN * 8 || !is_mapped(&prefix->address))
        return *prefix;
    return (struct s5a_prefix){ s5a_address_unmapped(&prefix->address),
                                prefix->bits - MAPPED_LEN * 8 };
}

static bool is_ip(const struct s5a_address *address)
{
    return address->type == S5A_ATYP_IPV4 || address->type == S5A_ATYP_IPV6;
}

enum s5a_status s5a_prefix_parse(struct s5a_prefix *out, struct s5a_span text)
{
    struct s5a_prefix prefix;
    size_t slash = s5a_word_find(text, '/');
    uint32_t bits = 0;
    *out = (struct s5a_prefix){ s5a_address_none(), 0 };
    if (s5a_address_parse(&prefix.address, s5a_word_head(text, slash)) != S5A_OK ||
        !is_ip(&prefix.address))
        return S5A_MALFORMED;
    prefix.bits = width(&prefix.address);
    if (slash < text.len) {
        if (!s5a_word_number(s5a_word_tail(text, slash + 1), 0, prefix.bits, &bits))
            return S5A_MALFORMED;
        prefix.bits = bits;
    }
    clear_host_bits(&prefix);
    *out = unmapped(&prefix);
    return S5A_OK;
}

bool s5a_prefix_contains(const struct s5a_prefix *prefix, const struct s5a_address *address)
{
    struct s5a_address plain = s5a_address_unmapped(address);
    if (plain.type != prefix->address.type || !is_ip(&plain))
        return false;
    for (unsigned i = 0; i < sizeof(plain.ip); i++)
        if ((plain.ip[i] & mask(prefix->bits, i)) != prefix->address.ip[i])
            return false;
    return true;
}
