/* The access list: rules first, then the ranges that are closed by default. */
#include "server/acl.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "server/value.h"

struct range {
    struct s5ad_acl_rule rule; /* allow: unused */
    bool loopback;
    const char *name;
};

#define V4(a, b, bits) .rule = { false, 4, bits, { a, b } }
#define V6(...) .rule = { false, 16, __VA_ARGS__ }
static const struct range closed[] = {
    { V4(127, 0, 8), true, "loopback address" },
    { V6(128, { [15] = 1 }), true, "loopback address" },
    { V4(0, 0, 8), false, "unspecified address" },
    { V6(128, { 0 }), false, "unspecified address" },
    { V4(169, 254, 16), false, "link-local address" },
    { V6(10, { 0xfe, 0x80 }), false, "link-local address" },
    { V4(224, 0, 4), false, "multicast address" },
    { V6(8, { 0xff }), false, "multicast address" },
    { V6(48, { 0, 0x64, 0xff, 0x9b, 0, 1 }), false, "address of a translator here" }, /* RFC 8215 */
    { .rule = { false, 4, 32, { 255, 255, 255, 255 } }, false, "broadcast address" },
};
#undef V4
#undef V6

void s5ad_acl_wipe(struct s5ad_acl *acl)
{
    free(acl->rules);
    *acl = (struct s5ad_acl){ 0 };
}

static bool has_prefix(const uint8_t *ip, const uint8_t *prefix, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    if (memcmp(ip, prefix, whole) != 0)
        return false;
    return rest == 0 || (ip[whole] ^ prefix[whole]) >> (8 - rest) == 0;
}

static bool tail_is_zero(const struct s5ad_acl_rule *rule)
{
    for (unsigned bit = rule->bits; bit < rule->ip_len * 8u; bit++)
        if (rule->ip[bit / 8] >> (7 - bit % 8) & 1)
            return false;
    return true;
}

static bool parse_bits(uint8_t *bits, const char *text, unsigned max)
{
    unsigned long value;
    bool is_number = s5ad_value_number(text, max, &value);
    *bits = (uint8_t)value;
    return is_number;
}

bool s5ad_acl_rule_parse(struct s5ad_acl_rule *out, const char *text)
{
    *out = (struct s5ad_acl_rule){ 0 };
    char ip[INET6_ADDRSTRLEN];
    size_t len = strcspn(text, "/");
    if (len >= sizeof ip)
        return false;
    memcpy(ip, text, len);
    ip[len] = '\0';
    if (inet_pton(AF_INET, ip, out->ip) == 1)
        out->ip_len = 4;
    else if (inet_pton(AF_INET6, ip, out->ip) == 1)
        out->ip_len = 16;
    else
        return false;
    out->bits = (uint8_t)(out->ip_len * 8);
    if (text[len] == '/' && !parse_bits(&out->bits, text + len + 1, out->bits))
        return false;
    return tail_is_zero(out);
}

bool s5ad_acl_add(struct s5ad_acl *acl, const struct s5ad_acl_rule *rule)
{
    struct s5ad_acl_rule *grown = realloc(acl->rules, (acl->count + 1) * sizeof *grown);
    if (!grown)
        return false;
    acl->rules = grown;
    acl->rules[acl->count++] = *rule;
    return true;
}

static bool covers(const struct s5ad_acl_rule *rule, const uint8_t *ip, size_t len)
{
    return rule->ip_len == len && has_prefix(ip, rule->ip, rule->bits);
}

static const struct range *find_closed(const uint8_t *ip, size_t len)
{
    for (size_t i = 0; i < sizeof closed / sizeof closed[0]; i++)
        if (covers(&closed[i].rule, ip, len))
            return &closed[i];
    return NULL;
}

/* The first rule that decides. `narrowest`: allow rules with a shorter prefix do not count. */
static const struct s5ad_acl_rule *find_rule(const struct s5ad_acl *acl, const uint8_t *ip,
                                             size_t len, unsigned narrowest)
{
    for (size_t i = 0; i < acl->count; i++) {
        const struct s5ad_acl_rule *rule = &acl->rules[i];
        if (covers(rule, ip, len) && (!rule->allow || rule->bits >= narrowest))
            return rule;
    }
    return NULL;
}

