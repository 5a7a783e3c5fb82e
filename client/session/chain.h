/* A whole way to a target: the first hop is connected, then one session for each proxy of the
 * chain over the same stream, the last one asking for the target. */
#pragma once

#include "client/config/config.h"
#include "client/session/dial.h"

/* What happened, for the log and for a second attempt. Set it to zeros before the first one. */
struct s5a_chain_report {
    const struct s5a_proxy *proxy; /* where it ended */
    int method;                    /* that this proxy chose (enum s5a_method); -1: none */
    int rep;                       /* that it answered; -1: nothing */
    char reason[256];              /* one phrase; empty on success */
    struct {
        const struct s5a_proxy *proxy; /* whose trial failed; NULL: none did */
        int rep;                       /* that it answered then; -1: nothing */
        uint64_t waited;               /* ms, for a reply that did not come; UINT64_MAX: closed */
    } trial;
};

/* The hop that is dialled first on the way through `proxy` (itself where it has no `via`). */
const struct s5a_proxy *s5a_chain_first(const struct s5a_proxy *proxy);

/* Over the connected `fd`: sessions from s5a_chain_first to `proxy`, then `target`. Pipelining by
 * each proxy's setting; `trial` (see pipeline.h) allows a first attempt for AUTO ones.
 * 0 or -errno with `report` filled. EAGAIN: early bytes may be at fault; connect anew and call
 * without `trial` but with the same report, which tells whether they were. EAGAIN comes only
 * where `trial` is set, and what ends an attempt for good never shows as EAGAIN. */
S5A_MUST_USE int s5a_chain_run(const struct s5a_io *io, int fd, const struct s5a_config *config,
                               const struct s5a_proxy *proxy, const struct s5a_target *target,
                               uint64_t deadline, bool trial, struct s5a_chain_report *report);
