/* The EAF part of a connection: protocol's side of it with keys and room of its own. */
#pragma once

#include "server/eaf/judge.h"

enum { S5AD_EXCHANGE_IN_CAP = S5A_EAF_MESSAGE_MAX + 1024, S5AD_EXCHANGE_OUT_CAP = 2048 };

/* About 70 KiB, most of it never touched. Secret. */
struct s5ad_exchange {
    struct s5a_eaf_server_setup setup;
    struct s5a_eaf_static statics[S5A_EAF_STATICS_MAX];
    struct s5a_key network;
    struct s5ad_progress progress;
    bool has_wishes;
    struct s5a_session_params wishes;
    uint32_t idle;               /* s, agreed; 0: not accepted yet */
    uint64_t ends;               /* s since 1970, after which requests are refused; 0: never */
    uint32_t capabilities;       /* features of both sides, once accepted */
    uint32_t flags;              /* enum s5a_session_flag, the same */
    struct s5ad_tol_session tol; /* agreed, under 81 */
    struct s5a_eaf_server x;
    uint8_t in[S5AD_EXCHANGE_IN_CAP];
};

/* `greeting`: all its bytes. Copies the keys, so that they may change meanwhile. NULL when out of
 * memory. */
struct s5ad_exchange *s5ad_exchange_new(uint8_t method, struct s5a_span greeting,
                                        const struct s5ad_keyring *keyring);
/* Wipes; NULL is fine. */
void s5ad_exchange_free(struct s5ad_exchange *exchange);
/* Wipes all but `in` and what was agreed: the log-in is over. */
void s5ad_exchange_close(struct s5ad_exchange *exchange);

/* Opens the ticket where that is asked. */
void s5ad_exchange_ticket(struct s5ad_exchange *exchange, const struct s5ad_realm *realm,
                          uint64_t now);
/* Answers of a LOGIN: `judgement` as result; what else there is to say. */
void s5ad_exchange_result(struct s5ad_exchange *exchange, const struct s5ad_realm *realm,
                          const struct s5ad_judgement *judgement, uint64_t now,
                          struct s5a_writer *w);
void s5ad_exchange_challenge(struct s5ad_exchange *exchange, const struct s5ad_realm *realm,
                             struct s5a_writer *w);
/* The user that is spoken of, for the log: the principal, or the one claimed; may be empty. */
struct s5a_span s5ad_exchange_claimed(const struct s5ad_exchange *exchange);
