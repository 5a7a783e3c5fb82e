/* Which addresses clients may reach (profile, section 9): ordered rules over resolved addresses, and
 * ranges that are refused unless a rule of their own lets them through. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "server/inifile.h"
#include "server/sockaddr.h"

struct s5ad_acl_rule {
    bool allow;
    uint8_t ip_len; /* 4 or 16 */
    uint8_t bits;   /* of the prefix */
    uint8_t ip[16];
};

/* Zeros is the list without rules. The first rule that fits decides; where none does, loopback,
 * link-local, multicast, unspecified and the server's own addresses are refused, others allowed.
 * An allow rule wider than such a range, like 0.0.0.0/0, does not reach into it. */
struct s5ad_acl {
    struct s5ad_acl_rule *rules;
    size_t count;
    bool allow_loopback; /* as if 127.0.0.0/8 and ::1 were allowed by a last rule */
};

void s5ad_acl_wipe(struct s5ad_acl *acl);
/* "192.0.2.0/24", "2001:db8::/32", or an address alone; bits behind the prefix must be zero. */
S5A_MUST_USE bool s5ad_acl_rule_parse(struct s5ad_acl_rule *out, const char *text);
/* False when out of memory. */
S5A_MUST_USE bool s5ad_acl_add(struct s5ad_acl *acl, const struct s5ad_acl_rule *rule);
/* NULL where clients may connect there; else why not, in static storage. May ask the kernel whether
 * the address is its own; does not block. */
const char *s5ad_acl_objection(const struct s5ad_acl *acl, const struct s5ad_sockaddr *to);
/* The first rule that fits, alone: why it denies; NULL where it allows, or none fits. */
const char *s5ad_acl_denial(const struct s5ad_acl *acl, const struct s5ad_sockaddr *to);
/* Makes `to`, which has none, a copy; false when out of memory. */
S5A_MUST_USE bool s5ad_acl_copy(struct s5ad_acl *to, const struct s5ad_acl *from);
/* Adds the rule for an address or range; false and `problem`. */
S5A_MUST_USE bool s5ad_acl_add_text(struct s5ad_acl *acl, bool allow, const char *text,
                                    struct s5ad_problem *problem);
