/* One setter a key: the sections rules, dns, limits, exec, log and state, and the kinds of values
 * that keys share. */
#include "client/config/setters.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/word.h"

enum { TIMEOUT_MAX = 86400, FAKE4_BITS_MIN = 8, FAKE4_BITS_MAX = 24, FAKE6_BITS = 96 };

/* ---- kinds of values ---- */

static void list_words(char *out, size_t cap, const char *const *words)
{
    size_t len = 0;
    for (size_t i = 0; words[i] != NULL && len < cap; i++) {
        const char *before = i == 0 ? "" : words[i + 1] == NULL ? " or " : ", ";
        int added = snprintf(out + len, cap - len, "%s%s", before, words[i]);
        len += added > 0 ? (size_t)added : 0;
    }
}

bool s5a_value_choose(struct s5a_draft *draft, const char *value, const char *const *words,
                      unsigned *index)
{
    char expected[128] = "";
    for (*index = 0; words[*index] != NULL; ++*index)
        if (strcmp(value, words[*index]) == 0)
            return true;
    list_words(expected, sizeof(expected), words);
    return s5a_draft_fail_value(draft, value, expected);
}

bool s5a_value_copy(struct s5a_draft *draft, struct s5a_span value, char **string)
{
    char *copy = s5a_word_copy(value);
    if (copy == NULL)
        return s5a_draft_fail_memory(draft);
    free(*string);
    *string = copy;
    return true;
}

bool s5a_value_path(struct s5a_draft *draft, const char *value, char **path)
{
    char expanded[PATH_MAX];
    const char *home = "";
    const char *rest = value;
    if (strncmp(value, "~/", 2) == 0) {
        home = s5a_draft_getenv(draft, "HOME");
        rest = value + 1;
        if (home == NULL || home[0] != '/')
            return s5a_draft_fail_value(draft, value, "an absolute path, since HOME is not one");
    } else if (value[0] != '/') {
        return s5a_draft_fail_value(draft, value, "a path that begins with / or ~/");
    }
    int len = snprintf(expanded, sizeof(expanded), "%s%s", home, rest);
    if (len < 0 || (size_t)len >= sizeof(expanded))
        return s5a_draft_fail_value(draft, value, "a path of less than 4096 bytes");
    return s5a_value_copy(draft, s5a_word(expanded), path);
}

/* ---- [rules] ---- */

static bool add_rules(struct s5a_draft *draft, struct s5a_route route, const char *matches)
{
    static const char expected[] =
        "ADDRESS[/BITS], NAME, .DOMAIN or *, with [:PORT[-PORT]] [tcp] [udp], "
        "and [brackets] around IPv6 with ports";
    char shown[84];
    struct s5a_span wrong;
    enum s5a_status status = s5a_rules_add(draft->config->rules, route, matches, &wrong);
    if (status == S5A_OK)
        return true;
    if (status != S5A_MALFORMED)
        return s5a_draft_fail_memory(draft);
    snprintf(shown, sizeof(shown), "%.*s", (int)s5a_word_head(wrong, 80).len,
             (const char *)wrong.at);
    return s5a_draft_fail_value(draft, shown, expected);
}

bool s5a_set_direct(struct s5a_draft *draft, const char *value)
{
    return add_rules(draft, (struct s5a_route){ .verdict = S5A_ROUTE_DIRECT }, value);
}

bool s5a_set_deny(struct s5a_draft *draft, const char *value)
{
    return add_rules(draft, (struct s5a_route){ .verdict = S5A_ROUTE_DENY }, value);
}

bool s5a_set_proxy_rule(struct s5a_draft *draft, const char *value)
{
    struct s5a_route route = { .verdict = S5A_ROUTE_PROXY, .proxy = draft->proxy->proxy };
    return add_rules(draft, route, value);
}

bool s5a_set_default(struct s5a_draft *draft, const char *value)
{
    struct s5a_span rest = s5a_word(value);
    struct s5a_span word, name = { NULL, 0 };
    bool several = s5a_word_next(&rest, &word) && s5a_word_next(&rest, &name);
    draft->has_default = true;
    draft->config->default_direct = s5a_word_is(word, "direct");
    if (!several && (draft->config->default_direct || s5a_word_is(word, "deny")))
        return true;
    if (!several || !s5a_word_is(word, "proxy") || rest.len > 0)
        return s5a_draft_fail_value(draft, value, "direct, deny or proxy NAME");
    struct s5a_draft_proxy *proxy = s5a_draft_mention(draft, name);
    if (proxy == NULL)
        return false;
    draft->config->default_proxy = proxy->proxy;
    return true;
}

