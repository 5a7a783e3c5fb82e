/* Which methods a user has to pass to be let in. Sets of methods are S5A_MID_BIT of publickey,
 * password (MID 02, or the SOCKS method 02), totp and token. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "protocol/attributes.h"

enum { S5AD_ALTERNATIVES_MAX = 8, S5AD_STEPS_MAX = 5 };

enum s5ad_policy_kind {
    S5AD_POLICY_DEFAULT, /* any but totp; totp beside it where the user has one */
    S5AD_POLICY_ANY,
    S5AD_POLICY_ALL,
    S5AD_POLICY_LISTED,
    S5AD_POLICY_CHAIN,
};

struct s5ad_policy {
    enum s5ad_policy_kind kind;
    uint8_t count;                               /* of what follows */
    uint8_t alternatives[S5AD_ALTERNATIVES_MAX]; /* sets, one of which is to be passed whole */
    uint8_t chain[S5AD_STEPS_MAX];               /* CHAIN: MIDs, one a step */
};

/* What was passed on a connection so far, in this order. */
struct s5ad_passed {
    uint8_t set, count;
    bool combined; /* several in one message */
    uint8_t order[S5AD_STEPS_MAX];
};

enum s5ad_policy_verdict { S5AD_POLICY_ENOUGH, S5AD_POLICY_MORE, S5AD_POLICY_NEVER };

/* "any", "all", "publickey, password+totp", "chain publickey, totp". */
S5A_MUST_USE bool s5ad_policy_parse(struct s5ad_policy *out, const char *text);
/* Makes the alternatives for a user who has the methods of the set `has`; false where the policy
 * names a method that is not among them. */
S5A_MUST_USE bool s5ad_policy_settle(struct s5ad_policy *policy, unsigned has);
/* MORE: and the MID of a method that is missing, in `next`. NEVER: what was passed leads nowhere. */
enum s5ad_policy_verdict s5ad_policy_check(const struct s5ad_policy *policy,
                                           const struct s5ad_passed *passed, uint8_t *next);
void s5ad_passed_add(struct s5ad_passed *passed, uint8_t mid);
