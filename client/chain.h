/* A whole way to a target: the first hop is connected, then one session for each proxy of the
 * chain over the same stream, the last one asking for the target. */
#pragma once

#include "client/config.h"
#include "client/dial.h"

/* What happened, for the log: the proxy where it ended, and one phrase. */
struct s5a_chain_report {
    const struct s5a_proxy *proxy;
    char reason[256];
};

/* The hop that is dialled first on the way through `proxy` (itself where it has no `via`). */
const struct s5a_proxy *s5a_chain_first(const struct s5a_proxy *proxy);

/* Over the connected `fd`: sessions from s5a_chain_first to `proxy`, then `target`. Pipelining by
 * each proxy's setting; `trial` (see pipeline.h) allows a first attempt for AUTO ones.
 * 0 or -errno with `report` filled. EAGAIN: the trial failed, connect anew and call without. */
S5A_MUST_USE int s5a_chain_run(const struct s5a_io *io, int fd, const struct s5a_config *config,
                               const struct s5a_proxy *proxy, const struct s5a_target *target,
                               uint64_t deadline, bool trial, struct s5a_chain_report *report);
