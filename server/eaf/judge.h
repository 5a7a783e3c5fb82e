/* Judging credentials of an EAF log-in: whose they are, whether they are right, and whether they are
 * enough (profile, sections 2.4, 2.7, 3 and 8). No clock, no randomness. */
#pragma once

#include "server/eaf/realm.h"

/* What a connection has shown so far. */
struct s5ad_progress {
    uint8_t name[S5A_USER_MAX], name_len; /* the principal; 0: none yet, or anonymous */
    struct s5a_digest entry;              /* of the principal's section, as it was then */
    struct s5ad_passed passed;
    uint64_t first; /* s since 1970, the log-in that tickets descend from; 0: this one */
    uint64_t until; /* when the first of the credentials expires; 0: never */
};

struct s5ad_judgement {
    uint8_t rep; /* 00: right, and `next` says whether it is enough */
    uint8_t next;
    uint16_t code;   /* enum s5a_code, 0: none */
    const char *why; /* for the log; static storage */
    bool has_proof;
    uint8_t proof[S5A_PROOF_LEN];
};

/* The credentials of the LOGIN that `x` is at, neither empty nor an ask. What was right is noted in
 * `progress`, and a code as used. */
void s5ad_judge(struct s5ad_judgement *out, struct s5ad_progress *progress,
                const struct s5ad_realm *realm, const struct s5a_eaf_server *x, uint64_t now);
/* The ticket that `x` holds: TAKEN, with its R, and `progress` as if its log-in were made again. */
S5A_MUST_USE enum s5a_ticket_refusal s5ad_judge_ticket(struct s5ad_progress *progress,
                                                       struct s5a_key *resumption,
                                                       const struct s5ad_realm *realm,
                                                       struct s5a_span ticket, uint64_t now);
/* The challenge for `user`, known or not; the nonce is the caller's. */
void s5ad_judge_challenge(struct s5a_challenge *out, const struct s5ad_realm *realm,
                          struct s5a_span user);
/* A ticket for a log-in that is complete, and for how many seconds; 0: none. */
size_t s5ad_judge_issue(uint8_t out[static S5AD_TICKET_CAP], uint32_t *lifetime,
                        const struct s5ad_progress *progress, const struct s5ad_realm *realm,
                        const struct s5a_eaf_server *x, uint64_t now);