/* ---- [dns] ---- */

bool s5a_set_dns_mode(struct s5a_draft *draft, const char *value)
{
    static const char *const modes[] = { "fake", "local", "deny", "resolve", NULL };
    unsigned index;
    if (!s5a_value_choose(draft, value, modes, &index))
        return false;
    draft->config->dns_mode = (enum s5a_dns_mode)index;
    return true;
}

bool s5a_set_dns_server(struct s5a_draft *draft, const char *value)
{
    struct s5a_address address;
    bool is_ip = s5a_address_parse(&address, s5a_word(value)) == S5A_OK &&
                 (address.type == S5A_ATYP_IPV4 || address.type == S5A_ATYP_IPV6);
    if (!is_ip)
        return s5a_draft_fail_value(draft, value, "an IPv4 or IPv6 address");
    draft->config->dns_server = address;
    return true;
}

bool s5a_set_dns_answers(struct s5a_draft *draft, const char *value)
{
    static const char *const kinds[] = { "public", "any", NULL };
    unsigned index;
    if (!s5a_value_choose(draft, value, kinds, &index))
        return false;
    draft->config->dns_any_answer = index == 1;
    return true;
}

/* Addresses that the kernel or the rules treat by themselves cannot stand for names. */
static bool is_special4(const struct s5a_prefix *range)
{
    uint8_t first = range->address.ip[0];
    return first == 0 || first == 127 || (first >= 224 && first <= 239);
}

static bool is_special6(const struct s5a_prefix *range)
{
    static const uint8_t zeros[12];
    return range->address.ip[0] == 0xff || memcmp(range->address.ip, zeros, sizeof(zeros)) == 0;
}

bool s5a_set_range4(struct s5a_draft *draft, const char *value)
{
    struct s5a_prefix range;
    if (s5a_prefix_parse(&range, s5a_word(value)) != S5A_OK ||
        range.address.type != S5A_ATYP_IPV4 || range.bits < FAKE4_BITS_MIN ||
        range.bits > FAKE4_BITS_MAX || is_special4(&range))
        return s5a_draft_fail_value(
            draft, value, "an IPv4 range of 8 to 24 bits, not loopback, multicast or 0.0.0.0/8");
    draft->config->fake4 = range;
    return true;
}

bool s5a_set_range6(struct s5a_draft *draft, const char *value)
{
    struct s5a_prefix range;
    if (s5a_prefix_parse(&range, s5a_word(value)) != S5A_OK ||
        range.address.type != S5A_ATYP_IPV6 || range.bits != FAKE6_BITS || is_special6(&range))
        return s5a_draft_fail_value(draft, value, "an IPv6 range of 96 bits, not multicast or ::");
    draft->config->fake6 = range;
    return true;
}

bool s5a_set_hosts(struct s5a_draft *draft, const char *value)
{
    return s5a_value_path(draft, value, &draft->config->hosts_file);
}

/* ---- [limits], [exec], [log], [state] ---- */

bool s5a_set_timeout(struct s5a_draft *draft, const char *value)
{
    uint32_t seconds;
    if (!s5a_word_number(s5a_word(value), 1, TIMEOUT_MAX, &seconds))
        return s5a_draft_fail_value(draft, value, "seconds from 1 to 86400");
    draft->config->connect_timeout = seconds * 1000;
    return true;
}

bool s5a_set_unshimmed(struct s5a_draft *draft, const char *value)
{
    static const char *const policies[] = { "deny", "warn", "allow", NULL };
    unsigned index;
    if (!s5a_value_choose(draft, value, policies, &index))
        return false;
    draft->config->exec_unshimmed = (enum s5a_exec_policy)index;
    return true;
}

bool s5a_set_log_level(struct s5a_draft *draft, const char *value)
{
    static const char *const levels[] = { "error", "warning", "info", "debug", NULL };
    unsigned index;
    if (!s5a_value_choose(draft, value, levels, &index))
        return false;
    draft->config->log_level = (enum s5a_log_level)index;
    return true;
}

bool s5a_set_log_file(struct s5a_draft *draft, const char *value)
{
    return s5a_value_path(draft, value, &draft->config->log_file);
}

bool s5a_set_state_dir(struct s5a_draft *draft, const char *value)
{
    return s5a_value_path(draft, value, &draft->config->state_dir);
}
