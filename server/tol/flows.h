/* The two flows of a relay whose client speaks TOL: records from the client become bytes for the target,
 * bytes from the target become shaped records (profile, section 4; protocol/tol). At most one buffer
 * a direction, and none while it is idle. */
#pragma once

#include "protocol/attributes.h"
#include "protocol/tol/inlet.h"
#include "protocol/tol/outlet.h"
#include "server/flow.h"
#include "server/loop.h"
#include "server/tol/pool.h"

/* Secret. */
struct s5ad_tol_flows {
    struct s5ad_loop *loop;
    struct s5ad_tol_pool *pool;
    struct s5a_tol_link link;
    struct {
        struct s5ad_flow flow; /* client to target */
        struct s5a_tol_inlet inlet;
        uint64_t ended; /* ms, when the end record came; 0: not yet */
    } in;
    struct {
        struct s5ad_flow flow; /* target to client */
        struct s5a_tol_outlet outlet;
        bool eof;
    } out;
};

/* Takes the link, switched both ways, and what the session has left: payload behind the request, then
 * bytes off the wire. NULL when out of memory; then the link is as before. */
S5A_MUST_USE struct s5ad_tol_flows *
s5ad_tol_flows_new(struct s5ad_loop *loop, struct s5ad_tol_pool *pool, struct s5a_tol_link *link,
                   struct s5a_span payload, struct s5a_span wire);
/* Between these descriptors, borrowed. Once, before the first pump. */
void s5ad_tol_flows_connect(struct s5ad_tol_flows *flows, int client, int target);
/* Wipes, and gives the buffers back; NULL is fine. */
void s5ad_tol_flows_free(struct s5ad_tol_flows *flows);

/* For flows*.c: the kinds, one file each. */
extern const struct s5ad_flow_kind s5ad_tol_flow_in, s5ad_tol_flow_out;
