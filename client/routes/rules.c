/* Routes: the ordered list of rules, and what stands behind it. */
#include "client/routes/rules.h"

#include <stdlib.h>
#include <string.h>

#include "client/routes/rule.h"
#include "client/word.h"

struct s5a_rules {
    struct s5a_rule *list;
    size_t count;
    size_t cap;
};

enum { FIRST_CAP = 8 };

struct s5a_rules *s5a_rules_new(void)
{
    return calloc(1, sizeof(struct s5a_rules));
}

static void drop_behind(struct s5a_rules *rules, size_t count)
{
    while (rules->count > count)
        s5a_rule_wipe(&rules->list[--rules->count]);
}

void s5a_rules_free(struct s5a_rules *rules)
{
    if (rules == NULL)
        return;
    drop_behind(rules, 0);
    free(rules->list);
    free(rules);
}

static bool has_room(struct s5a_rules *rules)
{
    if (rules->count < rules->cap)
        return true;
    size_t cap = rules->cap == 0 ? FIRST_CAP : rules->cap * 2;
    struct s5a_rule *list = reallocarray(rules->list, cap, sizeof(*list));
    if (list == NULL)
        return false;
    rules->list = list;
    rules->cap = cap;
    return true;
}

static enum s5a_status append(struct s5a_rules *rules, struct s5a_route route,
                              struct s5a_span match)
{
    if (!has_room(rules))
        return S5A_TOO_LONG;
    enum s5a_status status = s5a_rule_init(&rules->list[rules->count], route, match);
    if (status == S5A_OK)
        rules->count++;
    return status;
}

enum s5a_status s5a_rules_add(struct s5a_rules *rules, struct s5a_route route, const char *matches,
                              struct s5a_span *wrong)
{
    struct s5a_span rest = s5a_word(matches);
    struct s5a_span match;
    size_t before = rules->count;
    *wrong = (struct s5a_span){ NULL, 0 };
    while (s5a_word_split(&rest, ',', &match)) {
        match = s5a_word_trim(match);
        enum s5a_status status = append(rules, route, match);
        if (status != S5A_OK) {
            *wrong = match;
            drop_behind(rules, before);
            return status;
        }
    }
    return S5A_OK;
}

/* ---- what stands behind the rules ---- */

bool s5a_address_is_loopback(const struct s5a_address *address)
{
    static const uint8_t any[16];
    static const uint8_t loopback6[16] = { [15] = 1 };
    struct s5a_address plain = s5a_address_unmapped(address);
    if (plain.type == S5A_ATYP_IPV4)
        return plain.ip[0] == 127 || memcmp(plain.ip, any, 4) == 0;
    if (plain.type == S5A_ATYP_IPV6)
        return memcmp(plain.ip, loopback6, sizeof(loopback6)) == 0 ||
               memcmp(plain.ip, any, sizeof(any)) == 0;
    return false;
}

static bool is_local_name(const struct s5a_address *address)
{
    if (address->type != S5A_ATYP_NAME)
        return false;
    return s5a_word_equal_nocase(address->text, s5a_word("localhost")) ||
           s5a_word_ends_nocase(address->text, s5a_word(".localhost"));
}

/* All of them, though "a.." is no name: no rule shall be got round by it. */
static struct s5a_address without_final_dots(const struct s5a_address *name)
{
    struct s5a_address shorter = *name;
    while (shorter.text.len > 1 && shorter.text.at[shorter.text.len - 1] == '.')
        shorter.text.len--;
    if (shorter.text.len == name->text.len)
        return *name;
    s5a_address_resolve_literal(&shorter);
    return shorter.type == S5A_ATYP_NAME ? shorter : *name;
}

/* "10.0.0.1." is no literal: resolvers may ask for it, so no rule about addresses is about it. */
struct s5a_address s5a_address_canonical(const struct s5a_address *address)
{
    struct s5a_address plain = *address;
    s5a_address_resolve_literal(&plain);
    return plain.type == S5A_ATYP_NAME ? without_final_dots(&plain) : s5a_address_unmapped(&plain);
}

struct s5a_route s5a_rules_find(const struct s5a_rules *rules, const struct s5a_target *target,
                                enum s5a_transport transport, struct s5a_route fallback)
{
    return s5a_rules_find_named(rules, target, s5a_word(""), transport, fallback);
}

struct s5a_route s5a_rules_find_named(const struct s5a_rules *rules,
                                      const struct s5a_target *target, struct s5a_span name,
                                      enum s5a_transport transport, struct s5a_route fallback)
{
    struct s5a_target plain = { s5a_address_canonical(&target->address), target->port };
    struct s5a_target named = { { .type = S5A_ATYP_NAME, .text = name }, target->port };
    for (size_t i = 0; rules != NULL && i < rules->count; i++)
        if (s5a_rule_matches(&rules->list[i], &plain, transport) ||
            (name.len > 0 && s5a_rule_matches(&rules->list[i], &named, transport)))
            return rules->list[i].route;
    if (s5a_address_is_loopback(&plain.address) || is_local_name(&plain.address))
        return (struct s5a_route){ .verdict = S5A_ROUTE_DIRECT,
                                   .rule = "loopback",
                                   .is_implied = true };
    return fallback;
}

bool s5a_rules_make_names_direct(const struct s5a_rules *rules)
{
    for (size_t i = 0; rules != NULL && i < rules->count; i++)
        if (rules->list[i].route.verdict == S5A_ROUTE_DIRECT &&
            rules->list[i].kind != S5A_RULE_PREFIX)
            return true;
    return false;
}
