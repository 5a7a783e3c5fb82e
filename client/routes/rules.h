/* Routes: an ordered list of rules says what happens to a target — direct, through a proxy, or
 * denied (architecture, section 10). The first rule that matches decides. */
#pragma once

#include "client/routes/proxy.h"

enum s5a_verdict { S5A_ROUTE_DENY, S5A_ROUTE_DIRECT, S5A_ROUTE_PROXY };
enum s5a_transport { S5A_TCP = 1, S5A_UDP = 2 };

struct s5a_route {
    enum s5a_verdict verdict;
    const struct s5a_proxy *proxy; /* PROXY only */
    const char *rule;              /* the text that decided, for the log; static or the rules' */
    bool is_implied;               /* direct for being this machine's, without a rule */
};

struct s5a_target {
    struct s5a_address address; /* IPV4, IPV6, NAME (also UNIX and ABSTRACT) */
    uint16_t port;
};

struct s5a_rules;

struct s5a_rules *s5a_rules_new(void);
void s5a_rules_free(struct s5a_rules *rules);
/* Appends one rule per comma-separated match of `matches`:
 *   192.0.2.0/24  2001:db8::/32  192.0.2.7  host.example  .example (the name and all below)  *
 * each with an optional ":PORT" or ":LOW-HIGH" (IPv6 then in brackets) and optional words
 * "tcp"/"udp" behind it, separated by blanks.
 * MALFORMED with the match at fault in `*wrong` (a view into `matches`) and nothing appended. */
S5A_MUST_USE enum s5a_status s5a_rules_add(struct s5a_rules *rules, struct s5a_route route,
                                           const char *matches, struct s5a_span *wrong);
/* What the rules say; behind them stand: loopback and unspecified addresses (v4-mapped too),
 * "localhost" and names below it direct, `fallback` for all else. Names match without regard to
 * case and final dots. Pure. */
struct s5a_route s5a_rules_find(const struct s5a_rules *rules, const struct s5a_target *target,
                                enum s5a_transport transport, struct s5a_route fallback);
/* The same of an address that a name has led to: what matches either, the first of all. */
struct s5a_route s5a_rules_find_named(const struct s5a_rules *rules,
                                      const struct s5a_target *target, struct s5a_span name,
                                      enum s5a_transport transport, struct s5a_route fallback);
/* The form in which places are compared: v4-mapped and literals in names as the address that they
 * stand for, names without final dots. A view into the same text. */
struct s5a_address s5a_address_canonical(const struct s5a_address *address);
/* True for 127.0.0.0/8, ::1, 0.0.0.0, :: and their v4-mapped forms. */
bool s5a_address_is_loopback(const struct s5a_address *address);
/* True where a rule makes a name direct: such a name is looked up here. */
bool s5a_rules_make_names_direct(const struct s5a_rules *rules);
