/* A line: a connection of the shim's own to a proxy, with sessions over it, for what no socket of the
 * program's stands for: names that are asked, sessions that wait. Driven by the calling thread. */
#pragma once

#include <sys/types.h>

#include "client/session/chain.h"

/* Caller's storage, not to be moved; the fields are its own. */
struct s5a_line {
    const struct s5a_config *config;
    const struct s5a_proxy *proxy;
    int fd; /* private, not blocking; -1: none */
    struct s5a_chain_report report;
    struct s5a_chain chain;
};

/* Connects, logs in and asks; blocks until `deadline` (ms) at the latest. 0, or -errno with the report
 * filled; then nothing is left open, unless the proxy has refused and the session rests. May block on
 * the system's resolver, where the proxy is named. */
S5A_MUST_USE int s5a_line_open(struct s5a_line *line, const struct s5a_config *config,
                               const struct s5a_proxy *proxy, const struct s5a_ask *ask,
                               uint64_t deadline);
/* The next request over one that rests: the same. */
S5A_MUST_USE int s5a_line_ask(struct s5a_line *line, const struct s5a_ask *ask, uint64_t deadline);
bool s5a_line_rests(const struct s5a_line *line);
/* Once it is open, the stream, in records where the session is: all of the bytes, exactly so many. False:
 * it has ended, or `deadline` has come. */
S5A_MUST_USE bool s5a_line_send(struct s5a_line *line, struct s5a_span bytes, uint64_t deadline);
S5A_MUST_USE bool s5a_line_receive(struct s5a_line *line, uint8_t *out, size_t len,
                                   uint64_t deadline);
/* Fine for one that is closed already. */
void s5a_line_close(struct s5a_line *line);
