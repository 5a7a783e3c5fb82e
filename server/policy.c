/* Which methods a user has to pass. */
#include "server/policy.h"

#include <string.h>

#include "protocol/eaf/auth.h"

static const struct {
    const char *name;
    uint8_t mid;
} methods[] = {
    { "publickey", S5A_MID_PUBLICKEY },
    { "password", S5A_MID_RESPONSE },
    { "totp", S5A_MID_TOTP },
    { "token", S5A_MID_TOKEN },
};

enum { METHODS = sizeof methods / sizeof methods[0], MID_MAX = S5A_MID_TOKEN };

/* ---- reading ---- */

static void skip_blanks(const char **at)
{
    *at += strspn(*at, " \t");
}

/* The method that a word names, taken off the text; 0 where it names none. */
static uint8_t take_method(const char **at)
{
    size_t len = strspn(*at, "abcdefghijklmnopqrstuvwxyz");
    for (size_t i = 0; i < METHODS; i++)
        if (strlen(methods[i].name) == len && strncmp(methods[i].name, *at, len) == 0) {
            *at += len;
            skip_blanks(at);
            return methods[i].mid;
        }
    return 0;
}

static bool take_sign(const char **at, char sign)
{
    if (**at != sign)
        return false;
    ++*at;
    skip_blanks(at);
    return true;
}

/* "M+M": false where it is none, or a method stands there twice. */
static bool take_alternative(const char **at, uint8_t *set)
{
    *set = 0;
    do {
        uint8_t bit = (uint8_t)S5A_MID_BIT(take_method(at));
        if (bit == S5A_MID_BIT(0) || *set & bit)
            return false;
        *set |= bit;
    } while (take_sign(at, '+'));
    return true;
}

static bool parse_chain(struct s5ad_policy *out, const char *at)
{
    unsigned set = 0;
    out->kind = S5AD_POLICY_CHAIN;
    do {
        uint8_t mid = take_method(&at);
        if (mid == 0 || out->count == S5AD_STEPS_MAX || set & S5A_MID_BIT(mid))
            return false;
        set |= S5A_MID_BIT(mid);
        out->chain[out->count++] = mid;
    } while (take_sign(&at, ','));
    return *at == '\0';
}

static bool parse_listed(struct s5ad_policy *out, const char *at)
{
    out->kind = S5AD_POLICY_LISTED;
    do {
        if (out->count == S5AD_ALTERNATIVES_MAX ||
            !take_alternative(&at, &out->alternatives[out->count++]))
            return false;
    } while (take_sign(&at, ','));
    return *at == '\0';
}

bool s5ad_policy_parse(struct s5ad_policy *out, const char *text)
{
    *out = (struct s5ad_policy){ .kind = S5AD_POLICY_DEFAULT };
    skip_blanks(&text);
    if (strcmp(text, "any") == 0 || strcmp(text, "all") == 0) {
        out->kind = text[1] == 'n' ? S5AD_POLICY_ANY : S5AD_POLICY_ALL;
        return true;
    }
    if (strncmp(text, "chain ", 6) != 0)
        return parse_listed(out, text);
    text += 6;
    skip_blanks(&text);
    return parse_chain(out, text);
}

/* ---- settling ---- */

static void add_alternative(struct s5ad_policy *policy, unsigned set)
{
    policy->alternatives[policy->count++] = (uint8_t)set;
}

/* Each method alone, `beside` with it. */
static void add_each(struct s5ad_policy *policy, unsigned has, unsigned beside)
{
    for (size_t i = 0; i < METHODS; i++)
        if (has & S5A_MID_BIT(methods[i].mid))
            add_alternative(policy, S5A_MID_BIT(methods[i].mid) | beside);
}

/* A code of six digits alone is little, so it does not count alone where there is something else. */
static void add_default(struct s5ad_policy *policy, unsigned has)
{
    unsigned totp = has & S5A_MID_BIT(S5A_MID_TOTP);
    add_each(policy, has == totp ? has : has & ~totp, totp);
}

static unsigned named_by(const struct s5ad_policy *policy)
{
    unsigned set = 0;
    for (size_t i = 0; i < policy->count; i++)
        set |= policy->kind == S5AD_POLICY_CHAIN ? S5A_MID_BIT(policy->chain[i])
                                                 : policy->alternatives[i];
    return set;
}

bool s5ad_policy_settle(struct s5ad_policy *policy, unsigned has)
{
    if (policy->kind == S5AD_POLICY_DEFAULT)
        add_default(policy, has);
    else if (policy->kind == S5AD_POLICY_ANY)
        add_each(policy, has, 0);
    else if (policy->kind == S5AD_POLICY_ALL && has)
        add_alternative(policy, has);
    return (named_by(policy) & ~has) == 0;
}

/* ---- checking ---- */

static enum s5ad_policy_verdict check_chain(const struct s5ad_policy *policy,
                                            const struct s5ad_passed *passed, uint8_t *next)
{
    if (passed->combined || passed->count > policy->count ||
        memcmp(passed->order, policy->chain, passed->count) != 0)
        return S5AD_POLICY_NEVER;
    if (passed->count == policy->count)
        return S5AD_POLICY_ENOUGH;
    *next = policy->chain[passed->count];
    return S5AD_POLICY_MORE;
}

static uint8_t lowest(unsigned set)
{
    uint8_t mid = 1;
    while (mid < MID_MAX && !(set & S5A_MID_BIT(mid)))
        mid++;
    return mid;
}

static int size_of(unsigned set)
{
    return __builtin_popcount(set);
}

/* Enough is one alternative passed, whatever else was; more, where everything passed is part of one:
 * of these the one that lacks least. */
static enum s5ad_policy_verdict check_alternatives(const struct s5ad_policy *policy,
                                                   const struct s5ad_passed *passed, uint8_t *next)
{
    unsigned best = 0;
    for (size_t i = 0; i < policy->count; i++) {
        unsigned set = policy->alternatives[i], missing = set & ~(unsigned)passed->set;
        if (missing == 0)
            return S5AD_POLICY_ENOUGH;
        bool leads = (passed->set & ~set) == 0;
        if (leads && (best == 0 || size_of(missing) < size_of(best)))
            best = missing;
    }
    *next = lowest(best);
    return best ? S5AD_POLICY_MORE : S5AD_POLICY_NEVER;
}

enum s5ad_policy_verdict s5ad_policy_check(const struct s5ad_policy *policy,
                                           const struct s5ad_passed *passed, uint8_t *next)
{
    *next = 0;
    return policy->kind == S5AD_POLICY_CHAIN ? check_chain(policy, passed, next)
                                             : check_alternatives(policy, passed, next);
}

void s5ad_passed_add(struct s5ad_passed *passed, uint8_t mid)
{
    if (passed->set & S5A_MID_BIT(mid) || passed->count == S5AD_STEPS_MAX)
        return;
    passed->set |= (uint8_t)S5A_MID_BIT(mid);
    passed->order[passed->count++] = mid;
}
