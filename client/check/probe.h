/* One look at a proxy: it is dialled as a program would, and times are taken. For socks5a-check. */
#pragma once

#include "client/session/chain.h"

struct s5a_check {
    const struct s5a_config *config;
    const struct s5a_proxy *proxy;
    struct s5a_target target;
    bool without_ticket; /* log in anew */
    bool given;          /* the target is the user's: it must be reached */
};

struct s5a_probe {
    int error; /* errno; 0: the stream is open */
    double connect_ms;
    double answer_ms;
    double round_trip_ms; /* the shortest seen, to the first hop; 0: none was */
    struct s5a_chain_report report;
    struct s5a_passed { /* the hops before the last */
        const struct s5a_proxy *proxy;
        int method;
        struct s5a_login_result login;
    } passed[S5A_HOPS_MAX];
    unsigned passed_count;
};

/* Dials, asks for the target and closes; at most `ms`. */
struct s5a_probe s5a_probe_run(const struct s5a_check *check, enum s5a_pipeline pipeline,
                               uint64_t ms);
/* The proxy itself has answered the request, whatever it said. */
bool s5a_probe_is_answered(const struct s5a_check *check, const struct s5a_probe *probe);
/* Once the proxy has answered the plain way, the same request with its greeting shows whether it
 * takes early bytes. That is remembered; the result is a phrase that says it. */
const char *s5a_probe_early_bytes(const struct s5a_check *check, const struct s5a_probe *plain);
