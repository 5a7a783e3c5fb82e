/* server/policy: what is enough. */
#include "server/policy.h"

#include <criterion/criterion.h>

#include "protocol/eaf/auth.h"

enum {
    KEY = S5A_MID_PUBLICKEY,
    WORD = S5A_MID_RESPONSE,
    CODE = S5A_MID_TOTP,
    TOKEN = S5A_MID_TOKEN
};
#define BIT S5A_MID_BIT

/* Of a user who has all; a text "" is the default. */
static struct s5ad_policy policy_of(const char *text, unsigned has)
{
    struct s5ad_policy policy = { .kind = S5AD_POLICY_DEFAULT };
    cr_assert(*text == '\0' || s5ad_policy_parse(&policy, text), "%s", text);
    cr_assert(s5ad_policy_settle(&policy, has), "%s", text);
    return policy;
}

#define CHECK(text, has, next, ...) \
    check(text, has, next, (const uint8_t[]){ __VA_ARGS__ }, sizeof((uint8_t[]){ __VA_ARGS__ }))

static enum s5ad_policy_verdict check(const char *text, unsigned has, uint8_t next,
                                      const uint8_t *mids, size_t count)
{
    struct s5ad_policy policy = policy_of(text, has);
    struct s5ad_passed passed = { .set = 0 };
    uint8_t found;
    for (size_t i = 0; i < count; i++)
        s5ad_passed_add(&passed, mids[i]);
    enum s5ad_policy_verdict verdict = s5ad_policy_check(&policy, &passed, &found);
    cr_expect_eq(verdict == S5AD_POLICY_MORE ? found : 0, next, "%s: %u", text, found);
    return verdict;
}

enum { ALL = BIT(KEY) | BIT(WORD) | BIT(CODE) | BIT(TOKEN) };

Test(server_policy, any_is_any)
{
    cr_expect_eq(CHECK("any", ALL, 0, KEY), S5AD_POLICY_ENOUGH);
    cr_expect_eq(CHECK("any", ALL, 0, CODE), S5AD_POLICY_ENOUGH);
    cr_expect_eq(CHECK("any", BIT(KEY), 0, CODE), S5AD_POLICY_NEVER);
}

Test(server_policy, all_is_all)
{
    cr_expect_eq(CHECK("all", ALL, KEY, CODE, WORD, TOKEN), S5AD_POLICY_MORE);
    cr_expect_eq(CHECK("all", ALL, 0, CODE, WORD, TOKEN, KEY), S5AD_POLICY_ENOUGH);
}

Test(server_policy, code_alone_counts_only_where_there_is_nothing_else)
{
    cr_expect_eq(CHECK("", ALL, 0, KEY, CODE), S5AD_POLICY_ENOUGH);
    cr_expect_eq(CHECK("", ALL, CODE, WORD), S5AD_POLICY_MORE);
    cr_expect_eq(CHECK("", ALL, KEY, CODE), S5AD_POLICY_MORE);
    cr_expect_eq(CHECK("", BIT(CODE), 0, CODE), S5AD_POLICY_ENOUGH);
    cr_expect_eq(CHECK("", BIT(KEY) | BIT(WORD), 0, WORD), S5AD_POLICY_ENOUGH);
}

Test(server_policy, one_of_the_alternatives_is_enough)
{
    const char *text = "token , password + totp,publickey+totp";
    cr_expect_eq(CHECK(text, ALL, 0, TOKEN), S5AD_POLICY_ENOUGH);
    cr_expect_eq(CHECK(text, ALL, CODE, WORD), S5AD_POLICY_MORE);
    cr_expect_eq(CHECK(text, ALL, 0, CODE, WORD), S5AD_POLICY_ENOUGH);
    cr_expect_eq(CHECK(text, ALL, 0, KEY, WORD), S5AD_POLICY_NEVER);
}

Test(server_policy, chain_has_an_order_and_one_method_a_step)
{
    const char *text = "chain publickey, totp";
    cr_expect_eq(CHECK(text, ALL, CODE, KEY), S5AD_POLICY_MORE);
    cr_expect_eq(CHECK(text, ALL, 0, KEY, CODE), S5AD_POLICY_ENOUGH);
    cr_expect_eq(CHECK(text, ALL, 0, CODE), S5AD_POLICY_NEVER);
    cr_expect_eq(CHECK(text, ALL, 0, KEY, CODE, WORD), S5AD_POLICY_NEVER);
    struct s5ad_policy policy = policy_of(text, ALL);
    struct s5ad_passed both = { .combined = true, .count = 2, .order = { KEY, CODE } };
    uint8_t next;
    cr_expect_eq(s5ad_policy_check(&policy, &both, &next), S5AD_POLICY_NEVER);
}

Test(server_policy, nobody_with_nothing_gets_in)
{
    cr_expect_eq(CHECK("", 0, 0, KEY), S5AD_POLICY_NEVER);
    cr_expect_eq(CHECK("all", 0, 0, KEY), S5AD_POLICY_NEVER);
}

Test(server_policy, nonsense_is_refused)
{
    static const char *const wrong[] = {
        "",
        "some",
        "any,",
        "key",
        "publickey,",
        "publickey publickey",
        "totp+totp",
        "+totp",
        "chain",
        "chain ",
        "chain totp+token",
        "chain totp,totp",
        "publickey,,totp",
        "all any",
        "totp,totp,totp,totp,totp,totp,totp,totp,totp",
    };
    struct s5ad_policy policy;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_expect_not(s5ad_policy_parse(&policy, wrong[i]), "%s", wrong[i]);
    cr_assert(s5ad_policy_parse(&policy, "password+totp"));
    cr_expect_not(s5ad_policy_settle(&policy, BIT(CODE)), "the user has no password");
}
