/* What log-ins are judged by, the same for all sessions of a server. */
#pragma once

#include "server/eaf/keyring.h"
#include "server/eaf/slow.h"
#include "server/settings.h"
#include "server/users.h"

enum {
    S5AD_TICKET_LIFETIME = 8 * 3600, /* s, unless configured */
    S5AD_TICKET_LIFETIME_MAX = 24 * 3600,
    S5AD_SCRAM_OPS = 3, /* what strangers are shown where no user has a password */
    S5AD_SCRAM_MEM_KIB = 65536,
    S5AD_IDLE = 60, /* s that a session may wait for its request */
};

struct s5ad_realm {
    struct s5ad_users *users; /* NULL: there are none */
    struct s5ad_keyring keyring;
    struct s5ad_slow *slow;
    bool anonymous; /* MID 00 is let in */
    struct s5ad_tol_config tol;
    uint32_t ticket_lifetime; /* s from the first log-in; 0: no tickets */
    uint32_t flags;           /* enum s5a_session_flag that users have by default */
    uint64_t (*clock)(void);  /* s since 1970 */
};

/* Reads the files that the settings name, and what else it takes from them; `slow` and `clock` stay.
 * False and `problem`: then there is nothing in it but these. */
S5A_MUST_USE bool s5ad_realm_load(struct s5ad_realm *realm, const struct s5ad_settings *settings,
                                  struct s5ad_problem *problem);
/* Puts `fresh` in its place; codes that were used, and a ticket key of our own drawing, go on. */
void s5ad_realm_adopt(struct s5ad_realm *realm, struct s5ad_realm *fresh);
/* What a user may do, enum s5a_session_flag; an empty name is a client without a log-in, who has no
 * pool (profile, section 5). */
uint32_t s5ad_realm_flags(const struct s5ad_realm *realm, struct s5a_span name);
/* Frees and wipes what was read. */
void s5ad_realm_wipe(struct s5ad_realm *realm);
