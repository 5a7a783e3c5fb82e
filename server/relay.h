/* A relay: two connected descriptors and the flows between them, with half-close both ways, and a
 * reset passed on as a reset. */
#pragma once

#include "server/flow_clear.h"
#include "server/loop.h"

enum { S5AD_RELAY_CLIENT = 0, S5AD_RELAY_TARGET = 1 };

struct s5ad_relay;
/* `error`: 0 when both sides ended in order, else the -errno that cut it. The descriptors are
 * closed by then. */
typedef void s5ad_relay_ended_fn(struct s5ad_relay *relay, int error);

struct s5ad_tol_flows;

struct s5ad_relay {
    struct s5ad_loop *loop;
    s5ad_relay_ended_fn *ended;
    struct s5ad_relay_side {
        struct s5ad_watch watch;
        struct s5ad_flow *flow; /* what this side sends; from this descriptor to the other */
        uint64_t bytes;         /* that it has delivered, once the relay is over */
    } side[2];
    struct s5ad_timer timer; /* the earlier deadline of the flows */
    struct s5ad_flow_clear clear[2];
    struct s5ad_tol_flows *tol; /* NULL: in clear */
};

/* Takes both descriptors; `early` goes to the target before everything else. `ended` may be called
 * before this returns. */
void s5ad_relay_start(struct s5ad_relay *relay, struct s5ad_loop *loop, struct s5ad_watch *client,
                      struct s5ad_watch *target, struct s5a_span early, s5ad_relay_ended_fn *ended);
/* The same with a client that speaks TOL; takes `flows`, which hold what came early. */
void s5ad_relay_start_tol(struct s5ad_relay *relay, struct s5ad_loop *loop,
                          struct s5ad_watch *client, struct s5ad_watch *target,
                          struct s5ad_tol_flows *flows, s5ad_relay_ended_fn *ended);
/* Ends it from outside: resets both sides, without calling `ended`. */
void s5ad_relay_cut(struct s5ad_relay *relay);
