/* Rules' matches, a newline, and a target's name to look for. */
#include "tests/fuzz/check.h"

#include "client/routes/rules.h"
#include "client/word.h"

static const struct s5a_route fallback = { .verdict = S5A_ROUTE_PROXY, .rule = "fallback" };

static bool is_hit(const struct s5a_rules *rules, const struct s5a_target *target,
                   enum s5a_transport transport)
{
    struct s5a_route route = s5a_rules_find(rules, target, transport, fallback);
    REQUIRE(route.rule != NULL);
    return route.verdict == S5A_ROUTE_DENY;
}

/* What stands for the same place gets the same answer. */
static void check_names(const struct s5a_rules *rules, struct s5a_target target)
{
    struct s5a_target canonical = { s5a_address_canonical(&target.address), target.port };
    REQUIRE(is_hit(rules, &target, S5A_TCP) == is_hit(rules, &canonical, S5A_TCP));
    REQUIRE(is_hit(rules, &target, S5A_UDP) == is_hit(rules, &canonical, S5A_UDP));
}

static void check(const char *matches, struct s5a_span name)
{
    const struct s5a_route deny = { .verdict = S5A_ROUTE_DENY };
    struct s5a_rules *rules = s5a_rules_new();
    struct s5a_target target = { .port = 443 };
    struct s5a_span wrong;
    REQUIRE(rules != NULL);
    bool added = s5a_rules_add(rules, deny, matches, &wrong) == S5A_OK;
    bool named = s5a_address_parse(&target.address, name) == S5A_OK;
    if (!added)
        REQUIRE(wrong.at >= (const uint8_t *)matches && wrong.len <= strlen(matches));
    if (named)
        check_names(rules, target);
    if (named && !added)
        REQUIRE(!is_hit(rules, &target, S5A_TCP));
    REQUIRE(s5a_rules_add(rules, deny, "*", &wrong) == S5A_OK);
    REQUIRE(!named || is_hit(rules, &target, S5A_TCP));
    s5a_rules_free(rules);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct s5a_span text = { data, size };
    size_t end = s5a_word_find(text, '\n');
    char *matches = s5a_word_copy(s5a_word_head(text, end));
    REQUIRE(matches != NULL);
    check(matches, s5a_word_tail(text, end + 1));
    free(matches);
    return 0;
}
