/* One rule: its text form, and which targets it is about. */
#include "client/routes/rule.h"

#include <stdlib.h>

#include "client/word.h"

enum { PORT_MAX = 65535 };

/* ---- text form: WHO[:PORTS] [tcp] [udp] ---- */

/* "443" or "8000-8999". */
static bool parse_ports(struct s5a_rule *rule, struct s5a_span text)
{
    uint32_t low, high;
    size_t dash = s5a_word_find(text, '-');
    struct s5a_span last = dash < text.len ? s5a_word_tail(text, dash + 1) : text;
    if (!s5a_word_number(s5a_word_head(text, dash), 0, PORT_MAX, &low) ||
        !s5a_word_number(last, low, PORT_MAX, &high))
        return false;
    rule->low = (uint16_t)low;
    rule->high = (uint16_t)high;
    return true;
}

static bool parse_name(struct s5a_rule *rule, struct s5a_span who)
{
    rule->kind = s5a_word_starts(who, ".") ? S5A_RULE_DOMAIN : S5A_RULE_HOST;
    rule->name = rule->kind == S5A_RULE_DOMAIN ? s5a_word_tail(who, 1) : who;
    if (!s5a_word_is_host(rule->name))
        return false;
    if (rule->name.at[rule->name.len - 1] == '.')
        rule->name.len--;
    return true;
}

static bool parse_who(struct s5a_rule *rule, struct s5a_span who)
{
    rule->kind = S5A_RULE_ANY;
    if (s5a_word_is(who, "*"))
        return true;
    rule->kind = S5A_RULE_PREFIX;
    if (s5a_prefix_parse(&rule->prefix, who) == S5A_OK)
        return true;
    return parse_name(rule, who);
}

/* Where ":PORTS" begins; IPv6 has ports only behind its bracket. */
static size_t find_ports(struct s5a_span text)
{
    size_t first = s5a_word_find(text, ':');
    return first == s5a_word_find_last(text, ':') ? first : text.len;
}

static bool parse_bracketed(struct s5a_rule *rule, struct s5a_span text)
{
    size_t end = s5a_word_find(text, ']');
    struct s5a_span ports = s5a_word_tail(text, end + 1);
    struct s5a_span inside = s5a_word_head(s5a_word_tail(text, 1), end - 1);
    rule->kind = S5A_RULE_PREFIX;
    if (end == text.len || s5a_word_find(inside, ':') == inside.len ||
        s5a_prefix_parse(&rule->prefix, inside) != S5A_OK)
        return false;
    return ports.len == 0 ||
           (s5a_word_starts(ports, ":") && parse_ports(rule, s5a_word_tail(ports, 1)));
}

static bool parse_target(struct s5a_rule *rule, struct s5a_span text)
{
    if (s5a_word_starts(text, "["))
        return parse_bracketed(rule, text);
    size_t colon = find_ports(text);
    if (colon < text.len && !parse_ports(rule, s5a_word_tail(text, colon + 1)))
        return false;
    return parse_who(rule, s5a_word_head(text, colon));
}

static bool parse_transports(struct s5a_rule *rule, struct s5a_span rest)
{
    struct s5a_span word;
    while (s5a_word_next(&rest, &word)) {
        if (s5a_word_equal_nocase(word, s5a_word("tcp")))
            rule->transports |= S5A_TCP;
        else if (s5a_word_equal_nocase(word, s5a_word("udp")))
            rule->transports |= S5A_UDP;
        else
            return false;
    }
    if (rule->transports == 0)
        rule->transports = S5A_TCP | S5A_UDP;
    return true;
}

static bool parse(struct s5a_rule *rule)
{
    struct s5a_span rest = s5a_word(rule->text);
    struct s5a_span target;
    return s5a_word_next(&rest, &target) && parse_target(rule, target) &&
           parse_transports(rule, rest);
}

enum s5a_status s5a_rule_init(struct s5a_rule *rule, struct s5a_route route, struct s5a_span match)
{
    *rule = (struct s5a_rule){ .high = PORT_MAX, .route = route, .text = s5a_word_copy(match) };
    if (rule->text == NULL)
        return S5A_TOO_LONG;
    rule->route.rule = rule->text;
    if (parse(rule))
        return S5A_OK;
    s5a_rule_wipe(rule);
    return S5A_MALFORMED;
}

void s5a_rule_wipe(struct s5a_rule *rule)
{
    free(rule->text);
    *rule = (struct s5a_rule){ .text = NULL };
}

/* ---- matching ---- */

static bool is_below(struct s5a_span name, struct s5a_span domain)
{
    if (!s5a_word_ends_nocase(name, domain))
        return false;
    return name.len == domain.len || name.at[name.len - domain.len - 1] == '.';
}

static bool matches_address(const struct s5a_rule *rule, const struct s5a_address *address)
{
    bool named = address->type == S5A_ATYP_NAME;
    switch (rule->kind) {
    case S5A_RULE_ANY:
        return true;
    case S5A_RULE_PREFIX:
        return s5a_prefix_contains(&rule->prefix, address);
    case S5A_RULE_HOST:
        return named && s5a_word_equal_nocase(address->text, rule->name);
    case S5A_RULE_DOMAIN:
        return named && is_below(address->text, rule->name);
    }
    return false;
}

bool s5a_rule_matches(const struct s5a_rule *rule, const struct s5a_target *target,
                      enum s5a_transport transport)
{
    return (rule->transports & transport) != 0 && target->port >= rule->low &&
           target->port <= rule->high && matches_address(rule, &target->address);
}
