/* When a session that waits is kept alive, and when it is not worth it any more (profile, section 5). */
#pragma once

#include "client/session/session.h"

struct s5a_pool_times {
    uint64_t next; /* ms: the next KEEP_ALIVE */
    uint64_t end;  /* ms: a request would be answered 09 soon after */
};

/* IDLE and LIFETIME as the server has them (0: no limit); without bit 9 nothing keeps it alive, nor
 * without a log-in by EAF: then 45 to 90 s. */
struct s5a_pool_times s5a_pool_times_begin(const struct s5a_login_result *login, uint64_t now);
/* The next interval: uniform in [IDLE/3, 2·IDLE/3]. */
void s5a_pool_times_renew(struct s5a_pool_times *times, const struct s5a_login_result *login,
                          uint64_t now);
/* Until when a connection that the proxy keeps for so many seconds may be asked for: a second less. 0: it
 * is too short-lived to be of use. */
uint64_t s5a_pool_warm_until(uint16_t seconds, uint64_t now);
