/* Deciding EAF log-ins from the loop: who failed before waits first, and every wrong credential is
 * answered after the same time (profile, sections 8 and 9). */
#pragma once

#include "server/handshake.h"
#include "server/loop.h"

struct s5ad_admission;
/* The handshake has its answer; called from the loop, later. */
typedef void s5ad_admitted_fn(struct s5ad_admission *admission);

struct s5ad_admission {
    struct s5ad_loop *loop;
    const struct s5ad_realm *realm;
    struct s5ad_handshake *hs;
    s5ad_admitted_fn *admitted;
    uint64_t source, name; /* s5ad_slow_id; `name` 0: nobody is claimed */
    struct s5ad_timer timer;
    bool held, waiting; /* `held`: judged when the time is over; else refused */
    struct s5ad_judgement judgement;
};

/* `source` is of s5ad_slow_id. */
void s5ad_admission_init(struct s5ad_admission *admission, struct s5ad_loop *loop,
                         const struct s5ad_realm *realm, struct s5ad_handshake *hs, uint64_t source,
                         s5ad_admitted_fn *admitted);
/* Answers what the handshake asks. True where that was done at once: `admitted` is not called. */
S5A_MUST_USE bool s5ad_admission_check(struct s5ad_admission *admission);
/* True while an answer is held back. */
bool s5ad_admission_is_waiting(const struct s5ad_admission *admission);
/* `admitted` is not called any more. Safe at any time after init. */
void s5ad_admission_cancel(struct s5ad_admission *admission);
