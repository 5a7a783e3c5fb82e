/* The server's own keys for EAF: static keys, network key, ticket keys. Each stands in a file that
 * nobody else can read (protocol/crypto/keytext.h). */
#pragma once

#include "protocol/eaf/server.h"
#include "server/eaf/ticket.h"
#include "server/inifile.h"

/* Secret. */
struct s5ad_keyring {
    struct s5a_eaf_static statics[S5A_EAF_STATICS_MAX]; /* the newer first */
    unsigned static_count;                              /* 0: no EAF */
    bool has_network;
    struct s5a_key network;
    bool draws_tickets; /* no file has them */
    struct s5ad_ticket_keys tickets;
};

struct s5ad_key_paths {
    const char *statics[S5A_EAF_STATICS_MAX]; /* NULL: none */
    const char *network, *tickets;            /* NULL: none */
};

/* Without a file of ticket keys it draws one, which dies with the process. False and `problem`; then
 * it is wiped. */
S5A_MUST_USE bool s5ad_keyring_load(struct s5ad_keyring *keyring,
                                    const struct s5ad_key_paths *paths,
                                    struct s5ad_problem *problem);
/* Each day: where there is no file, draws a ticket key; the one before still opens. */
void s5ad_keyring_rotate(struct s5ad_keyring *keyring);
void s5ad_keyring_wipe(struct s5ad_keyring *keyring);
