/* One rule: which targets it is about, and what happens to them (client/routes/rules.h has the text
 * form). Private to rules.c and its tests. */
#pragma once

#include "client/routes/prefix.h"
#include "client/routes/rules.h"

enum s5a_rule_kind {
    S5A_RULE_ANY,
    S5A_RULE_PREFIX,
    S5A_RULE_HOST,   /* the name alone */
    S5A_RULE_DOMAIN, /* the name and all below */
};

struct s5a_rule {
    enum s5a_rule_kind kind;
    struct s5a_prefix prefix; /* PREFIX */
    struct s5a_span name;     /* HOST, DOMAIN: view into `text`, no dot at either end */
    uint16_t low;             /* ports, both ends included */
    uint16_t high;
    unsigned transports; /* set of enum s5a_transport */
    struct s5a_route route;
    char *text; /* owned; what route.rule views */
};

/* Parses one match; the rule owns a copy of it. MALFORMED with nothing to wipe, or TOO_LONG where
 * memory is out. */
S5A_MUST_USE enum s5a_status s5a_rule_init(struct s5a_rule *rule, struct s5a_route route,
                                           struct s5a_span match);
void s5a_rule_wipe(struct s5a_rule *rule);
/* The address of `target` is canonical (s5a_address_canonical). */
bool s5a_rule_matches(const struct s5a_rule *rule, const struct s5a_target *target,
                      enum s5a_transport transport);