static const char *verdict(const struct s5ad_acl_rule *rule)
{
    return rule->allow ? NULL : "address denied by a rule";
}

/* An IPv4 address inside an IPv6 one, which a gateway on the way would send to: translated (RFC 6052, RFC
 * 2765), tunnelled (RFC 3056), or from before these (RFC 4291, 2.5.5.1). */
static bool find_inner(const struct s5ad_sockaddr *to, struct s5ad_sockaddr *inner)
{
    static const struct {
        uint8_t prefix[12], bits, at;
    } kinds[] = { { { 0, 0x64, 0xff, 0x9b }, 96, 12 },
                  { { [8] = 0xff, [9] = 0xff }, 96, 12 },
                  { { 0x20, 0x02 }, 16, 2 },
                  { { 0 }, 96, 12 } };
    size_t len;
    const uint8_t *ip = s5ad_sockaddr_ip(to, &len);
    for (size_t i = 0; len == 16 && i < sizeof kinds / sizeof kinds[0]; i++) {
        struct s5a_address address = s5a_address_ipv4(ip + kinds[i].at);
        *inner = s5ad_sockaddr_of(&address, s5ad_sockaddr_port(to));
        if (has_prefix(ip, kinds[i].prefix, kinds[i].bits) && find_closed(ip, len) == NULL)
            return true;
    }
    return false;
}

static const char *judge(const struct s5ad_acl *acl, const struct s5ad_sockaddr *to)
{
    size_t len;
    const uint8_t *ip = s5ad_sockaddr_ip(to, &len);
    if (len == 0)
        return "no address";
    const struct range *range = find_closed(ip, len);
    unsigned narrowest = range ? range->rule.bits : 0;
    const struct s5ad_acl_rule *rule = find_rule(acl, ip, len, narrowest);
    if (range)
        return rule ? verdict(rule) : range->loopback && acl->allow_loopback ? NULL : range->name;
    if (rule && !rule->allow)
        return verdict(rule);
    /* Own addresses have no range: only a rule for that one address opens them. */
    rule = find_rule(acl, ip, len, (unsigned)len * 8);
    if (rule && rule->allow)
        return NULL;
    return s5ad_sockaddr_is_own(to) ? "the server's own address" : NULL;
}

const char *s5ad_acl_objection(const struct s5ad_acl *acl, const struct s5ad_sockaddr *to)
{
    struct s5ad_sockaddr inner;
    const char *why = judge(acl, to);
    return why || !find_inner(to, &inner) ? why : judge(acl, &inner);
}

static bool is_denied(const struct s5ad_acl *acl, const struct s5ad_sockaddr *to)
{
    size_t len;
    const uint8_t *ip = s5ad_sockaddr_ip(to, &len);
    const struct s5ad_acl_rule *rule = find_rule(acl, ip, len, 0);
    return rule && !rule->allow;
}

const char *s5ad_acl_denial(const struct s5ad_acl *acl, const struct s5ad_sockaddr *to)
{
    struct s5ad_sockaddr inner;
    bool denied = is_denied(acl, to) || (find_inner(to, &inner) && is_denied(acl, &inner));
    return denied ? "address denied to this user" : NULL;
}

bool s5ad_acl_copy(struct s5ad_acl *to, const struct s5ad_acl *from)
{
    for (size_t i = 0; i < from->count; i++)
        if (!s5ad_acl_add(to, &from->rules[i]))
            return false;
    return true;
}

bool s5ad_acl_add_text(struct s5ad_acl *acl, bool allow, const char *text,
                       struct s5ad_problem *problem)
{
    struct s5ad_acl_rule rule;
    if (!s5ad_acl_rule_parse(&rule, text))
        return s5ad_value_wrong(problem, text,
                                "an address or ADDRESS/BITS with zeros behind the prefix");
    rule.allow = allow;
    return s5ad_acl_add(acl, &rule) || s5ad_problem_set(problem, "out of memory");
}
